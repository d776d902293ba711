"""What a training leaves behind, so that it can go on after a crash."""

from __future__ import annotations

import os
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from studio.domain.errors import ModelError
from studio.services.disk import no_leftover, plain_disk_errors

if TYPE_CHECKING:
    from models.sae.recipes import AnyTrainer


@dataclass(slots=True)
class TrainProgress:
    """Where a training is: the round of the store and its first sample, the batch within it, the curves
    so far (by name; "step" are the steps of their points), seconds spent."""

    round: int = 0
    start: int = 0
    batch: int = 0
    seconds: float = 0.0
    curves: dict[str, list[float]] = field(default_factory=dict)

    def add_point(self, step: int, values: dict[str, float]) -> None:
        """One more point of each curve."""
        for name, value in {"step": float(step), **values}.items():
            self.curves.setdefault(name, []).append(value)


class TrainCheckpoint:
    """Weights, optimizer and progress in one file, replaced in one step."""

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key

    def save(self, trainer: AnyTrainer, progress: TrainProgress) -> None:
        """Keep the state. Raises `DiskFullError`."""
        import torch

        waiting = self.path.with_name(self.path.name + ".part")
        state = {"key": self.key, "trainer": trainer.state_dict(), "progress": asdict(progress)}
        with plain_disk_errors(self.path), no_leftover(waiting):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(waiting, "wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(waiting, self.path)

    def load(self, trainer: AnyTrainer) -> TrainProgress | None:
        """Put `trainer` back to where it was; None (and `trainer` is not to be used) when there is nothing
        to go on with."""
        import torch

        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            if state["key"] != self.key:
                return None
            trainer.load_state_dict(state["trainer"])
            return TrainProgress(**state["progress"])
        except (OSError, KeyError, TypeError, ValueError, RuntimeError, EOFError, ModelError):
            return None
        except pickle.UnpicklingError:
            return None
