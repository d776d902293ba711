"""The three lines of evidence side by side, each with its class and a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.domain.modality import Modality
from studio.ui.labels import label, set_role
from studio.ui.review.plain import plain_tip
from studio.ui.review.three_lines import NAMES, LineSays
from studio.ui.theme import text_font

#: Lines of text that a sentence may take.
SENTENCE_LINES = 5
SHORT = {Modality.MULTIMODAL: "multi"}


class LineStrip(QFrame):
    """Three cells; their widgets are made once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.cells = tuple(LineCell(f"{number}  {name}") for number, name in enumerate(NAMES, 1))
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

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        self._name = name
        self.title = label(name, "muted")
        self.chips = {modality: modality_chip(modality) for modality in Modality}
        self.none = label("–", "muted")
        self.sentence = label("", "muted", wrap=True)
        self.sentence.setFont(text_font(11))
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.sentence.setMinimumHeight(QFontMetrics(self.sentence.font()).lineSpacing() * SENTENCE_LINES)
        column.addWidget(self.title)
        for part in (*self.chips.values(), self.none):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.sentence, 1)

    def show_line(self, line: LineSays) -> None:
        """Show what a line says."""
        for modality, chip in self.chips.items():
            chip.setVisible(modality is line.modality)
        self.none.setVisible(line.modality is None)
        self.sentence.setText(line.sentence)
        self.title.setText(f"{self._name} ≠" if line.differs else self._name)
        set_role(self.title, "warning" if line.differs else "muted")
        self.setToolTip(plain_tip(f"{line.tip}\n{line.sentence}"))
        self.setAccessibleName(line.name)
        said = "not looked at" if line.modality is None else line.modality.value
        self.setAccessibleDescription(f"{said}. {line.sentence}")


def modality_chip(modality: Modality) -> QLabel:
    """A class as a chip: its letter and its word, short enough for a cell."""
    chip = label(f"{modality.letter} {SHORT.get(modality, modality.value)}")
    chip.setProperty("modality", modality.value)
    return chip
