"""Which queues of neurons there are."""

from __future__ import annotations

from enum import StrEnum


class Queue(StrEnum):
    """What one can walk through."""

    OPEN = "open"
    REVIEWED = "reviewed"
    SKIPPED = "skipped"
    FLAGGED = "flagged"
    FLAGGED_BY_ME = "flagged by me"
    DISAGREEMENT = "disagreement"
    LOW_CONFIDENCE = "low confidence"
    LINES = "lines disagree"
    SAMPLE = "sample"
    ASSIGNED = "assigned"
    UNADJUDICATED = "unadjudicated"
    GOLD = "gold"
    DISCUSSED = "discussed"


#: Queues that would tell a blind annotator what others said.
OF_PEERS = (Queue.FLAGGED, Queue.DISAGREEMENT, Queue.UNADJUDICATED)
#: Queues that would tell what the automatic class rests on.
OF_SCORES = (Queue.LINES, Queue.LOW_CONFIDENCE)
