"""Line 1 for all neurons at once, under any rule of what counts as evidence (METHOD 5.1).

The same verdicts as `verdict.judge` with causal lines, as columns: fast enough to move a threshold by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.domain.modality import Modality
from studio.services.causal_lines import SURVIVES
from studio.services.verdict import FEWEST
from studio.storage.alignments import AlignmentPairs
from studio.storage.verdicts import OtherLines, VerdictColumns

Scale = Literal["cosine", "z"]
#: The threshold that every cosine passes.
LOWEST_COSINE = -1.0
Bools = NDArray[np.bool_]
VISUAL, TEXTUAL, MULTIMODAL, UNCLEAR = range(len(Modality))
assert [m.value for m in Modality] == ["visual", "textual", "multimodal", "unclear"]


@dataclass(frozen=True, slots=True)
class Rule:
    """An alignment is evidence when its q is at most `q` and its mean cosine (or z) is above `threshold`,
    over enough examples (`verdict.FEWEST`)."""

    threshold: float = LOWEST_COSINE
    q: float = 0.05
    scale: Scale = "cosine"

    @property
    def words(self) -> str:
        """The rule as people read it: "mean cosine above 0.3 and q at most 0.05"."""
        if self.scale == "cosine" and self.threshold <= LOWEST_COSINE:
            return f"q at most {self.q:g}, whatever the cosine"
        name = "mean cosine" if self.scale == "cosine" else "z"
        return f"{name} above {self.threshold:g} and q at most {self.q:g}"


class Classifier:
    """Orders every alignment once; a rule then costs a few passes over the columns.

    An entry is one concept on one side. Entries are ordered by neuron and by how far they stand out (z, then
    cosine), pairs by how far their weaker side does, so that the last strong one of a neuron is its headline.
    """

    def __init__(self, pairs: AlignmentPairs) -> None:
        self._pairs = pairs
        self.neurons, first = np.unique(pairs.neuron, return_index=True)
        rows, sides = np.nonzero(pairs.n >= 0)
        place = np.lexsort((rows, sides))  # the order of the stored list: image before text
        rows, sides = rows[place], sides[place]
        number = np.arange(len(rows))
        z, a = np.where(np.isnan(pairs.z), -np.inf, pairs.z), pairs.a
        keys = (a[rows, sides], z[rows, sides], pairs.neuron[rows])
        best, last = np.lexsort((-number, *keys)), np.lexsort((number, *keys))
        self._rows, self._sides = rows[best], sides[best]
        self._starts = np.searchsorted(pairs.neuron[self._rows], self.neurons)
        ends = np.append(self._starts[1:], len(rows))[: len(self.neurons)] - 1
        self._headline = rows[last][ends], sides[last][ends]
        self._pair_order = self._order_pairs(z, a)
        self._pair_starts = first

    def _order_pairs(self, z: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.int64]:
        text_weaker = (z[:, 1] < z[:, 0]) | ((z[:, 1] == z[:, 0]) & (a[:, 1] < a[:, 0]))
        weaker = (np.arange(len(z)), text_weaker.astype(int))
        # Rows are in the order of the concepts within a neuron, which is the last tie-break.
        return np.lexsort((np.arange(len(z)), a[weaker], z[weaker], self._pairs.neuron))

    def lowest_cosine(self) -> float:
        """The smallest mean cosine there is, 0 without one."""
        return float(np.nanmin(self._pairs.a, initial=0.0)) if len(self._pairs.a) else 0.0

    def highest_z(self) -> float:
        """The largest z there is, 0 without one."""
        return float(np.nanmax(self._pairs.z, initial=0.0)) if len(self._pairs.z) else 0.0

    def strong(self, rule: Rule) -> Bools:
        """Which alignments are evidence: bool [pairs, 2]."""
        value = self._pairs.a if rule.scale == "cosine" else self._pairs.z
        above: Bools = np.greater(value, rule.threshold)
        return np.asarray((self._pairs.n >= FEWEST) & (self._pairs.q <= rule.q) & above)

    def modality(self, rule: Rule) -> NDArray[np.int8]:
        """The class of every neuron of `neurons`, as places in `Modality`: int8 [n]."""
        strong = self.strong(rule)
        return self._modality(self._best(strong), self._best_pair(strong))

    def verdicts(self, rule: Rule, lines: OtherLines) -> VerdictColumns:
        """Class, headline, score, q and flag of every neuron of `lines`."""
        strong = self.strong(rule)
        best, both = self._best(strong), self._best_pair(strong)
        modality = self._modality(best, both)
        row, side = self._headline[0].copy(), self._headline[1].copy()
        row[best >= 0], side[best >= 0] = self._rows[best[best >= 0]], self._sides[best[best >= 0]]
        row[both >= 0] = both[both >= 0]
        a, q = self._pairs.a[row, side], self._pairs.q[row, side]
        a[both >= 0] = self._pairs.a[both[both >= 0]].min(axis=1)
        q[both >= 0] = self._pairs.q[both[both >= 0]].max(axis=1)
        split = self._any(strong[:, 0]) & self._any(strong[:, 1]) & (both < 0)
        return self._spread(lines, modality, row, a, q, split)

    def _best(self, strong: Bools) -> NDArray[np.int64]:
        """The entry that stands out most among the strong ones of each neuron, -1 without one."""
        return self._last(strong[self._rows, self._sides], self._starts)

    def _best_pair(self, strong: Bools) -> NDArray[np.int64]:
        """The pair that is strong on both sides, of several the one whose weaker side stands out most."""
        found = self._last((strong[:, 0] & strong[:, 1])[self._pair_order], self._pair_starts)
        return np.where(found >= 0, self._pair_order[found], -1) if len(found) else found

    def _last(self, chosen: Bools, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(starts):
            return np.zeros(0, np.int64)
        return np.asarray(np.maximum.reduceat(np.where(chosen, np.arange(len(chosen)), -1), starts))

    def _any(self, chosen: Bools) -> Bools:
        return np.asarray(np.logical_or.reduceat(chosen, self._pair_starts)) if len(chosen) else chosen

    def _modality(self, best: NDArray[np.int64], both: NDArray[np.int64]) -> NDArray[np.int8]:
        codes = np.full(len(self.neurons), UNCLEAR, np.int8)
        found = best >= 0
        codes[found] = np.where(self._sides[best[found]] == 0, VISUAL, TEXTUAL)
        codes[both >= 0] = MULTIMODAL
        return codes

    def _spread(
        self, lines: OtherLines, modality: NDArray[np.int8], row: NDArray[np.int64],
        a: NDArray[np.float64], q: NDArray[np.float64], split: Bools,
    ) -> VerdictColumns:  # fmt: skip
        """From the neurons with alignments to those with a verdict: without alignments, unclear."""
        _, own, other = np.intersect1d(lines.neuron, self.neurons, assume_unique=True, return_indices=True)
        codes = np.full(len(lines.neuron), UNCLEAR, np.int8)
        score, significance = (np.full(len(codes), np.nan) for _ in range(2))
        divided = np.zeros(len(codes), np.bool_)
        codes[own], divided[own] = modality[other], split[other]
        score[own], significance[own] = a[other], q[other]
        concepts: list[str | None] = [None] * len(codes)
        for place, pair in zip(own.tolist(), row[other].tolist(), strict=True):
            concepts[place] = self._pairs.concept[pair]
        third = causal_codes(lines)
        disagrees = divided | (codes != lines.mass) | ((third >= 0) & (third != codes))
        flagged = (codes != UNCLEAR) & disagrees
        return VerdictColumns(lines.neuron, codes, score, significance, flagged, concepts)


def causal_codes(lines: OtherLines) -> NDArray[np.int8]:
    """`causal_lines.causal_class` of every row: place in `Modality`, -1 where not run."""
    image, text = lines.blank_image >= SURVIVES, lines.blank_text >= SURVIVES
    codes = np.select([image & text, image, text], [UNCLEAR, TEXTUAL, VISUAL], MULTIMODAL)
    missing = np.isnan(lines.blank_image) | np.isnan(lines.blank_text)
    return np.where(missing, -1, codes).astype(np.int8)
