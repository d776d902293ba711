"""Scores over every picture of the data: MonoSemanticity, and Network Dissection where there are masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from studio.api import Context, DataError, Score, ScorerWork, TokenKind, hookimpl, mask_reader

#: Pictures embedded together.
BATCH = 64


class MonoSemanticityScorer:
    """Pach et al. 2025, in the exact linear form: see `models.scorers.monosemanticity`.

    It judges a neuron and no concept. Nothing it uses was learnt from an example, so no picture is held out.
    """

    name = "monosemanticity"
    title = "MonoSemanticity"
    note = (
        "Mean similarity of the pictures that fire the neuron, weighted by how much each does; 1 is highest."
    )

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """Load the encoder."""
        ctx.report(0, 1, "Loading the aligner")
        aligner = work.aligner()
        return {"aligner_id": aligner.id, "aligner_hash": aligner.fingerprint}

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """One score for each neuron that fires on images. The activation on a picture is the mean over its
        tokens (METHOD 1)."""
        from models.scorers import MonoSemanticity

        aligner, neurons = work.aligner(), live_on_images(work)
        place = np.full(work.project().neuron_count(), -1)
        place[neurons] = np.arange(len(neurons))
        sums, images, count = MonoSemanticity(len(neurons), aligner.dim), work.images(ctx), 0
        while batch := list(islice(images, BATCH)):
            ctx.check()
            activations = np.zeros((len(batch), len(neurons)))
            for row, found in enumerate(batch):
                add_means(activations[row], place, found)
            sums.add(activations, aligner.embed_images([found.image for found in batch]))
            count += len(batch)
        details = {"judge": aligner.id, "image_level": "mean over image tokens"}
        for neuron, value in zip(neurons.tolist(), sums.scores().tolist(), strict=True):
            yield self._score(neuron, value, count, details)

    def _score(self, neuron: int, value: float, count: int, details: dict[str, Any]) -> Score:
        if not np.isfinite(value):
            why = "It fires on fewer than two pictures, or on all alike."
            return Score(neuron, TokenKind.IMAGE, self.name, "", None, details={**details, "why": why})
        return Score(neuron, TokenKind.IMAGE, self.name, "", value, n=count, details=details)


class DissectionScorer:
    """Bau et al. 2017: overlap of where the neuron fires with where its concept is, over the data set
    without the pictures that its concept was named from (METHOD 7)."""

    name = "dissection"
    title = "Network Dissection"
    note = (
        "Overlap (IoU) of where the neuron fires with the masks of its concept, over all pictures that the "
        "explainer did not see."
    )

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """Find the masks."""
        self._masks = mask_reader(work.project(), work.spec.data)
        if self._masks is None:
            raise DataError(
                "The data has no masks: a folder “masks” and a file truth.jsonl beside the samples. Leave "
                "out Network Dissection, or give a data set that has them."
            )
        return {"masks": str(self._masks.folder), "labels": len(self._masks.concepts)}

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """One score for each visual target: IoU with its own concept, and the concept with the highest."""
        from models.scorers.dissection import QUANTILE
        from models.scorers.masked_firing import MaskedFiring

        sums = MaskedFiring(limits(work, QUANTILE), len(self._masks.concepts))
        for found in work.images(ctx):
            ctx.check()
            mask = None if found.path is None else self._masks.read(found.path, found.image.size)
            if mask is not None:
                tokens, slots = np.nonzero(found.values)
                sums.add(
                    *mask, found.boxes, found.indices[tokens, slots], tokens, found.values[tokens, slots],
                    spared=work.named_from(found.image, TokenKind.IMAGE, ctx),
                )  # fmt: skip
        iou, counts = np.nan_to_num(sums.iou()), sums.images()
        for target in work.targets():
            if target.side is TokenKind.IMAGE:
                yield self._score(
                    target.neuron, target.concept, iou[target.neuron], int(counts[target.neuron])
                )

    def _score(self, neuron: int, concept: str, iou: np.ndarray, count: int) -> Score:
        if not count:
            why = "Every picture with a mask was shown to the explainer: none is left to test it on."
            return Score(neuron, TokenKind.IMAGE, self.name, concept, None, details={"why": why})
        best = int(np.argmax(iou))
        details: dict[str, Any] = {"best": self._masks.concepts[best], "best_iou": round(float(iou[best]), 6)}
        own = self._masks.places.get(concept.casefold())
        if own is None:
            details["why"] = (
                f"No mask is labelled “{concept}”. The label that fits best is “{details['best']}” "
                f"(IoU {iou[best]:.2f})."
            )
            return Score(neuron, TokenKind.IMAGE, self.name, concept, None, details=details)
        details["rank"] = 1 + int((iou > iou[own]).sum())
        return Score(
            neuron, TokenKind.IMAGE, self.name, concept, float(iou[own]), n=count, details=details,
        )  # fmt: skip


def live_on_images(work: ScorerWork) -> np.ndarray:
    """Neurons that fire on at least one image token: int64, ascending."""
    return np.flatnonzero(work.project().neurons.stats().image.tokens > 0)


def add_means(row: np.ndarray, place: np.ndarray, found: Any) -> None:
    """Add each neuron's mean activation over the tokens of one picture to `row`; `place` is -1 for neurons
    that are left out."""
    columns = place[found.indices]
    np.add.at(row, columns[columns >= 0], found.values[columns >= 0] / max(len(found.boxes), 1))


def limits(work: ScorerWork, quantile: float) -> np.ndarray:
    """T_k of every neuron from the project's histograms: float64 [neurons]."""
    from models.scorers.masked_firing import limit_of_histogram
    from studio.api import histogram_edges

    image = work.project().neurons.stats().image
    return limit_of_histogram(image.histogram, histogram_edges(), image.total_tokens, quantile)


@hookimpl
def concept_studio_scorers() -> list[MonoSemanticityScorer | DissectionScorer]:
    """The scorers `monosemanticity` and `dissection`."""
    return [MonoSemanticityScorer(), DissectionScorer()]
