"""CLIP score of a concept against the regions that fire, its place in the bank, its category's agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from studio.api import Category, Context, Score, ScorerWork, ScoreTarget, TokenKind, hookimpl

#: The factor of CLIPScore (Hessel et al. 2021): w max(cos, 0).
WEIGHT = 2.5
BOOTSTRAP = 1000
#: Targets whose examples are embedded together.
TOGETHER = 256


class ClipScorer:
    """Mean CLIPScore over held-out examples, the rest of each picture blurred. Of the image side alone."""

    name = "clip"
    title = "CLIP score"
    note = "2.5 × the cosine of the concept with held-out firing regions, 0 where it is below 0 (CLIPScore)."

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """Load the encoder and embed the bank."""
        from models.scorers.views import Views

        ctx.report(0, 1, "Loading the aligner")
        aligner, self._bank = work.aligner(), work.bank()
        self._aligner = aligner
        self._phrases = aligner.embed_texts(self._bank.phrases)
        self._category = dict(zip(self._bank.phrases, self._bank.categories, strict=True))
        self._views = Views(aligner, work.picture, marked=True)
        return {"aligner_id": aligner.id, "aligner_hash": aligner.fingerprint, "bank_hash": self._bank.digest}

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """One score a visual target."""
        targets = [target for target in work.targets() if target.side is TokenKind.IMAGE]
        concepts = list(dict.fromkeys(target.concept for target in targets))
        vectors = dict(zip(concepts, self._aligner.embed_texts(concepts), strict=True))
        for start in range(0, len(targets), TOGETHER):
            ctx.check()
            ctx.report(start, len(targets), "CLIP score: looking at held-out regions")
            chunk = targets[start : start + TOGETHER]
            tests = [[(i.sample, i.marks) for i in work.test_set(t) if i.positive] for t in chunk]
            self._views.embed(TokenKind.IMAGE, [item for items in tests for item in items])
            for target, items in zip(chunk, tests, strict=True):
                yield self._scored(work, target, vectors[target.concept], items)
        ctx.report(len(targets), len(targets))

    def _scored(self, work: ScorerWork, target: ScoreTarget, concept: np.ndarray, items: list[Any]) -> Score:
        details: dict[str, Any] = {"aligner": self._aligner.id}
        if self._aligner.truncates(target.concept):
            details["truncated"] = f"The aligner cuts the concept at {self._aligner.text_limit} tokens."
        if not items:
            details["why"] = "There are no held-out examples to test it on."
            return Score(target.neuron, target.side, self.name, target.concept, None, details=details)
        regions = self._views.embed(TokenKind.IMAGE, items).astype(np.float64)
        values = WEIGHT * np.maximum(regions @ concept.astype(np.float64), 0)
        low, high = _interval(values, work.spec.seed) if len(values) > 1 else (None, None)
        details |= self._in_bank(regions.mean(axis=0), concept, target.concept)
        return Score(
            target.neuron, target.side, self.name, target.concept, float(values.mean()), low, high,
            len(values), details,
        )  # fmt: skip

    def _in_bank(self, mean: np.ndarray, concept: np.ndarray, name: str) -> dict[str, Any]:
        """Rank from 1 among the phrases of the bank, the nearest phrase, and whether its category is that of
        the concept, where both are known."""
        cosines = self._phrases @ mean
        others = np.array([phrase != name for phrase in self._bank.phrases])
        best = int(np.argmax(cosines))
        own, found = self._category.get(name), self._bank.categories[best]
        same = None if own is None or found is None else own is found
        return {
            "rank": 1 + int((cosines[others] > float(concept @ mean)).sum()),
            "bank_size": len(self._bank) + (name not in self._category),
            "nearest": self._bank.phrases[best],
            "nearest_category": found.value if isinstance(found, Category) else None,
            "category_agrees": same,
        }


def _interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(BOOTSTRAP, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


@hookimpl
def concept_studio_scorers() -> list[ClipScorer]:
    """The scorer `clip`."""
    return [ClipScorer()]
