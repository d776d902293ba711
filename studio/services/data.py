"""Reading a data set through the first reader that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from studio.domain.errors import DataError
from studio.domain.interfaces import DataReader
from studio.domain.sample import Sample, Skipped
from studio.domain.specs import DataSpec
from studio.services.plugin_host import PluginHost, load_plugins


def open_data(spec: DataSpec, host: PluginHost | None = None) -> DataReader:
    """The reader of this data set. Raises `DataError` when no reader knows it or it cannot be read."""
    host = host or load_plugins()
    reader: DataReader
    for _name, reader in host.each("concept_studio_open_data", spec=spec):
        return reader
    said = "".join(f" {report.error}" for report in host.failed)
    raise DataError(
        f"There is no data set at “{spec.source}”. Give a folder with a samples.jsonl, or that file.{said}"
    )


def read_all(spec: DataSpec, host: PluginHost | None = None) -> Iterator[Sample | Skipped]:
    """Samples in their order, up to `spec.limit` readable ones, and what is left out with the reason.

    Ids come out unique: a second sample of the same id is renamed `ID#2` (its old id is in
    `extra["duplicate_of"]`). Raises `DataError`.
    """
    taken, seen = 0, dict[str, int]()
    if spec.limit is not None and spec.limit < 1:
        raise DataError("The limit on samples must be at least 1.")
    for item in open_data(spec, host).samples():
        if isinstance(item, Skipped):
            yield item
            continue
        yield _distinct(item, seen)
        taken += 1
        if taken == spec.limit:
            return
    if not taken:
        raise DataError(f"No sample of “{spec.source}” could be read. Check the file's layout.")


def read_samples(spec: DataSpec) -> Iterator[Sample]:
    """The readable samples of `read_all`."""
    return (item for item in read_all(spec) if isinstance(item, Sample))


def _distinct(sample: Sample, seen: dict[str, int]) -> Sample:
    count = seen.get(sample.id, 0) + 1
    seen[sample.id] = count
    if count == 1:
        return sample
    name = f"{sample.id}#{count}"
    while name in seen:
        count += 1
        name = f"{sample.id}#{count}"
    seen[sample.id], seen[name] = count, 1
    return replace(sample, id=name, extra={**sample.extra, "duplicate_of": sample.id})
