"""Training of an SAE on the hidden vectors of a model."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.domain.context import Context
from studio.domain.errors import Cancelled
from studio.domain.specs import TrainSpec
from studio.services.disk import plain_disk_errors, write_json
from studio.services.extract.networks import load_model
from studio.services.extract.survey import survey
from studio.services.memory import fitted
from studio.services.spec_checks import check_train
from studio.services.train.batches import Batches
from studio.services.train.checkpoint import TrainCheckpoint, TrainProgress
from studio.services.train.reading import Reading
from studio.services.train.result import TrainResult, file_hash, finished, hookpoint_folder, train_key
from studio.services.train.vectors import SIDES, VectorStore
from studio.services.versions import model_record, versions

if TYPE_CHECKING:
    import torch

    from models.sae import Fit, StepReport
    from models.sae.recipes import AnyTrainer

#: Seconds between checkpoints.
CHECKPOINT_EVERY = 60.0
#: Points of each curve in the run card.
CURVE_POINTS = 500
CURVES = (
    "loss", "fvu", "fvu_image", "fvu_text", "l0", "dead", "explained", "lr", "tokens_per_s"
)  # fmt: skip


def train(spec: TrainSpec, out: Path, ctx: Context) -> TrainResult:
    """Train an SAE on layer `spec.layer` and save it in `out/layers.<L>/`.

    Vectors are read through the model once (as long as they fit on the disk), kept beside the SAE, and
    shuffled; samples held out are those of `spec.held_out` of all pictures. A run that was stopped goes on
    from its checkpoint when it is started again with the same spec; one that was finished is returned as it
    is. Raises `DataError`, `ModelError`, `LayerError`, `NetworkError`, `DiskFullError` and `Cancelled`.
    """
    check_train(spec)
    total, unread = survey(spec.data, ctx)
    for left_out in unread:
        ctx.log(f"Left out {left_out.id}: {left_out.reason}")
    key = train_key(spec, total)
    done = finished(spec, out, key)
    if done is not None:
        ctx.log("This SAE was trained before; it is used as it is.")
        return done
    ctx.report(0, total, "Loading the model")
    spec = fitted(spec, ctx)
    return _Run(spec, out, key, total, ctx).result()


class _Run:
    """One training in this process."""

    def __init__(self, spec: TrainSpec, out: Path, key: str, total: int, ctx: Context) -> None:
        self.spec, self.out, self.key, self.ctx = spec, out, key, ctx
        self.vlm = load_model(spec.model, spec.layer, ctx)
        self.checkpoint = TrainCheckpoint(out / "training" / "checkpoint.pt", key)
        # Before the store: settings that do not fit the model leave no folder behind.
        self.trainer, self.progress = self._begin()
        self.reading = Reading(out / "training", spec, self.vlm, key, total, ctx)
        self._saved = time.monotonic()

    def _begin(self) -> tuple[AnyTrainer, TrainProgress]:
        from models.sae.recipes import make_trainer

        trainer = make_trainer(self.vlm.hidden_size, self.spec, self.vlm.device)
        progress = self.checkpoint.load(trainer)
        if progress is None:
            return make_trainer(self.vlm.hidden_size, self.spec, self.vlm.device), TrainProgress()
        self.ctx.log(f"Going on after {trainer.tokens} vectors that were seen before.")
        return trainer, progress

    def result(self) -> TrainResult:
        """Train to the end, measure, save."""
        try:
            while self.trainer.tokens < self.spec.tokens:
                self._round()
        except Cancelled:
            self._save()
            raise
        self.progress.seconds += time.monotonic() - self._saved
        return self._finish()

    def _round(self) -> None:
        """Train on what the store holds: one pass, or all there is to do when it holds all the data."""
        progress = self.progress
        held = self.reading.round(progress.round, progress.start)
        everything = held["ended"] and progress.start == 0
        if sum(held["rows"].values()):
            batches = self._batches(progress.round)
            while self.trainer.tokens < self.spec.tokens and (
                everything or progress.batch < batches.in_a_pass
            ):
                self._step(batches)
        if not everything:
            progress.round, progress.batch = progress.round + 1, 0
            progress.start = 0 if held["ended"] else held["stop"]

    def _batches(self, number: int) -> Batches:
        image, text = (self.reading.training.files[side].map() for side in SIDES)
        return Batches(image, text, self.spec.batch_tokens, (self.spec.seed, number))

    def _step(self, batches: Batches) -> None:
        import torch

        vectors, is_image = batches.batch(self.progress.batch)
        report = self.trainer.step(torch.from_numpy(vectors), torch.from_numpy(is_image))
        self.progress.batch += 1
        self._tell(report)
        if time.monotonic() - self._saved > CHECKPOINT_EVERY:
            self._save()
        self.ctx.check()

    def _tell(self, report: StepReport) -> None:
        """Live curves at every step; for the run card, as many points as a plot can show."""
        values = {name: float(getattr(report, name)) for name in CURVES}
        self.ctx.curve(report.step, values)
        self.ctx.report(min(report.tokens, self.spec.tokens), self.spec.tokens, "Training the SAE")
        every = max(1, self.spec.tokens // self.spec.batch_tokens // CURVE_POINTS)
        last = report.tokens >= self.spec.tokens
        if last or report.step % every == 0 or report.step == 1:
            self.progress.add_point(report.step, values)

    def _save(self) -> None:
        self.progress.seconds += time.monotonic() - self._saved
        self.checkpoint.save(self.trainer, self.progress)
        self._saved = time.monotonic()

    def _finish(self) -> TrainResult:
        from models.sae import evaluate, save_sae

        self.ctx.report(self.spec.tokens, self.spec.tokens, "Measuring the fit")
        sae = self.trainer.sae()
        fit, held_out = self._fit(evaluate, sae)
        curves = {name: [_number(v) for v in values] for name, values in self.progress.curves.items()}
        folder = hookpoint_folder(self.spec, self.out)
        with plain_disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            # sparsify's layout, which the field reads; SAELens's for what that cannot hold.
            form = "sparsify" if sae.config.activation == "topk" else "saelens"
            written = save_sae(sae, folder, form)
            files = {name: file_hash(folder / name) for name in written}
        card = {
            "key": self.key,
            "config": self._config(),
            "fit": fit,
            "summary": self._summary(held_out),
            "curves": curves,
            "files": files,
        }
        write_json(folder / "run.json", card)
        self.reading.remove()
        return TrainResult(self.out, fit, curves, card)

    def _fit(self, evaluate: Any, sae: Any) -> tuple[dict[str, float | None], dict[str, int]]:
        """The fit on held-out vectors, or on those trained on when nothing was held out."""
        held_out = self.reading.held_out.rows()
        store = self.reading.held_out if sum(held_out.values()) else self.reading.training
        x, is_image = _joined(store)
        fit: Fit = evaluate(sae, x, is_image)
        found: dict[str, float | None] = {name: _number(value) for name, value in fit.as_dict().items()}
        # On a few held-out tokens rare latents look dead: what counts is the last `dead_after` of training.
        found["dead"] = self.progress.curves["dead"][-1]
        return found, held_out

    def _config(self) -> dict[str, Any]:
        found = asdict(self.spec)
        found["model"] = model_record(self.spec.model, self.vlm)
        trainer = {**self.trainer.config.as_dict(), "d_in": self.trainer.d_in}
        return found | {"trainer": trainer, "versions": versions()}

    def _summary(self, held_out: dict[str, int]) -> dict[str, Any]:
        return {
            "d_in": self.trainer.d_in,
            "num_latents": self.trainer.num_latents,
            "k": self.trainer.config.k,
            "steps": self.trainer.steps,
            "tokens": self.trainer.tokens,
            "vectors": self.reading.training.rows(),
            "held_out_vectors": held_out,
            "measured_on": "held-out samples" if sum(held_out.values()) else "training samples",
            "seconds": round(self.progress.seconds, 3),
        }


def _joined(store: VectorStore) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    parts = [np.asarray(store.files[side].map()) for side in SIDES]
    is_image = np.repeat([True, False], [len(part) for part in parts])
    return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(is_image)


def _number(value: float) -> float | None:
    """JSON has no NaN: a side without tokens has no fit."""
    return None if value != value else float(value)
