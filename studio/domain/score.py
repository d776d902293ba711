"""A number that a scorer gives a neuron or its concept, beside the alignment (METHOD 6)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from studio.domain.evidence import ActivationMap, StoredSample
from studio.domain.modality import TokenKind


@dataclass(frozen=True, slots=True)
class Score:
    """What `scorer` found on one side of a neuron. `concept` is what was tested; empty where the scorer looks
    at the neuron alone (MonoSemanticity).

    `value` is None where it is undefined; then `details["why"]` is a sentence. `low` and `high` are the ends
    of its 95 % interval where the scorer gives one; `n` is how many examples it is over. `details` is JSON:
    the judge, the hash of the prompt, the rank, the seed and whatever else the scorer records.
    """

    neuron: int
    side: TokenKind
    scorer: str
    concept: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why there is no value; empty where there is one."""
        return "" if self.value is not None else str(self.details.get("why", ""))


@dataclass(frozen=True, slots=True)
class ScoreTarget:
    """A concept to be tested on one side of a neuron. `seen` are the ids of all samples that an explainer was
    shown to name either side of it: none of them, nor one with the same picture or text, may be tested on."""

    neuron: int
    side: TokenKind
    concept: str
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeldOutItem:
    """One example of a test. `group` is equal where the picture is, or shows the same. `marks` is where the
    neuron fires; of a negative, as many places at random, so that the marks give nothing away. `positive` is
    the truth, which no judge is shown."""

    sample: StoredSample
    marks: ActivationMap
    group: Hashable
    positive: bool


#: The items of one target, in an order drawn by the seed.
ScoreTest = tuple[HeldOutItem, ...]
