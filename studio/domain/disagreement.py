"""Where the labels of one neuron differ."""

from __future__ import annotations

from collections.abc import Iterable

from studio.domain.annotation import Decision, Label

#: Parts of a label that two annotators can differ in, in the order in which they are named.
PARTS = ("decision", "concept", "class", "rating")
#: Ratings this far apart are a disagreement; one step is how far careful people differ.
RATING_GAP = 2


def differing(labels: Iterable[Label], rating_gap: int = RATING_GAP) -> tuple[str, ...]:
    """The parts in which the decided labels of one neuron differ; () for fewer than two of them.

    Decisions differ when one rejects and another keeps the concept; concepts are compared among those who
    keep it, without regard to case and space; classes and ratings among those who gave one.
    """
    decided = [label for label in labels if label.decision is not None]
    kept = [label for label in decided if label.decision is not Decision.REJECTED]
    ratings = [label.rating for label in decided if label.rating is not None]
    found = {
        "decision": 0 < len(kept) < len(decided),
        "concept": len({same_words(label.concept) for label in kept}) > 1,
        "class": len({label.modality for label in decided} - {None}) > 1,
        "rating": max(ratings, default=0) - min(ratings, default=0) >= rating_gap,
    }
    return tuple(part for part in PARTS if found[part])


def same_words(concept: str | None) -> str:
    """A concept as it is compared: without case, with single spaces."""
    return " ".join((concept or "").casefold().split())
