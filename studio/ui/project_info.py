"""What is in the open project, and which samples its extraction left out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from studio.services.projects import ProjectInfo
from studio.ui.fitting import within_screen
from studio.ui.labels import label
from studio.ui.left_out import LeftOutTable

TITLE = "Project information"
SIZE = (720, 520)


class ProjectInfoDialog(QDialog):
    """Read only; everything can be copied. `hidden` says why results are left out, where they are."""

    def __init__(self, info: ProjectInfo, hidden: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setObjectName("project_info")
        self.left_out = LeftOutTable()
        self.left_out.show_left_out(info.left_out)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(info.title or TITLE, "title", wrap=True))
        layout.addLayout(_form(rows(info, hidden)))
        layout.addWidget(label("Samples left out", "heading"))
        layout.addWidget(label(told(info), "muted", wrap=True))
        layout.addWidget(self.left_out, 1)
        self.left_out.setVisible(bool(info.left_out))
        if not info.left_out:
            layout.addStretch(1)  # else the spare room goes between the lines
        layout.addWidget(self._buttons(as_text(info, hidden)))
        height = SIZE[1] if info.left_out else layout.totalHeightForWidth(SIZE[0])
        self.resize(within_screen(self, QSize(SIZE[0], height)))

    def _buttons(self, text: str) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy as text", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        buttons.rejected.connect(self.reject)
        return buttons


def rows(info: ProjectInfo, hidden: str = "") -> list[tuple[str, str]]:
    """Names and values of everything but the samples left out; `hidden` stands for the results."""
    layer = "" if info.layer is None else f", layer {info.layer}"
    classes = ", ".join(f"{count:,} {name}" for name, count in info.classes.items() if count)
    proposed = "" if hidden else f", {info.proposed:,} with a proposed concept"
    results = [
        ("Classes", classes or "not scored yet"),
        ("Reviewed", f"{info.reviewed:,} by {', '.join(info.annotators)}" if info.annotators else "none yet"),
    ]
    return [
        ("File", info.path),
        ("Model", f"{info.model or 'none yet'}{layer}"),
        ("SAE", info.sae or "none yet"),
        ("Data", info.data or "none yet"),
        ("Neurons", f"{info.neurons:,}; {info.live:,} fired{proposed}"),
        ("Samples", f"{info.samples:,} kept as evidence"),
        *([("Results", hidden)] if hidden else results),
    ]


def told(info: ProjectInfo) -> str:
    """How many samples were left out, and how many of them are listed."""
    if not info.skipped:
        return "Every sample of the data was read." if info.data else "No data was read yet."
    listed = len(info.left_out)
    more = f" The first {listed:,} are listed." if info.skipped > listed else ""
    return f"{info.skipped:,} could not be used; the others were read.{more}"


def as_text(info: ProjectInfo, hidden: str = "") -> str:
    """Everything as plain text, a sample left out a line."""
    lines = [f"{name}: {value}" for name, value in rows(info, hidden)]
    return "\n".join([*lines, *(f"Left out: {name}: {reason}" for name, reason in info.left_out)])


def _form(shown: list[tuple[str, str]]) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(4)
    for name, text in shown:
        value = label(text, "", wrap=True)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        value.setAccessibleName(f"{name}: {text}")
        form.addRow(label(name, "muted"), value)
    return form
