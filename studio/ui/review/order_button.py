"""What the list is ordered by: a button that says it, with a menu of all orders."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from studio.ui.review.neuron_query import SortKey

#: Each order, its name, and whether it usually runs downwards.
ORDERS = {
    SortKey.REVIEW: ("Review order", False),
    SortKey.NEURON: ("Neuron", False),
    SortKey.CONCEPT: ("Concept", False),
    SortKey.SCORE: ("Score", True),
    SortKey.MEAN: ("Mean activation", True),
    SortKey.SHARE: ("Image share", True),
    SortKey.FIRING: ("Firing samples", True),
    SortKey.UNCERTAINTY: ("Least certain class", False),
    SortKey.MINE: ("My own random order", False),
}


class OrderButton(QToolButton):
    """`asked` (SortKey, descending) carries an order that was chosen in the menu."""

    asked = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key, self._descending = SortKey.REVIEW, False
        self.setProperty("role", "link")
        self.setToolTip("Order of the list")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._entries = {key: self._entry(menu, group, key) for key in ORDERS}
        menu.addSeparator()
        menu.addAction("Reversed").triggered.connect(
            lambda _on: self.asked.emit(self._key, not self._descending)
        )
        self.setMenu(menu)
        self.show_order(self._key, self._descending)

    def show_order(self, key: SortKey, descending: bool) -> None:
        """Say which order holds."""
        self._key, self._descending = key, descending
        name, usual = ORDERS[key]
        self.setText(f"{name} {'▴' if descending != usual else '▾'}")
        self.setAccessibleName(f"Order: {name}")
        self._entries[key].setChecked(True)

    def ask(self, key: SortKey) -> None:
        """Order by `key` in its usual direction; the other way round where it is ordered by it already."""
        self.asked.emit(key, not self._descending if key is self._key else ORDERS[key][1])

    def _entry(self, menu: QMenu, group: QActionGroup, key: SortKey) -> QAction:
        name, usual = ORDERS[key]
        entry = menu.addAction(name)
        entry.setCheckable(True)
        group.addAction(entry)
        entry.triggered.connect(lambda _on: self.asked.emit(key, usual))
        return entry
