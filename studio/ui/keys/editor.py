"""Every act with its keys: searched, given, taken over, reset. What is changed holds at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import ActionSpec
from studio.ui.keys.keeper import KeyKeeper
from studio.ui.keys.recorder import KeyRecorder
from studio.ui.labels import label
from studio.ui.review.flow import FlowLayout

ID = Qt.ItemDataRole.UserRole


class KeyEditor(QDialog):
    """At the left all acts by menu, below them the keys of the one that is chosen."""

    def __init__(self, keeper: KeyKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setObjectName("key_editor")
        self.resize(620, 560)
        self._keeper, self._actions = keeper, keeper.actions
        self._items: dict[str, QTreeWidgetItem] = {}
        self._asked = ""
        self.search = QLineEdit()
        self.tree = QTreeWidget()
        self.recorder = KeyRecorder()
        self._title = label("", "heading")
        self._keys = QWidget()
        self._flow = FlowLayout(self._keys, 6)
        self._says = label("", "warning", wrap=True)
        self.take_over = QPushButton("Take it over")
        self.reset = QPushButton("Reset this one")
        self.reset_all = QPushButton("Reset all")
        self._set_up_tree()
        self._assemble()
        self._connect()
        self._fill()
        self.choose("review.accept")

    def choose(self, action_id: str) -> None:
        """Show the keys of an act."""
        self.tree.setCurrentItem(self._items[action_id])
        self.tree.scrollToItem(self._items[action_id], QTreeWidget.ScrollHint.PositionAtCenter)

    def chosen(self) -> str:
        """The act whose keys are shown, "" for a heading."""
        item = self.tree.currentItem()
        return str(item.data(0, ID) or "") if item is not None else ""

    def record(self, key: str) -> None:
        """Give the chosen act a key; where it is another act's already, ask first."""
        action_id = self.chosen()
        if not action_id:
            return
        taken = self._actions.conflicts(action_id, key)
        if taken:
            names = " and ".join(f"“{self._actions.spec(other).words}”" for other in taken)
            self._ask(key, f"{native(key)} is the key of {names}.")
        else:
            self._keeper.add(action_id, key)
            self._ask("", "")

    def _ask(self, key: str, text: str) -> None:
        self._asked = key
        self._says.setText(text)
        self._says.setVisible(bool(text))
        self.take_over.setVisible(bool(key))
        if key:
            self.take_over.setFocus()

    def _take_over(self) -> None:
        self._keeper.add(self.chosen(), self._asked)
        self._ask("", "")

    def _set_up_tree(self) -> None:
        self.search.setPlaceholderText("Search acts and keys …")
        self.search.setAccessibleName("Search acts and keys")
        self.search.setClearButtonEnabled(True)
        self.tree.setAccessibleName("Acts and their keys")
        self.tree.setHeaderLabels(["Act", "Keys"])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        self.tree.setIndentation(12)

    def _assemble(self) -> None:
        row = QHBoxLayout()
        for button in (self.recorder, self.take_over, self.reset):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        foot = QHBoxLayout()
        close = QPushButton("Close")
        close.setProperty("role", "primary")
        close.clicked.connect(self.accept)
        self.reset_all.setAutoDefault(False)
        close.setAutoDefault(False)
        foot.addWidget(self.reset_all)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        for part in (self._title, self._keys, self._says):
            column.addWidget(part)
        column.addLayout(row)
        column.addLayout(foot)
        self._ask("", "")

    def _connect(self) -> None:
        self.search.textChanged.connect(self._narrow)
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.tree.itemActivated.connect(lambda *_: self.recorder.start())
        self.recorder.recorded.connect(self.record)
        self.take_over.clicked.connect(self._take_over)
        self.reset.clicked.connect(lambda: self._keeper.reset(self.chosen()))
        self.reset_all.clicked.connect(self._keeper.reset_all)
        self._actions.shortcuts_changed.connect(self._changed)

    def _fill(self) -> None:
        menus: dict[str, QTreeWidgetItem] = {}
        for spec in self._actions.specs():
            if spec.place not in menus:
                menus[spec.place] = QTreeWidgetItem(self.tree, [spec.place])
                menus[spec.place].setFlags(Qt.ItemFlag.ItemIsEnabled)
            item = QTreeWidgetItem(menus[spec.place], [spec.words])
            item.setData(0, ID, spec.id)
            item.setSizeHint(0, QSize(0, 26))
            self._items[spec.id] = item
            self._changed(spec.id)
        self.tree.expandAll()

    def _changed(self, action_id: str) -> None:
        if action_id not in self._items:
            return
        item = self._items[action_id]
        item.setText(1, "   ".join(native(key) for key in self._actions.keys(action_id)))
        font = item.font(1)
        font.setBold(self._keeper.own(action_id))
        item.setFont(1, font)
        if action_id == self.chosen():
            self._show_chosen()

    def _show_chosen(self) -> None:
        action_id = self.chosen()
        self._ask("", "")
        while (old := self._flow.takeAt(0)) is not None:
            old.widget().deleteLater()
        for button in (self.recorder, self.reset):
            button.setEnabled(bool(action_id))
        if not action_id:
            self._title.setText("")
            return
        spec = self._actions.spec(action_id)
        self._title.setText(f"Keys of “{spec.words}”")
        self.reset.setEnabled(self._keeper.own(action_id))
        for key in self._actions.keys(action_id):
            self._flow.addWidget(self._key(spec, key))
        self._keys.updateGeometry()

    def _key(self, spec: ActionSpec, key: str) -> QPushButton:
        button = QPushButton(f"{native(key)}  ×".replace("&", "&&"))
        button.setProperty("role", "pill")
        button.setAutoDefault(False)
        button.setAccessibleName(f"Take {native(key)} from {spec.words}")
        button.setToolTip("Take this key away")
        button.clicked.connect(lambda: self._keeper.take(spec.id, key))
        return button

    def _narrow(self, text: str) -> None:
        """Show acts whose name, menu or key has the words."""
        wanted = text.casefold().split()
        for spec in self._actions.specs():
            keys = " ".join(native(key) for key in self._actions.keys(spec.id))
            has = f"{spec.place} {spec.words} {keys}".casefold()
            self._items[spec.id].setHidden(not all(word in has for word in wanted))
        for at in range(self.tree.topLevelItemCount()):
            menu = self.tree.topLevelItem(at)
            menu.setHidden(all(menu.child(i).isHidden() for i in range(menu.childCount())))


def native(key: str) -> str:
    """A key as people of this platform write it."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return {"Return": "Enter", "Enter": "Enter (number pad)"}.get(text, text)
