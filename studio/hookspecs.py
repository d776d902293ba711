"""The hooks of Concept Studio. Built-ins use the same ones.

A plug-in is a module (or object) with functions marked `hookimpl` and named as below, found through the
entry point group `concept_studio.plugins`. Functions take any subset of the arguments, by name. It may say
which version of these hooks it was written for (`API_VERSION = 1`); one that is too new is left out.
A plug-in imports torch inside its functions, never at the top: the window loads plug-ins, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Protocol

import pluggy

from studio.domain.export import ExportRow
from studio.domain.sample import Sample, Skipped
from studio.domain.specs import DataSpec

#: The name of this application among pluggy's projects, and the version of the hooks below.
PROJECT = "concept_studio"
API_VERSION = 1
ENTRY_POINTS = "concept_studio.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class DataReader(Protocol):
    """Reads one data set."""

    #: A short name for the run record, such as "folder".
    name: str

    def samples(self) -> Iterator[Sample | Skipped]:
        """Every sample in a fixed order, and a `Skipped` for each that cannot be read. Streams: it holds
        no more than it must. Raises `DataError` when nothing at all can be read. Can be called again."""


@hookspec(firstresult=True)
def concept_studio_open_data(spec: DataSpec) -> DataReader | None:  # type: ignore[empty-body]
    """The reader of this data set, or None when it is none of this plug-in's. The first one is taken.

    `spec.limit` is applied by the caller. Raises `DataError` when the data set is this plug-in's and
    cannot be read.
    """


class Exporter(Protocol):
    """Writes rows in one format."""

    #: The name on the command line, the usual end of file names, and what a menu says.
    name: str
    suffix: str
    title: str

    def write(self, rows: Iterator[ExportRow], file: IO[bytes]) -> None:
        """Write every row to an open binary file. The caller makes it appear under its name when it is
        whole, and leaves `file` open."""


@hookspec
def concept_studio_exporters() -> list[Exporter]:  # type: ignore[empty-body]
    """The export formats of this plug-in. Where two have the same name the one loaded last is used."""
