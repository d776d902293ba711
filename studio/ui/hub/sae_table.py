"""The table of a repo's SAEs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHeaderView, QTableView

from studio.domain.hub import HubSae
from studio.ui.hub.sae_model import SaeModel
from studio.ui.tables import LEFT, show_rows

#: Pixels of every column after the first, which takes the rest.
WIDTHS = (120, 60, 76, 52, 72, 120)


class SaeTable(QTableView):
    """`chosen` carries the HubSae of the row in front, or None."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._model = SaeModel()
        self.setModel(self._model)
        show_rows(self, "SAEs of this repo")
        header = self.horizontalHeader()
        header.setDefaultAlignment(LEFT)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(WIDTHS, 1):
            self.setColumnWidth(column, width)
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit(self.sae()))

    def set_saes(self, saes: tuple[HubSae, ...]) -> None:
        """Show other SAEs, the first usable one in front."""
        self._model.set_saes(saes)
        first = next((row for row, sae in enumerate(saes) if not sae.problem), None)
        if first is not None:
            self.selectRow(first)
        self.chosen.emit(self.sae())

    def sae(self) -> HubSae | None:
        """The SAE in front."""
        row = self.currentIndex().row()
        return self._model.saes[row] if 0 <= row < len(self._model.saes) else None
