"""Reads data sets of the Hugging Face Hub by id, row after row: nothing is downloaded as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from plugins.data_records import column_fields, to_sample
from plugins.data_split import Split, parse_split
from plugins.data_turns import BadSampleError
from studio.api import DataError, DataSpec, Sample, Skipped, hookimpl

#: "owner/name", or "owner/name:config" where a data set has several.
HUB_ID = re.compile(r"^(?P<repo>[\w.-]+/[\w.-]+)(:(?P<config>[\w.-]+))?$")


@hookimpl
def concept_studio_open_data(spec: DataSpec) -> HubReader | None:
    """Takes what looks like a Hub id and is no path (paths are asked for first)."""
    match = HUB_ID.match(spec.source)
    if match is None:
        return None
    return HubReader(match["repo"], match["config"], parse_split(spec.split), tuple(spec.columns))


@dataclass(frozen=True, slots=True)
class HubReader:
    """Streams one split; the Hub's token, mirror and cache are huggingface_hub's own."""

    repo: str
    config: str | None
    split: Split
    columns_given: tuple[tuple[str, str], ...]
    name: str = "hub"

    def samples(self) -> Iterator[Sample | Skipped]:
        """Samples in the order of the data set; a row that makes no sample is a `Skipped`."""
        with _sentences(self.repo):
            rows, total = self._open()
            start, stop = self.split.bounds(total)
            for place, row in enumerate(islice(rows, start, stop), start + 1):
                try:
                    yield to_sample(dict(row), None, place, self.columns_given)
                except BadSampleError as error:
                    yield Skipped(f"{self.repo}:{place}", f"Row {place}: {error}")

    def columns(self) -> dict[str, str]:
        """The field that is taken from each column, "" for none."""
        with _sentences(self.repo):
            rows, _ = self._open()
            return column_fields((dict(row) for row in islice(rows, 1)), self.columns_given)

    def _open(self) -> tuple[Any, int | None]:
        """The rows with pictures as bytes and classes as words, and how many there are (None: unknown)."""
        import datasets

        from models.hub_reach import hub_answers

        if not hub_answers():
            raise DataError(
                f"There is no folder “{self.repo}”, and the Hub is out of reach or offline mode "
                "(HF_HUB_OFFLINE) is on. Name a folder, or connect."
            )
        found = datasets.load_dataset(self.repo, self.config, streaming=True)
        split = self._chosen(found)
        stream = found[split]
        info = (stream.info.splits or {}).get(split)
        features: Mapping[str, Any] = stream.features or {}
        for column, feature in features.items():
            inner = getattr(feature, "feature", feature)
            if isinstance(inner, datasets.Image):
                stream = stream.cast_column(column, undecoded(feature))
        labels = {c: f for c, f in features.items() if isinstance(f, datasets.ClassLabel)}
        rows = (_worded(row, labels) for row in stream) if labels else stream
        return rows, info.num_examples if info else None

    def _chosen(self, found: Mapping[str, Any]) -> str:
        if not self.split.name and len(found) > 1 and "train" not in found:
            raise DataError(f"{self.repo} has the splits {', '.join(found)}. Choose one.")
        split = self.split.name or ("train" if "train" in found else next(iter(found)))
        if split not in found:
            raise DataError(f"{self.repo} has no split {split}. There are: {', '.join(found)}.")
        return split


def undecoded(feature: Any) -> Any:
    """The same feature with pictures left as the bytes they are stored in."""
    import datasets

    if isinstance(feature, datasets.Image):
        return datasets.Image(decode=False)
    return type(feature)(datasets.Image(decode=False))


def _worded(row: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the names of its classes instead of their numbers; -1 stands for none."""
    told = {c: f.int2str(row[c]) if row[c] is not None and row[c] >= 0 else None for c, f in labels.items()}
    return {**row, **told}


@contextmanager
def _sentences(repo: str) -> Iterator[None]:
    """Turn what the libraries raise into errors a person can act on."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # datasets, fsspec, pyarrow and the HTTP client each have their own
        raise DataError(_sentence(repo, error)) from error


def _sentence(repo: str, error: Exception) -> str:
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub.errors import GatedRepoError

    text = str(error)
    if isinstance(error, GatedRepoError) or "gated" in text:
        return f"The data set {repo} is gated. Accept its terms on its page on the Hub, then `hf auth login`."
    if isinstance(error, DatasetNotFoundError):
        return f"The Hub has no data set {repo}, or it is private. Check it, or log in with `hf auth login`."
    if "Config name is missing" in text or "BuilderConfig" in text:
        return f"{text.strip().splitlines()[0]} Choose one as {repo}:CONFIG."
    if isinstance(error, RuntimeError) and "script" in text:
        return (
            f"The data set {repo} is a script, and data sets are never run here. Ask for its Parquet version."
        )
    if isinstance(error, (ConnectionError, TimeoutError, OSError)):
        return f"The data set {repo} cannot be reached: {text.splitlines()[0]} Connect, or name a folder."
    return f"The data set {repo} cannot be read: {text.splitlines()[0] if text else type(error).__name__}"
