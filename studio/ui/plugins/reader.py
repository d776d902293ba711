"""The list of plug-ins, read by another process: no plug-in is loaded in the window's thread for it."""

from __future__ import annotations

import json
import os
import sys

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from studio.services.plugins import PluginInfo

COMMAND = ("-P", "-m", "studio.cli", "plugins", "--json")
STOP_MS = 2000


class PluginReader(QObject):
    """`found` carries a list of `PluginInfo`; `failed` what the process said instead."""

    found = Signal(list)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    def start(self, again: bool = False) -> None:
        """Read the list; a reading that is under way is given up. `again` tries every plug-in once more."""
        self.stop()
        self._process = process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONPATH", os.pathsep.join(path or os.getcwd() for path in sys.path))
        process.setProcessEnvironment(environment)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._did_not_start)
        process.start(sys.executable, [*COMMAND, *(["--again"] if again else [])])

    def stop(self) -> None:
        """Give up; what a plug-in hangs in ends itself."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(STOP_MS)
            process.deleteLater()

    def _finished(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        text = bytes(process.readAllStandardOutput().data()).decode("utf-8", "replace")
        said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        process.deleteLater()
        # A plug-in may have printed something before.
        last = text.strip().rpartition("\n")[2]
        try:
            infos = [PluginInfo(**{**one, "offers": tuple(one["offers"])}) for one in json.loads(last)]
        except (ValueError, TypeError, KeyError):
            self.failed.emit(said or text or "The list of plug-ins could not be read.")
            return
        self.found.emit(infos)

    def _did_not_start(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._process, process = None, self._process
            self.failed.emit(process.errorString())
            process.deleteLater()
