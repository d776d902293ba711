"""What gives numbers to neurons or their concepts, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from studio.domain.context import Context
from studio.domain.evidence import Example, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.score import Score, ScoreTarget, ScoreTest
from studio.domain.specs import ScorersSpec


class ScorerWork(Protocol):
    """What a scorer is given: concepts, and examples that no explainer has seen."""

    spec: ScorersSpec

    def targets(self) -> Sequence[ScoreTarget]:
        """Every concept to be tested on a side, by neuron."""

    def test_set(self, target: ScoreTarget) -> ScoreTest:
        """Positive and negative examples for one target in an order drawn by the seed; empty where one of the
        two kinds is missing. Raises `DataError` when one of them was shown to the explainer."""

    def picture(self, row: int) -> Any:
        """The picture (PIL, RGB) of a row."""

    def prompt(self, name: str) -> Any:
        """As `ExplainerWork.prompt`."""

    def aligner(self) -> Any:
        """The joint encoder of the spec."""

    def bank(self) -> Any:
        """The candidate phrases of the spec."""

    def seen_examples(
        self, neuron: int, side: TokenKind, seen: frozenset[str]
    ) -> Sequence[tuple[Example, StoredSample]]:
        """What the explainer saw: a threshold may be set on these, never a score taken."""

    def named_from(self, image: Any, side: TokenKind, ctx: Context) -> Sequence[int]:
        """The neurons whose concept on this side was named from this picture (PIL, RGB), or from one that
        shows the same: it may not test them. Ascending."""

    def images(self, ctx: Context) -> Iterator[Any]:
        """Every distinct picture of the data set with the whole code of its image tokens, as
        `studio.services.scorer_images.ImageCode`. Runs the model and the SAE of the extraction."""

    def project(self) -> Any:
        """The snapshot of the project, for reading (`Project`)."""

    def answers(self) -> Path:
        """As `ExplainerWork.answers`."""


@runtime_checkable
class Scorer(Protocol):
    """Gives numbers to neurons or their concepts. Made anew for every run."""

    #: The name on the command line and in scores, what a list says, and a sentence on what it measures.
    name: str
    title: str
    note: str

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """As `Explainer.prepare`."""

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """Scores as they come; what cannot be measured gets a score without value that says why.
        Raises `UserError`, `Cancelled`."""
