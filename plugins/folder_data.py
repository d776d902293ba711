"""Reads a folder, or a file: pictures and a table of samples, or a published data set as it is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from plugins.data_layouts import layout_of, published
from plugins.data_records import column_fields, to_sample
from plugins.data_split import Split, parse_split, up_to
from plugins.data_tables import READERS, Records, counted, counts, records
from plugins.data_turns import BadSampleError
from studio.api import DataError, DataSpec, Sample, Skipped, hookimpl

#: Records that are asked which columns there are.
LOOKED_AT = 20
FILE_NAMES = tuple(f"samples{suffix}" for suffix in READERS)


@hookimpl
def concept_studio_open_data(spec: DataSpec) -> FolderReader | None:
    """Takes any path that exists, and leaves the rest to other readers."""
    source = Path(spec.source).expanduser()
    if not source.exists():
        if source.is_absolute() or spec.source.startswith((".", "~")):
            raise DataError(f"There is no folder “{spec.source}”. Check the path of the data set.")
        return None
    split = parse_split(spec.split)
    if source.is_dir() and split.name:
        if not (source / split.name).is_dir():
            raise DataError(f"“{source}” has no folder “{split.name}”, so there is no such split.")
        source = source / split.name
    file = _samples_file(source)
    return FolderReader(file, layout_of(file), split, tuple(spec.columns))


def _samples_file(source: Path) -> Path:
    """The file itself, or the one in the folder: `FILE_NAMES` first, else the only one of its kind."""
    if source.is_file():
        if source.suffix.lower() in READERS:
            return source
        raise DataError(f"“{source.name}” is no table of samples: {', '.join(READERS)} are read.")
    for name in FILE_NAMES:
        if (source / name).is_file():
            return source / name
    files = sorted(path for path in source.iterdir() if path.suffix.lower() in READERS and path.is_file())
    known = [path for path in files if layout_of(path)]
    for suffix in READERS:
        found = known if len(known) == 1 else [path for path in files if path.suffix.lower() == suffix]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found[:4])
            raise DataError(f"“{source}” holds several files of samples ({names} ...). Give one of them.")
    raise DataError(f"“{source}” holds no samples.jsonl and no other table ({', '.join(READERS)}).")


@dataclass(frozen=True, slots=True)
class FolderReader:
    """One pass over the file for each call of `samples`; no file is held whole."""

    file: Path
    layout: str
    split: Split
    columns_given: tuple[tuple[str, str], ...]
    name: str = "folder"

    def samples(self) -> Iterator[Sample | Skipped]:
        """Samples in the file's order; a record that makes no sample is a `Skipped` named by its line."""
        folder = self.file.parent.resolve()
        for place, record in self._chosen():
            try:
                if isinstance(record, BadSampleError):
                    raise record
                yield to_sample(record, folder, place, self.columns_given)
            except BadSampleError as error:
                yield Skipped(f"{self.file.name}:{place}", f"Line {place}: {error}")

    def columns(self) -> dict[str, str]:
        """The field that is taken from each column of the first records, "" for none. A published layout
        has no columns to speak of."""
        if self.layout:
            return {}
        first = (record for _, record in islice(self._records(), LOOKED_AT))
        return column_fields(first, self.columns_given)

    def _chosen(self) -> Records:
        """The records of the slice. One in percent that begins at a row is counted as it is read."""
        if self.split.counts or self.split.share is None:
            total = max(self._counts(), default=0) if self.split.counts else None
            return islice(self._records(), *self.split.bounds(total))
        return islice(up_to(self._records(), self.split.share, self._counts()), self.split.start, None)

    def _counts(self) -> Iterator[int]:
        return counted(self._records()) if self.layout else counts(self.file)

    def _records(self) -> Records:
        try:
            return published(self.file, self.layout) if self.layout else records(self.file)
        except OSError as error:
            raise DataError(f"“{self.file}” cannot be read: {error.strerror}.") from error
