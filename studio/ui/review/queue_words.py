"""What the queues are called, and what they mean."""

from __future__ import annotations

from studio.domain.queue import Queue

#: In the order of the menu; None is a line between groups.
QUEUES: tuple[tuple[Queue, str, str] | None, ...] = (
    (Queue.OPEN, "Not reviewed", "Neither decided nor skipped"),
    (Queue.SKIPPED, "Skipped", "Left for later"),
    (Queue.FLAGGED_BY_ME, "Flagged by me", "Marked by you for somebody to look at"),
    (Queue.REVIEWED, "Reviewed", "You have decided on the concept"),
    None,
    (Queue.LOW_CONFIDENCE, "Low confidence", "The quarter whose class is nearest to turning over"),
    (Queue.LINES, "Lines of evidence disagree", "Alignment, activation mass and re-runs differ"),
    (Queue.SAMPLE, "Random sample…", "So many neurons, drawn at random; the same seed draws the same"),
    None,
    (Queue.ASSIGNED, "Assigned to me", "In a batch that was given to you"),
    (Queue.FLAGGED, "Flagged by anybody", "Marked by somebody"),
    (Queue.DISAGREEMENT, "Annotators disagree", "Two annotators have decided differently"),
    (Queue.UNADJUDICATED, "To be adjudicated", "Annotators disagree and nobody has decided between them"),
    (Queue.DISCUSSED, "Discussed", "Somebody has commented"),
    (Queue.GOLD, "Gold", "What is known to be true of them, to hold annotators against"),
)
NAMES = {entry[0]: entry[1].rstrip("…") for entry in QUEUES if entry is not None}


def queue_words(queue: Queue | None) -> str:
    """The name of a queue; "" for all neurons."""
    return "" if queue is None else NAMES[queue]
