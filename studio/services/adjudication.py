"""What the adjudicator works through: neurons whose labels differ, and all there is to know about one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.domain.annotation import EventKind, Label
from studio.domain.disagreement import RATING_GAP, differing
from studio.domain.shared import Final, Reveal
from studio.services.agreement import check_may_compare
from studio.services.neuron_detail import NeuronDetail, neuron_detail
from studio.services.queues import labels_by_neuron
from studio.storage.project import Project

#: Fields of a label that judge a neuron.
JUDGED = frozenset({"decision", "concept", "modality", "rating"})


@dataclass(frozen=True, slots=True)
class Differing:
    """A neuron whose labels differ, in which parts, and whether it is adjudicated."""

    neuron: int
    parts: tuple[str, ...]
    decided: bool


@dataclass(frozen=True, slots=True)
class Said:
    """The label of one annotator, and in words what they had seen when they decided."""

    label: Label
    seen: str


@dataclass(frozen=True, slots=True)
class Case:
    """One neuron before the adjudicator: who said what, the adjudicated label if any, the evidence."""

    neuron: int
    parts: tuple[str, ...]
    said: tuple[Said, ...]
    final: Final | None
    detail: NeuronDetail


def differing_neurons(project: Project, annotator: str, rating_gap: int = RATING_GAP) -> list[Differing]:
    """The queue, by neuron. An adjudicated neuron stays in it, marked as decided.

    Raises `UserError` when the review is blind and the annotator does not lead it.
    """
    check_may_compare(project, annotator)
    finals = project.events.finals()
    found = []
    for neuron, labels in sorted(labels_by_neuron(project.events.labels()).items()):
        if parts := differing(labels, rating_gap):
            found.append(Differing(neuron, parts, neuron in finals))
    return found


def adjudication_case(project: Project, neuron: int, annotator: str) -> Case:
    """One neuron with the labels of all who decided on it; raises like `differing_neurons`."""
    check_may_compare(project, annotator)
    detail = neuron_detail(project, neuron, annotator)
    reveals = project.events.reveals(neuron)
    people = dict.fromkeys(sorted({event.annotator for event in detail.history}))
    labels = [project.events.label(name, neuron) for name in people]
    decided = [label for label in labels if label.reviewed]
    said = tuple(Said(label, _seen(detail, label.annotator, reveals)) for label in decided)
    return Case(neuron, differing(decided, 1), said, project.events.shared(neuron).final, detail)


def _seen(detail: NeuronDetail, annotator: str, reveals: Sequence[Reveal]) -> str:
    """What was in front of an annotator when they judged the neuron last: "blind, 12 examples"."""
    acts = [e for e in detail.history if e.annotator == annotator and not JUDGED.isdisjoint(e.new)]
    if not acts:
        return ""
    last, clocks = acts[-1], {event.id: event.clock for event in detail.history}
    before = [r for r in reveals if r.annotator == annotator and clocks.get(r.id, 0) < last.clock]
    words = ["blind" if last.seen.blind and not last.seen.revealed else "saw the proposal"]
    if before:
        shown = sorted({name for reveal in before for name in reveal.shown})
        words = [f"revealed {', '.join(shown)} before"]
    count = len(last.seen.evidence_ids)
    words += [f"{count} example{'s' * (count != 1)}"] if count else []
    words += ["redone"] if last.kind is EventKind.REDO else []
    return ", ".join(words)
