"""Overlap of the firing region with the concept as Grounding DINO and SAM find it in the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from studio.api import Context, HeldOutItem, Score, ScorerWork, ScoreTarget, TokenKind, hookimpl


class RegionScorer:
    """Mean IoU over held-out examples. Slow without a graphics card: bound it by the number of neurons."""

    name = "iou"
    title = "Region overlap"
    note = "Overlap (IoU) of held-out firing regions with the concept as Grounding DINO and SAM find it."

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """Load both networks."""
        from models.scorers.grounding import Grounder

        ctx.report(0, 1, "Loading the detector and the segmenter")
        self._grounder = Grounder(work.spec.detector, work.spec.segmenter, work.spec.device)
        return {"grounder": self._grounder.id}

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """One score a visual target."""
        targets = [target for target in work.targets() if target.side is TokenKind.IMAGE]
        for number, target in enumerate(targets):
            ctx.report(number, len(targets), "Region overlap: looking for each concept")
            yield self._scored(work, target, ctx)
        ctx.report(len(targets), len(targets))

    def _scored(self, work: ScorerWork, target: ScoreTarget, ctx: Context) -> Score:
        values, found = [], 0
        for item in work.test_set(target):
            if item.positive:
                ctx.check()
                value, seen = self._overlap(work, target.concept, item)
                values.append(value)
                found += seen
        details: dict[str, Any] = {"judge": self._grounder.id, "found": found}
        if not values:
            details["why"] = "There are no held-out examples to test it on."
            return Score(target.neuron, target.side, self.name, target.concept, None, details=details)
        return Score(
            target.neuron, target.side, self.name, target.concept, float(np.mean(values)), n=len(values),
            details=details,
        )  # fmt: skip

    def _overlap(self, work: ScorerWork, concept: str, item: HeldOutItem) -> tuple[float, bool]:
        """IoU on one picture, and whether the concept was found there at all."""
        from models.explainers.evidence import firing_boxes
        from models.pictures import region_mask
        from models.scorers.grounding import overlap

        picture = work.picture(item.sample.picture or 0)
        fires = region_mask(firing_boxes(item.sample, item.marks, picture.size), *picture.size)
        shown = self._grounder.mask(picture, concept)
        return overlap(fires, shown), bool(shown.any())


@hookimpl
def concept_studio_scorers() -> list[RegionScorer]:
    """The scorer `iou`."""
    return [RegionScorer()]
