"""Which file or folder. Nothing waits for the answer, and no file is opened to be listed.

On POSIX a lock on a file belongs to the process, and is lost when any handle of the file is closed. Qt's file
dialog opens files to find an icon and a type, and so does that of GTK: to list the folder of the open project
would give away its lock. So icons and types are told by name here, and on Linux the dialog is Qt's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileInfo, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QWidget

Mode, Accept, Option = QFileDialog.FileMode, QFileDialog.AcceptMode, QFileDialog.Option


class ByName(QFileIconProvider):
    """A folder or a file, and no more."""

    def icon(self, of: QAbstractFileIconProvider.IconType | QFileInfo) -> QIcon:
        if isinstance(of, QFileInfo):
            of = self.IconType.Folder if of.isDir() else self.IconType.File
        return super().icon(of)

    def type(self, info: QFileInfo) -> str:
        return "Folder" if info.isDir() else f"{info.suffix()} file".strip()


class FileDialog(QFileDialog):
    """Deletes itself when it is closed."""

    def __init__(self, parent: QWidget, title: str, start: str, filters: str = "") -> None:
        super().__init__(parent.window(), title, start, filters)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setOption(Option.DontUseNativeDialog, sys.platform.startswith("linux"))
        self._icons = ByName()  # the dialog does not keep it
        self.setIconProvider(self._icons)


def ask_open(
    parent: QWidget, title: str, start: str, done: Callable[[str], object], filters: str = ""
) -> None:
    """Ask for a file that is there; `done` gets its path. A cancelled dialog calls nothing."""
    dialog = FileDialog(parent, title, start, filters)
    dialog.setFileMode(Mode.ExistingFile)
    dialog.fileSelected.connect(done)
    dialog.open()


def ask_several(
    parent: QWidget, title: str, start: str, done: Callable[[list[str]], object], filters: str
) -> None:
    """Ask for files that are there; `done` gets their paths."""
    dialog = FileDialog(parent, title, start, filters)
    dialog.setFileMode(Mode.ExistingFiles)
    dialog.filesSelected.connect(done)
    dialog.open()


def ask_save(
    parent: QWidget,
    title: str,
    start: str,
    done: Callable[[str], object],
    filters: str = "",
    confirm: bool = True,
) -> None:
    """Ask where something is to be written, `start` proposed; with `confirm` the dialog asks whether a file
    that is there may be replaced."""
    dialog = FileDialog(parent, title, str(Path(start).parent), filters)
    dialog.setAcceptMode(Accept.AcceptSave)
    dialog.setFileMode(Mode.AnyFile)
    dialog.setOption(Option.DontConfirmOverwrite, not confirm)
    dialog.selectFile(start)
    dialog.fileSelected.connect(done)
    dialog.open()


def ask_folder(parent: QWidget, title: str, start: str, done: Callable[[str], object]) -> None:
    """Ask for a folder."""
    dialog = FileDialog(parent, title, start)
    dialog.setFileMode(Mode.Directory)
    dialog.setOption(Option.ShowDirsOnly)
    dialog.fileSelected.connect(done)
    dialog.open()
