"""A class as a chip: its letter and its word on its ground. Takes the same room whichever class it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.domain.modality import Modality
from studio.ui.theme import Theme, ThemeKeeper, text_font

PAD, ROUND = 6, 4
SHORT = {Modality.MULTIMODAL: "multi"}
NONE = "–"


class ModalityChip(QWidget):
    """`modality` None: a dash."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.modality: Modality | None = None
        self.setFont(text_font(bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._theme_changed)
        self._theme_changed(themes.theme)

    def show_modality(self, modality: Modality | None) -> None:
        """Show a class, or none."""
        if modality is not self.modality:
            self.modality = modality
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        widest = max(metrics.horizontalAdvance(chip_words(modality)) for modality in Modality)
        return QSize(widest + 2 * PAD, metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.modality is None:
            painter.setPen(self._theme.color("muted"))
            painter.drawText(
                self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), NONE
            )
            return
        words = chip_words(self.modality)
        width = QFontMetrics(self.font()).horizontalAdvance(words) + 2 * PAD
        chip = QRectF(0, 0, width, self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.modality_soft(self.modality))
        painter.drawRoundedRect(chip, ROUND, ROUND)
        painter.setPen(self._theme.modality_text(self.modality))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)

    def _theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self.update()


def chip_words(modality: Modality) -> str:
    """Letter and word, short enough for a narrow cell."""
    return f"{modality.letter} {SHORT.get(modality, modality.value)}"
