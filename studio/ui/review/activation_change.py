"""What an edit did to a neuron's activation: a bar a side, with the numbers before and now."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from studio.domain.modality import Modality
from studio.services.reactivate import Reactivation
from studio.ui.labels import label, number_label
from studio.ui.review.bars import Bar
from studio.ui.theme import ThemeKeeper

SIDES = (("On the image", Modality.VISUAL), ("On the text", Modality.TEXTUAL))
VALUE_WIDTH = 220


class ActivationChange(QWidget):
    """A side on which it never fired is left out."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = [Bar(themes, modality) for _, modality in SIDES]
        self.values = [number_label("", "") for _ in SIDES]
        self._names = [label(name) for name, _ in SIDES]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, parts in enumerate(zip(self._names, self.bars, self.values, strict=True)):
            for place, part in enumerate(parts):
                grid.addWidget(part, row, place)
            self.values[row].setMinimumWidth(VALUE_WIDTH)

    def show_change(self, found: Reactivation | None) -> None:
        """Show what a run found; nothing before the first one."""
        for number in range(len(SIDES)):
            before, after = (0.0, 0.0) if found is None else (found.before[number], found.after[number])
            self._show_side(number, before, after)

    def _show_side(self, number: int, before: float, after: float) -> None:
        """The bar is what stays of the activation."""
        bar, value = self.bars[number], self.values[number]
        for part in (self._names[number], bar, value):
            part.setVisible(max(before, after) > 0)
        bar.set_value(after / before if before else None)
        text = f"{before:.3g} before  {after:.3g} now"
        value.setText(text)
        bar.setAccessibleName(SIDES[number][0])
        bar.setAccessibleDescription(text)
