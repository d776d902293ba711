"""Sums over re-runs, sample after sample, and their checkpoint."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import TokenKind
from studio.services.causal_plan import CausalPlan

if TYPE_CHECKING:
    from models.causal import Means

INTERVENTIONS = ("blank_image", "blank_text", "replace_text", "mismatch")
#: Seconds between checkpoints.
SAVE_EVERY = 20.0


class CausalSums:
    """float64 [targets, interventions, 4]: own side changed, own side as it is, both sides changed, both
    sides as they are. Activations are means per token of their side; both sides are added up, as in the
    activation mass (METHOD 5.2). A sample counts for an intervention only where both runs are there."""

    def __init__(self, path: Path, key: str, targets: int) -> None:
        self.path, self._key = path, key
        self.done = 0
        self.total = np.zeros((targets, len(INTERVENTIONS), 4))
        self._saved = time.monotonic()

    @classmethod
    def resumed(cls, bundle: Path, plan: CausalPlan, config: Mapping[str, Any]) -> CausalSums:
        """Those of a run of the same config and plan that was cut off, else none."""
        path = bundle.with_name(f"{bundle.name}.sums.npz")
        sums = cls(path, _key(plan, config), len(plan.targets))
        sums._load()
        return sums

    def add(self, plan: CausalPlan, runs: Mapping[str, Means | None]) -> None:
        """Count the next sample of the plan for all neurons it speaks for."""
        wanted = plan.wanted[self.done]
        self.done += 1
        before = runs.get("as_is")
        if before is None:
            return
        neurons = np.array([plan.targets[i].neuron for i in wanted], np.int64)
        image = np.array([plan.targets[i].side is TokenKind.IMAGE for i in wanted], np.bool_)
        was = _activation(before, neurons, image)
        for number, name in enumerate(INTERVENTIONS):
            after = runs.get(name)
            if after is not None:
                own, both = _activation(after, neurons, image)
                self.total[wanted, number] += np.stack([own, was[0], both, was[1]], axis=1)

    def shares(self, plan: CausalPlan) -> dict[int, dict[str, float]]:
        """By neuron: the share of the activation that stays, by intervention, over both sides, and as
        "image.NAME" and "text.NAME" that of the side's own tokens. Nothing where nothing fired as it is."""
        sums: dict[int, NDArray[np.float64]] = {}
        found: dict[int, dict[str, float]] = {}
        for target, total in zip(plan.targets, self.total, strict=True):
            sums[target.neuron] = sums.get(target.neuron, np.zeros_like(total)) + total
            lines = found.setdefault(target.neuron, {})
            lines |= _ratios(total[:, 0], total[:, 1], f"{target.side.value}.")
        for neuron, total in sums.items():
            found[neuron] = _ratios(total[:, 2], total[:, 3], "") | found[neuron]
        return found

    def save_when_due(self) -> None:
        """Write a checkpoint now and then."""
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write a checkpoint, which appears only when it is whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, key=np.array(self._key), done=np.array(self.done), total=self.total)
        part.replace(self.path)
        self._saved = time.monotonic()

    def forget(self) -> None:
        """The run is done: no checkpoint any more."""
        self.path.unlink(missing_ok=True)

    def _load(self) -> None:
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                if str(stored["key"]) == self._key and stored["total"].shape == self.total.shape:
                    self.done, self.total = int(stored["done"]), stored["total"]
        except Exception:  # a file that is missing or torn fails in many ways, and each means the same
            return


def _activation(
    means: Means, neurons: NDArray[np.int64], image: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seen, read = means.image[neurons], means.text[neurons]
    return np.where(image, seen, read), seen + read


def _ratios(changed: NDArray[np.float64], before: NDArray[np.float64], prefix: str) -> dict[str, float]:
    return {
        prefix + name: float(changed[i] / before[i]) for i, name in enumerate(INTERVENTIONS) if before[i] > 0
    }


def _key(plan: CausalPlan, config: Mapping[str, Any]) -> str:
    """Equal where the same samples would be run in the same way for the same neurons."""
    targets = [[t.neuron, t.side.value] for t in plan.targets]
    wanted = [found.tolist() for found in plan.wanted]
    text = json.dumps([dict(config), targets, plan.samples, wanted], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
