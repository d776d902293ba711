"""What reads a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from studio.domain.sample import Sample, Skipped


@runtime_checkable
class DataReader(Protocol):
    """Reads one data set.

    It may have `columns() -> Mapping[str, str]`: every column of its table, with the field of a sample that
    is taken from it ("" for none). The preview shows them, and `spec.columns` then carries what was chosen.
    """

    #: A short name for the run record, such as "folder".
    name: str

    def samples(self) -> Iterator[Sample | Skipped]:
        """Every sample in a fixed order, and a `Skipped` for each that cannot be read. Streams: it holds
        no more than it must. Raises `DataError` when nothing at all can be read. Can be called again."""
