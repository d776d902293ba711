"""The three lines of evidence side by side, each with its class and a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.labels import label, set_role
from studio.ui.review.modality_chip import ModalityChip
from studio.ui.review.plain import plain_tip
from studio.ui.review.still_text import StillText
from studio.ui.review.three_lines import NAMES, LineSays
from studio.ui.theme import ThemeKeeper, text_font

#: Lines of text that a sentence may take before it makes its cell higher.
SENTENCE_LINES = 5


class LineStrip(QFrame):
    """Three cells; their widgets are made once."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.cells = tuple(LineCell(f"{number} {name}", themes) for number, name in enumerate(NAMES, 1))
        for cell in self.cells:
            row.addWidget(cell, 1)

    def show_lines(self, lines: tuple[LineSays, ...]) -> None:
        """Show what the lines say; nothing hides the strip."""
        self.setVisible(bool(lines))
        for cell, line in zip(self.cells, lines, strict=False):
            cell.show_line(line)

    def set_tight(self, tight: bool) -> None:
        """On a low screen the sentences are in the tooltips only."""
        for cell in self.cells:
            cell.sentence.setVisible(not tight)


class LineCell(QFrame):
    """One line: its name, its class as a chip, its sentence."""

    def __init__(self, name: str, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        self._name = name
        self.title = label(name, "muted")
        self.chip = ModalityChip(themes)
        self.sentence = StillText(themes, text_font(11), lines=SENTENCE_LINES)
        column.addWidget(self.title)
        column.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.sentence, 1)

    def show_line(self, line: LineSays) -> None:
        """Show what a line says."""
        self.chip.show_modality(line.modality)
        self.sentence.show_text(line.sentence)
        self.title.setText(f"{self._name} ≠" if line.differs else self._name)
        set_role(self.title, "warning" if line.differs else "muted")
        self.setToolTip(plain_tip(f"{line.tip}\n{line.sentence}"))
        self.setAccessibleName(line.name)
        said = "not looked at" if line.modality is None else line.modality.value
        self.setAccessibleDescription(f"{said}. {line.sentence}")
