"""Kept examples with their activation maps: one row, one blob a neuron."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind
from studio.domain.modality import TokenKind
from studio.storage.blobs import Array, damaged, pack, unpack
from studio.storage.database import AMONG, Database, Row

_SIDES = tuple(TokenKind)
_KINDS = tuple(ExampleKind)
_ARRAYS = 8


class EvidenceTable:
    """The examples of each neuron."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, evidence: Iterable[Evidence]) -> None:
        """Keep the examples of these neurons; those kept before for the same neurons are replaced."""
        rows = ((item.neuron, encode(item)) for item in evidence)
        with self._db.transaction():
            self._db.executemany("INSERT OR REPLACE INTO evidence(neuron, body) VALUES(?, ?)", rows)

    def get(self, neuron: int, maps: bool = True) -> Evidence:
        """The examples of one neuron; none where it never fired. Without `maps` theirs are empty, for those
        who look at names and ranks only. Raises `ProjectError` when damaged."""
        body = self._db.value("SELECT body FROM evidence WHERE neuron=?", (neuron,))
        return Evidence(neuron, ()) if body is None else decode(neuron, body, maps)

    def some(self, neurons: Iterable[int], maps: bool = True) -> dict[int, Evidence]:
        """The examples of those of the neurons that have any, as `get` gives them, in one query."""
        return {neuron: decode(neuron, body, maps) for neuron, body in self._bodies(neurons)}

    def top_ids(self, neurons: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """The evidence ids of the top examples of some neurons, in the order they are kept in."""
        return {neuron: _top_ids(neuron, body) for neuron, body in self._bodies(neurons)}

    def _bodies(self, neurons: Iterable[int]) -> list[Row]:
        return self._db.among(f"SELECT neuron, body FROM evidence WHERE {AMONG}", neurons)

    def neurons(self) -> list[int]:
        """The neurons that have examples, ascending."""
        return [row[0] for row in self._db.rows("SELECT neuron FROM evidence ORDER BY neuron")]

    def count(self) -> int:
        """How many neurons have examples."""
        return int(self._db.value("SELECT count(*) FROM evidence"))


def encode(evidence: Evidence) -> bytes:
    """One blob: a table of examples, their sample ids as JSON, and all maps end to end."""
    examples = evidence.examples
    maps = [example.map for example in examples]
    names = json.dumps([example.sample_id for example in examples]).encode()
    table = [[_SIDES.index(e.side), _KINDS.index(e.kind), e.position] for e in examples]
    lengths = [[len(m.image_index), len(m.text_index)] for m in maps]
    arrays: list[Array] = [
        np.array(table, np.int32).reshape(len(examples), 3),
        np.array([e.score for e in examples], np.float64),
        np.frombuffer(names, np.uint8),
        np.array(lengths, np.uint32).reshape(len(examples), 2),
        _join([m.image_index for m in maps], np.uint32),
        _join([m.image_value for m in maps], np.float32),
        _join([m.text_index for m in maps], np.uint32),
        _join([m.text_value for m in maps], np.float32),
    ]
    return pack(arrays)


def decode(neuron: int, body: bytes, maps: bool = True) -> Evidence:
    """The evidence of `encode`, without `maps` with empty ones. Raises `NotAProjectError` for a damaged blob.
    Maps are read-only."""
    what = f"The evidence of neuron {neuron}"
    arrays = unpack(body, _ARRAYS, what)
    try:
        return Evidence(neuron, tuple(_examples(arrays, maps)))
    except (ValueError, IndexError, TypeError, RecursionError) as error:
        raise damaged(what) from error


def _top_ids(neuron: int, body: bytes) -> tuple[str, ...]:
    what = f"The evidence of neuron {neuron}"
    table, _scores, names = unpack(body, _ARRAYS, what, first=3)
    # An example without a sample has the id that all of its side begin with.
    stems = [Example(side, ExampleKind.TOP, 0, 0.0, "", _no_map()).evidence_id(neuron) for side in _SIDES]
    top = _KINDS.index(ExampleKind.TOP)
    try:
        pairs = zip(table.tolist(), json.loads(names.tobytes()), strict=True)
        return tuple([stems[side] + name for (side, kind, _), name in pairs if kind == top])
    except (ValueError, IndexError, TypeError, RecursionError) as error:
        raise damaged(what) from error


def _examples(arrays: Sequence[Array], maps: bool) -> Iterable[Example]:
    table, scores, names = arrays[:3]
    ids = json.loads(names.tobytes())
    kept = _maps(*arrays[3:]) if maps else [_no_map()] * len(ids)
    for (side, kind, position), score, identifier, found in zip(
        table.tolist(), scores.tolist(), ids, kept, strict=True
    ):
        if min(side, kind) < 0 or not isinstance(identifier, str):
            raise ValueError("not an example")
        yield Example(_SIDES[side], _KINDS[kind], position, score, identifier, found)


def _maps(
    lengths: Array, image_index: Array, image_value: Array, text_index: Array, text_value: Array
) -> list[ActivationMap]:
    image = _cut(image_index, image_value, np.cumsum(lengths[:, 0], dtype=np.int64))
    text = _cut(text_index, text_value, np.cumsum(lengths[:, 1], dtype=np.int64))
    return [ActivationMap(*i, *t) for i, t in zip(image, text, strict=True)]


def _no_map() -> ActivationMap:
    index, value = np.zeros(0, np.uint32), np.zeros(0, np.float32)
    return ActivationMap(index, value, index, value)


def _cut(index: Array, value: Array, ends: Array) -> list[tuple[Array, Array]]:
    if not (len(index) == len(value) == (ends[-1] if len(ends) else 0)):
        raise ValueError("lengths do not add up")
    starts = [0, *ends.tolist()]
    return [(index[a:b], value[a:b]) for a, b in pairwise(starts)]


def _join(parts: Sequence[Array], dtype: type) -> Array:
    return np.concatenate([np.asarray(p, dtype) for p in parts]) if parts else np.zeros(0, dtype)
