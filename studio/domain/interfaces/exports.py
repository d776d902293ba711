"""What writes rows to a file or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from studio.domain.export import ExportRows


@runtime_checkable
class Exporter(Protocol):
    """Writes rows in one format, into one file.

    It may carry `note`, a sentence for the dialog, `order`, its place there (100 where it does not say), and
    `parts`, the parts of a row that it uses (`Part`; all where it does not say): the others are not read.
    """

    #: The name on the command line, the usual end of file names, and what a menu says.
    name: str
    suffix: str
    title: str

    def write(self, rows: ExportRows, file: IO[bytes]) -> int | None:
        """Write every row to an open binary file. The caller makes it appear under its name when it is
        whole, and leaves `file` open. Returns how many rows were written where that is not all of them."""


@runtime_checkable
class FolderExporter(Protocol):
    """Writes rows in a format of several files; told from an `Exporter` by having `write_folder`."""

    name: str
    title: str

    def write_folder(self, rows: ExportRows, folder: Path) -> int | None:
        """Write every row into an empty folder, which appears under its name when it is whole. Returns as
        `Exporter.write` does."""
