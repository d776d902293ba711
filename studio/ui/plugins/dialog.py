"""The plug-ins: what each brings, on or off, and why one was left out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import UserError
from studio.services.plugin_store import switch
from studio.services.plugins import PluginInfo
from studio.ui.fitting import within_screen
from studio.ui.labels import label, set_role
from studio.ui.plugins.reader import PluginReader
from studio.ui.theme import ThemeKeeper
from studio.ui.versions import versions_text

INTRO = (
    "Plug-ins bring data sets, SAE formats, model families, aligners, explainers, scorers and exports. "
    "A switch acts from the next job or dialog on."
)
NONE = "No plug-in of others is installed. “How to write one” has a template to start from."
COLUMNS = ("Plug-in", "Version", "Package", "What it brings")
WIDTHS = (190, 80, 180)
ROW_HEIGHT = 26
SIZE = (820, 560)
INFO = Qt.ItemDataRole.UserRole


class PluginDialog(QDialog):
    """A tree of two groups: those of installed packages, which can be switched, and the built-in ones."""

    help_asked = Signal()

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Plug-ins")
        self.setObjectName("plugins")
        self.resize(within_screen(self, QSize(*SIZE)))
        self._themes = themes
        self._reader = PluginReader(self)
        self.tree = QTreeWidget()
        self.says = label("Looking for plug-ins …", "muted", wrap=True)
        self.copy = QPushButton("Copy details")
        self.again = QPushButton("Try again")
        self.guide = QPushButton("How to write one")
        self.close_button = QPushButton("Close")
        self._set_up_tree()
        self._assemble()
        self._connect()
        self._read()

    def done(self, result: int) -> None:
        self._reader.stop()
        super().done(result)

    def info(self) -> PluginInfo | None:
        """The plug-in of the row in front."""
        item = self.tree.currentItem()
        found = item.data(0, INFO) if item is not None else None
        return found if isinstance(found, PluginInfo) else None

    def details(self) -> str:
        """What to send to the authors of the plug-in in front."""
        info = self.info()
        if info is None:
            return ""
        head = f"{info.name} {info.version} {info.distribution}".rstrip()
        return f"{head}\n\n{info.error}\n\n{info.details}\n{versions_text()}\n"

    def _set_up_tree(self) -> None:
        self.tree.setAccessibleName("Plug-ins")
        self.tree.setHeaderLabels(COLUMNS)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(WIDTHS):
            self.tree.setColumnWidth(column, width)

    def _assemble(self) -> None:
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.says, 1)
        beside.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.guide, self.again):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.addStretch(1)
        self.close_button.setProperty("role", "primary")
        self.close_button.setDefault(True)
        foot.addWidget(self.close_button)
        self.copy.setAutoDefault(False)
        self.copy.hide()
        self.again.setToolTip("Try every plug-in of others once more, those that failed too")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("Plug-ins", "title"))
        column.addWidget(label(INTRO, "muted", wrap=True))
        column.addWidget(self.tree, 1)
        column.addLayout(beside)
        column.addLayout(foot)

    def _connect(self) -> None:
        self._reader.found.connect(self._fill)
        self._reader.failed.connect(self._failed)
        self.tree.currentItemChanged.connect(lambda *_: self._show())
        self.tree.itemChanged.connect(self._switched)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details()))
        self.again.clicked.connect(lambda: self._read(True))
        self.guide.clicked.connect(self._help)
        self.close_button.clicked.connect(self.accept)

    def _help(self) -> None:
        self.accept()  # the guide could not be used behind it
        self.help_asked.emit()

    def _read(self, again: bool = False) -> None:
        self.again.setEnabled(False)
        self._say("Trying the plug-ins …" if again else "Looking for plug-ins …")
        self._reader.start(again)

    def _fill(self, infos: list[PluginInfo]) -> None:
        before = self.info()
        self.again.setEnabled(True)
        self.tree.blockSignals(True)
        self.tree.clear()
        others = [info for info in infos if not info.built_in]
        groups = (("Installed", others), ("Part of Concept Studio", [i for i in infos if i.built_in]))
        front = None
        for title, some in groups:
            group = QTreeWidgetItem(self.tree, [title])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setFirstColumnSpanned(True)
            group.setSizeHint(0, QSize(0, ROW_HEIGHT))
            for info in some:
                row = self._row(group, info)
                front = row if front is None or same(info, before) else front
            group.setHidden(not some)
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self.tree.setCurrentItem(front)
        self._show()
        if not others:
            self._say(NONE)

    def _row(self, group: QTreeWidgetItem, info: PluginInfo) -> QTreeWidgetItem:
        name = info.name.removeprefix("plugins.") if info.built_in else info.name
        brings = "left out" if info.error else "; ".join(info.offers) if info.on else "off"
        version = "" if info.built_in else info.version
        row = QTreeWidgetItem(group, [name, version, info.distribution, brings])
        row.setData(0, INFO, info)
        row.setSizeHint(0, QSize(0, ROW_HEIGHT))
        row.setToolTip(3, brings)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not info.built_in:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            row.setCheckState(0, Qt.CheckState.Checked if info.on else Qt.CheckState.Unchecked)
        row.setFlags(flags)
        if info.error:
            row.setForeground(3, self._themes.theme.color("danger_text"))
        return row

    def _switched(self, item: QTreeWidgetItem) -> None:
        info = item.data(0, INFO)
        on = item.checkState(0) is Qt.CheckState.Checked
        if not isinstance(info, PluginInfo) or on == info.on:
            return
        self.tree.setCurrentItem(item)
        try:
            switch(info.name, on)
        except UserError as error:
            self._say(str(error), "bad")
            return
        self._read()

    def _show(self) -> None:
        info = self.info()
        self.copy.setVisible(info is not None and bool(info.error))
        if info is None:
            self._say("")
        elif info.error:
            self._say(info.error, "bad")
        elif not info.on:
            self._say(f"“{info.name}” is switched off.")
        elif info.built_in:
            self._say("Part of Concept Studio. It stays on.")
        else:
            self._say(f"“{info.name}” brings {'; '.join(info.offers)}.")

    def _failed(self, said: str) -> None:
        self.again.setEnabled(True)
        self._say(f"The plug-ins could not be listed: {said.splitlines()[-1]}", "bad")

    def _say(self, text: str, role: str = "muted") -> None:
        self.says.setText(text)
        self.says.setAccessibleName(text)
        set_role(self.says, role)


def same(info: PluginInfo, other: PluginInfo | None) -> bool:
    """Whether two rows, read one after the other, are about one plug-in."""
    return other is not None and (info.name, info.distribution) == (other.name, other.distribution)
