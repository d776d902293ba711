"""The record of what was uncovered for an annotator in blind review."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from studio.domain.annotation import EventKind, Seen
from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.shared import HIDDEN
from studio.services.annotate import check_neuron, finite_scores
from studio.services.label_values import check_annotator
from studio.storage.label_fold import label_values
from studio.storage.project import Project


def reveal(project: Project, annotator: str, neuron: int, shown: Iterable[str], seen: Seen) -> Changes:
    """Record that `shown` (names of `HIDDEN`) was uncovered now. `seen` says what was in front of the
    annotator until then; the label they had by then is recorded with it. Undo leaves it alone.

    Raises `UserError` for a name that is nothing that is hidden, and while the policy wants more said first.
    """
    annotator = check_annotator(annotator)
    names = sorted(set(shown))
    if not names or not set(names) <= set(HIDDEN):
        raise UserError(f"What can be revealed is {', '.join(HIDDEN)}, not {', '.join(names) or 'nothing'}.")
    with project.transaction():
        check_neuron(project, neuron)
        label = project.events.label(annotator, neuron)
        unsaid = project.events.policy().unsaid(label)
        if unsaid:
            raise UserError(f"Before neuron {neuron} is revealed, say {' and '.join(unsaid)}.")
        then = label_values(label)
        project.events.append(
            annotator,
            neuron,
            {"reveal": names},
            old=then,
            kind=EventKind.REVEAL,
            group=uuid4().hex,
            title=f"reveal {', '.join(names)}, neuron {neuron}",
            seen=finite_scores(seen),
        )
    return Changes(annotations=frozenset({neuron}))
