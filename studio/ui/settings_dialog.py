"""The settings: each acts as soon as it is chosen, and is kept."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui.dialogs import NAME_MAX
from studio.ui.file_dialogs import ask_folder
from studio.ui.labels import label
from studio.ui.settings import Settings

THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))
SIZES = ((90, "Small"), (100, "Normal"), (115, "Large"), (130, "Very large"))


class SettingsDialog(QDialog):
    """`changed` follows each choice, after it was written; `reviewer` carries a new name."""

    changed = Signal()
    reviewer = Signal(str)

    def __init__(self, settings: Settings, annotator: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setObjectName("settings")
        self.setMinimumWidth(480)
        self._settings, self._annotator = settings, annotator
        self.theme = _choice("Theme", THEMES, settings.theme)
        self.size = _choice("Text size", SIZES, settings.text_percent)
        self.still = QCheckBox("Reduce motion: nothing fades or slides")
        self.advance = QCheckBox("Show the next neuron after a decision")
        self.confirm = QCheckBox("Ask before a running job is stopped")
        self.name = QLineEdit(annotator)
        self.cache = QLineEdit(settings.cache)
        self.still.setChecked(settings.still)
        self.advance.setChecked(settings.advance)
        self.confirm.setChecked(settings.confirm)
        self._assemble()
        self._connect()

    def _assemble(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        self.name.setAccessibleName("Reviewer")
        self.name.setMaxLength(NAME_MAX)
        for text, field in (("Reviewer", self.name), ("Theme", self.theme), ("Text size", self.size)):
            form.addRow(label(text, "muted"), field)
        for box in (self.still, self.advance, self.confirm):
            form.addRow("", box)
        self.cache.setAccessibleName("Folder of models")
        self.cache.setPlaceholderText("As Hugging Face has it")
        row = QHBoxLayout()
        row.setSpacing(8)
        browse = QPushButton("Choose…")
        browse.setAutoDefault(False)
        browse.setAccessibleName("Choose the folder of models")
        browse.clicked.connect(self._browse)
        row.addWidget(self.cache, 1)
        row.addWidget(browse)
        form.addRow(label("Folder of models", "muted"), row)
        form.addRow("", label("Downloads go there, from the next start on.", "muted", wrap=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addWidget(label("Settings", "title"))
        column.addLayout(form)
        column.addWidget(buttons)

    def _connect(self) -> None:
        self.theme.currentIndexChanged.connect(lambda _at: self._keep("theme", self.theme.currentData()))
        self.size.currentIndexChanged.connect(lambda _at: self._keep("text_percent", self.size.currentData()))
        for box, name in ((self.still, "still"), (self.advance, "advance"), (self.confirm, "confirm")):
            box.toggled.connect(lambda on, name=name: self._keep(name, on))
        self.name.editingFinished.connect(self._named)
        self.cache.editingFinished.connect(lambda: self._keep("cache", self.cache.text().strip()))

    def _keep(self, name: str, value: object) -> None:
        if getattr(self._settings, name) != value:
            setattr(self._settings, name, value)
            self.changed.emit()

    def _named(self) -> None:
        name = " ".join(self.name.text().split())
        if name and name != self._annotator:
            self._annotator = name
            self.reviewer.emit(name)

    def _browse(self) -> None:
        ask_folder(self, "Folder of models", self.cache.text(), self._chosen)

    def _chosen(self, folder: str) -> None:
        self.cache.setText(folder)
        self._keep("cache", folder)


def _choice(name: str, choices: tuple[tuple[object, str], ...], now: object) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, text in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(box.findData(now), 0))
    return box
