"""What can be done to the selected neurons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.services.bulk import BulkKind
from studio.ui.review.neuron_panel import NeuronPanel

ACTS: tuple[tuple[BulkKind, str] | None, ...] = (
    (BulkKind.ACCEPT, "Accept the proposed concepts…"),
    (BulkKind.TAG, "Add tags…"),
    (BulkKind.UNTAG, "Take tags away…"),
    (BulkKind.FLAG, "Flag…"),
    (BulkKind.SKIP, "Skip…"),
    (BulkKind.ASSIGN, "Assign…"),
    None,
    (BulkKind.REOPEN, "Reopen…"),
    (BulkKind.RESET, "Reset labels…"),
)


class BulkMenu(QMenu):
    """`chosen` (BulkKind); `list_asked`: the selected neurons are to be the list."""

    chosen = Signal(object)
    list_asked = Signal()

    def __init__(self, panel: NeuronPanel, parent: QWidget | None = None) -> None:
        super().__init__("With the selected", parent)
        self._panel = panel
        self._head = self.addAction("")
        self._head.setEnabled(False)
        for entry in ACTS:
            if entry is None:
                self.addSeparator()
            else:
                kind, name = entry
                self.addAction(name).triggered.connect(lambda _on=False, kind=kind: self.chosen.emit(kind))
        self.addSeparator()
        self.addAction("Show only these").triggered.connect(self.list_asked)
        self.addAction("Select all").triggered.connect(panel.select_all)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        count = len(self._panel.selected())
        self._head.setText(f"{count:,} selected" if count else "Nothing is selected")
        for action in self.actions()[1:-1]:
            action.setEnabled(count > 0)
