"""The class filters above the list as chips, each with how many neurons it shows."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.actions import ActionRegistry
from studio.ui.bound import Bound
from studio.ui.review.flow import FlowLayout
from studio.ui.review.neuron_query import Shown

NAMES = {Shown.ALL: "All", Shown.DISAGREE: "Lines disagree"}


class FilterChips(QWidget):
    """`chosen` carries the filter that was asked for, here or in the menu; the two show the same."""

    chosen = Signal(object)

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        flow = FlowLayout(self, 6)
        self.chips = {shown: self._chip(shown) for shown in Shown}
        for chip in self.chips.values():
            flow.addWidget(chip)
        self.show_chosen(Shown.ALL)

    def show_chosen(self, shown: Shown) -> None:
        """Mark the filter that holds."""
        self.chips[shown].setChecked(True)
        self._actions.action(f"neurons.{shown.value}").setChecked(True)

    def show_counts(self, counts: Mapping[Shown, int]) -> None:
        """Write the number of neurons on each chip."""
        for shown, chip in self.chips.items():
            chip.setText(f"{chip_name(shown)} {counts[shown]:,}")

    def _chip(self, shown: Shown) -> QPushButton:
        chip = QPushButton(chip_name(shown))
        chip.setProperty("role", "pill")
        chip.setCheckable(True)
        chip.setAutoExclusive(True)
        chip.setAccessibleName(f"Show {chip_name(shown).lower()} neurons")
        action_id = f"neurons.{shown.value}"
        Bound(chip, action_id, self._actions, chip.accessibleName())
        self._actions.connect(action_id, lambda _on: self.chosen.emit(shown))
        return chip


def chip_name(shown: Shown) -> str:
    """The word on a filter chip."""
    return NAMES.get(shown, shown.value.capitalize())
