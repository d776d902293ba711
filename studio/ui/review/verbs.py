"""The annotation services as writes for the save queue. Switches look at the label in the lane, not here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from studio.domain.annotation import Seen
from studio.domain.changes import Changes
from studio.domain.modality import Modality
from studio.services import annotate, discuss
from studio.services import reveal as revealing
from studio.services import undo as undoing
from studio.ui.review.save_queue import Write

#: Given the neuron and what was seen of it, the write for the `db` lane.
Verb = Callable[[int, Seen], Write]


def accept(concept: str | None) -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.accept(project, who, neuron, concept, seen)


def edit(concept: str) -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.edit(project, who, neuron, concept, seen)


def reject() -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.reject(project, who, neuron, seen)


def skip() -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.skip(project, who, neuron, seen)


def reopen() -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.reopen(project, who, neuron, seen)


def rate(rating: int | None) -> Verb:
    return lambda neuron, seen: lambda project, who: annotate.rate(project, who, neuron, rating, seen)


def classify(modality: Modality) -> Verb:
    """The same class again takes it back."""

    def verb(neuron: int, seen: Seen) -> Write:
        def write(project: Any, who: str) -> Changes:
            same = project.events.label(who, neuron).modality is modality
            return annotate.classify(project, who, neuron, None if same else modality, seen)

        return write

    return verb


def flag() -> Verb:
    """On, or off where it was on."""

    def verb(neuron: int, seen: Seen) -> Write:
        def write(project: Any, who: str) -> Changes:
            on = not project.events.label(who, neuron).flagged
            return annotate.flag(project, who, neuron, on, seen)

        return write

    return verb


def reveal(hidden: Sequence[str]) -> Verb:
    """Nothing while the policy wants more said first: what was said just before R is in the file by now."""

    def verb(neuron: int, seen: Seen) -> Write:
        def write(project: Any, who: str) -> Changes | None:
            if project.events.policy().unsaid(project.events.label(who, neuron)):
                return None
            return revealing.reveal(project, who, neuron, hidden, seen)

        return write

    return verb


def note(neuron: int, text: str) -> Write:
    return lambda project, who: annotate.note(project, who, neuron, text)


def tag(neuron: int, add: Collection[str] = (), remove: Collection[str] = ()) -> Write:
    """Beside the tags that the neuron has by then."""

    def write(project: Any, who: str) -> Changes:
        now = set(project.events.label(who, neuron).tags)
        return annotate.tag(project, who, neuron, (now | set(add)) - set(remove))

    return write


def comment(neuron: int, text: str) -> Write:
    return lambda project, who: discuss.comment(project, who, neuron, text)


def undo() -> Write:
    return undoing.undo


def redo() -> Write:
    return undoing.redo
