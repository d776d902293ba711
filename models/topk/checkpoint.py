"""Checkpoints of `TopExamples`: one NumPy archive, nothing pickled, replaced in one step."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.topk.keeper import PairKeeper
from models.topk.pairs import Pairs
from models.topk.silent import SilentPool
from models.topk.totals import COLUMNS, SideTotals
from studio.domain.evidence import Rank

VERSION = 1


class Aggregate(Protocol):
    """What a checkpoint is taken of (`TopExamples`): settings, and the parts that add samples up."""

    samples: int
    totals: tuple[SideTotals, SideTotals]
    keeper: PairKeeper
    pool: SilentPool

    @property
    def config(self) -> dict[str, Any]: ...


State = TypeVar("State", bound=Aggregate)


def write(path: Path, state: Aggregate) -> None:
    """Write beside `path`, then rename."""
    arrays = _arrays(state)
    waiting = path.with_name(path.name + ".part")
    with open(waiting, "wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(waiting, path)


def read(path: Path, make: Callable[..., State]) -> State:
    """The state as it was written, in what `make(**config)` gives. Raises `ValueError` when it cannot be
    read."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _restored(arrays, make)
    except (OSError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} is no checkpoint of kept examples") from error


def _arrays(state: Aggregate) -> dict[str, NDArray[Any]]:
    state.keeper.prune()
    arrays = {f"pairs_{f.name}": getattr(state.keeper.pairs, f.name) for f in fields(Pairs)}
    for name, total in zip(("image", "text"), state.totals, strict=True):
        total.settle()
        arrays |= {f"{name}_{column}": getattr(total, column) for column in COLUMNS}
    arrays["pool_fired"] = np.array(state.pool.fired, np.uint8).reshape(len(state.pool.fired), -1)
    arrays["about"] = np.frombuffer(json.dumps(_about(state)).encode(), np.uint8)
    return arrays


def _about(state: Aggregate) -> dict[str, Any]:
    return {
        "version": VERSION,
        "config": state.config,
        "samples": state.samples,
        "totals": [[t.total_samples, t.total_tokens] for t in state.totals],
        "ids": state.keeper.ids,
        "pool": [state.pool.codes, state.pool.ids, state.pool.sides],
    }


def _restored(arrays: Any, make: Callable[..., State]) -> State:
    about = json.loads(arrays["about"].tobytes())
    if about["version"] != VERSION:
        raise ValueError(f"the checkpoint is of version {about['version']}")
    config = about["config"]
    state = make(**{**config, "rank": Rank(config["rank"])})
    state.samples = about["samples"]
    for name, total, counts in zip(("image", "text"), state.totals, about["totals"], strict=True):
        total.total_samples, total.total_tokens = counts
        for column in COLUMNS:
            setattr(total, column, arrays[f"{name}_{column}"])
    state.keeper.ids = about["ids"]
    state.keeper.pairs = Pairs(*(arrays[f"pairs_{f.name}"] for f in fields(Pairs)))
    state.keeper.prune()
    codes, ids, sides = about["pool"]
    state.pool.codes, state.pool.ids = codes, ids
    state.pool.sides = [(bool(image), bool(text)) for image, text in sides]
    state.pool.fired = list(arrays["pool_fired"])
    return state
