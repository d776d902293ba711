"""Failures on screen: a sentence for what a person can mend, a crash report for everything else."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio.domain.errors import UserError
from studio.ui.labels import label
from studio.ui.versions import versions_text

BUG = "Something went wrong inside Concept Studio. Your saved work is not affected."


class ErrorDialog(QDialog):
    """What happened and what to do; the details can be unfolded and copied."""

    def __init__(self, title: str, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setObjectName("error")
        self.setMinimumWidth(480)
        self._report = report(title, error)
        self._details = QPlainTextEdit(self._report)
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details")
        self._details.setMinimumHeight(220)
        self._details.setVisible(not isinstance(error, UserError))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(label(title, "title", wrap=True))
        layout.addWidget(label(sentence(error), wrap=True))
        layout.addWidget(self._details)
        layout.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        copy = QPushButton("Copy details")
        copy.clicked.connect(self.copy)
        close = QPushButton("Close")
        close.setProperty("role", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def copy(self) -> None:
        """Put the whole report on the clipboard."""
        QGuiApplication.clipboard().setText(self._report)


def sentence(error: BaseException) -> str:
    """What to tell: the error's own sentence when it is for a person."""
    if isinstance(error, UserError):
        return str(error)
    return f"{BUG} Please send the details below to the developers.\n\n{type(error).__name__}: {error}"


def report(title: str, error: BaseException) -> str:
    """Title, versions and traceback; the traceback in the compute child, where the error came from there."""
    details = getattr(error, "details", "") or "".join(traceback.format_exception(error))
    return f"{title}\n\n{details}\n{versions_text()}\n"


def keep_report(title: str, error: BaseException) -> Path | None:
    """Write the report into the log folder; None when there is no room for it there."""
    from studio.services.crash_reports import write_report

    with contextlib.suppress(OSError):
        return write_report(report(title, error))
    return None


class CrashHook(QObject):
    """Shows exceptions that nobody caught, from any thread, instead of losing them on a console."""

    crashed = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        sys.excepthook = self._main
        threading.excepthook = self._thread

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def _main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        keep_report("Unexpected error", error)
        self.crashed.emit("Unexpected error", error)

    def _thread(self, found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None:
            self._main(found.exc_type, found.exc_value, found.exc_traceback)
