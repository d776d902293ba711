"""Makes the plots of the training page without holding the window up.

Importing pyqtgraph and making six plots takes some tenths of a second. The import runs in a thread of its
own, which makes no Qt object; the plots are then made here, one for each turn of the event loop.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.ui.theme import ThemeKeeper

LOOK_EVERY_MS = 30


class PlotsLater(QObject):
    """`start` once; `ready` carries the CurvePlots when all of them stand."""

    ready = Signal(object)

    def __init__(self, themes: ThemeKeeper, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes
        self._plots: Any = None
        self._thread = threading.Thread(target=import_plots, name="import", daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin; nothing when it has begun already."""
        if self._thread.ident is None:
            self._thread.start()
            self._timer.start()

    def _look(self) -> None:
        if self._thread.is_alive():
            return
        if self._plots is None:
            self._plots = import_plots().CurvePlots(self._themes.theme)
            self._timer.setInterval(0)
        elif not self._plots.add_next():
            self._timer.stop()
            self.ready.emit(self._plots)


def import_plots() -> Any:
    """The module of the plots; quick once it was imported."""
    return importlib.import_module("studio.ui.curve_plots")
