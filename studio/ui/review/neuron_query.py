"""Which neurons the list is asked for, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from studio.domain.queue import Queue
from studio.services.queues import SAMPLE


class SortKey(StrEnum):
    """What the list is ordered by. REVIEW puts neurons whose lines disagree first, then by score; UNCERTAINTY
    those nearest to the limit of their class; MINE is the annotator's own random order."""

    REVIEW = "review"
    NEURON = "neuron"
    CONCEPT = "concept"
    SCORE = "score"
    MEAN = "mean"
    SHARE = "share"
    FIRING = "firing"
    UNCERTAINTY = "uncertainty"
    MINE = "mine"


class Shown(StrEnum):
    """The class filter of the list."""

    ALL = "all"
    VISUAL = "visual"
    TEXTUAL = "textual"
    MULTIMODAL = "multimodal"
    UNCLEAR = "unclear"
    DISAGREE = "disagree"


#: Queues that follow from the columns alone, and so are always up to date.
OWN_QUEUES = (None, Queue.OPEN, Queue.REVIEWED, Queue.SKIPPED, Queue.FLAGGED_BY_ME, Queue.SAMPLE)


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is asked for. `queue`: None for all neurons. `seed` and `size` say which random sample.
    `only`: these neurons and no others, under the name `only_name`."""

    shown: Shown = Shown.ALL
    queue: Queue | None = None
    text: str = ""
    sort: SortKey = SortKey.REVIEW
    descending: bool = False
    only: frozenset[int] | None = None
    only_name: str = ""
    seed: int = 0
    size: int = SAMPLE

    @property
    def needs_facts(self) -> bool:
        """Whether queue or order are read from the project after the columns."""
        return self.queue not in OWN_QUEUES or self.sort in (SortKey.UNCERTAINTY, SortKey.MINE)

    @property
    def narrowed(self) -> bool:
        """Whether a filter leaves neurons out."""
        asked = bool(self.text.strip()) or self.only is not None
        return asked or self.shown is not Shown.ALL or self.queue is not None
