"""The result of a training: the SAE's folder with its run card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.domain.specs import TrainSpec
from studio.services.disk import read_json


@dataclass(frozen=True, slots=True)
class TrainResult:
    """`folder` holds `layers.<L>/` in sparsify's or SAELens's layout and its run card, which is `card`.

    `fit` is measured on held-out samples; `curves` maps names to points, "step" to their steps. None stands
    for what is not defined, as the FVU of a side without tokens.
    """

    folder: Path
    fit: Mapping[str, float | None]
    curves: Mapping[str, list[float | None]]
    card: Mapping[str, Any]

    def config(self) -> dict[str, Any]:
        """What was asked for. JSON."""
        return dict(self.card["config"])

    def summary(self) -> dict[str, Any]:
        """What came out, without the curves. JSON."""
        return {**self.fit, **self.card["summary"]}


def train_key(spec: TrainSpec, total: int) -> str:
    """Runs with the same key go on with each other's checkpoints."""
    asked = asdict(spec)
    asked["model"].pop("device")
    asked.pop("batch_size")
    asked.pop("force")
    return hashlib.sha256(json.dumps([asked, total], sort_keys=True).encode()).hexdigest()


def hookpoint_folder(spec: TrainSpec, out: Path) -> Path:
    """Where the SAE of this layer is saved."""
    return out / f"layers.{spec.layer}"


def finished(spec: TrainSpec, out: Path, key: str) -> TrainResult | None:
    """The result of an earlier run with the same key, if its files are as that run left them."""
    folder = hookpoint_folder(spec, out)
    card = read_json(folder / "run.json")
    if not isinstance(card, dict) or card.get("key") != key:
        return None
    try:
        whole = all(file_hash(folder / name) == value for name, value in card["files"].items())
        return TrainResult(out, card["fit"], card["curves"], card) if whole else None
    except (OSError, KeyError, TypeError, AttributeError):
        return None


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
