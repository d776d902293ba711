"""Find what two sets of events say differently, before and after they are united."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from studio.domain.annotation import ACTS, FIELDS, PROJECT, PROJECT_FIELDS, SHARED, Event, Label
from studio.domain.conflict import Conflict, ConflictKind, in_words
from studio.domain.disagreement import differing
from studio.services.queues import labels_by_neuron
from studio.storage.label_fold import fold, label_values

#: What people call the shared fields.
_NAMES = {
    "final": "adjudicated label",
    "gold": "gold",
    "assigned": "batch",
    "guidelines": "guidelines",
    "policy": "policy",
}
#: What people call the fields of a label, where it is another word.
_WORDS = {"modality": "class"}


def find_conflicts(here: Sequence[Event], there: Sequence[Event], copy: str) -> list[Conflict]:
    """What will differ once `there`, the events of `copy`, have come to those that are `here`.

    Neurons that the new events touch and on which annotators then disagree; labels that one annotator
    changed in both files; and shared fields that both files set, each its own way. By neuron.
    """
    known, others = {e.id for e in here}, {e.id for e in there}
    fresh = [e for e in there if e.id not in known and e.kind in ACTS]
    own = [e for e in here if e.id not in others and e.kind in ACTS]
    touched = {event.neuron for event in fresh}
    here, there = _on(here, touched), _on(there, touched)
    found = _between_annotators(_united(here, fresh))
    found += _of_one_annotator(here, there, _both(own, fresh), copy)
    found += _of_shared(here, there, touched & {e.neuron for e in own}, copy)
    return sorted(found, key=lambda conflict: (conflict.neuron, conflict.kind))


def labels_of(events: Iterable[Event]) -> list[Label]:
    """The labels that events add up to."""
    acts = (e for e in events if e.kind in ACTS and e.neuron != PROJECT)
    return fold((e.annotator, e.neuron, e.new) for e in _ordered(acts))


def _between_annotators(events: Sequence[Event]) -> list[Conflict]:
    people: dict[int, set[str]] = {}
    for event in events:
        people.setdefault(event.neuron, set()).add(event.annotator)
    events = [event for event in events if len(people[event.neuron]) > 1]
    found = []
    for neuron, labels in labels_by_neuron(labels_of(events)).items():
        if parts := differing(labels):
            said = tuple((x.annotator, in_words(x)) for x in labels if x.reviewed)
            found.append(Conflict(neuron, ConflictKind.ANNOTATORS, parts, said))
    return found


def _of_one_annotator(
    here: Sequence[Event], there: Sequence[Event], both: set[tuple[str, int]], copy: str
) -> list[Conflict]:
    """Both files have words of the same annotator that the other lacks."""
    here, there = ([e for e in events if (e.annotator, e.neuron) in both] for events in (here, there))
    ours, theirs = ({(x.annotator, x.neuron): x for x in labels_of(e)} for e in (here, there))
    latest = {(x.annotator, x.neuron): x for x in labels_of(_united(here, there))}
    found = []
    for key in sorted(both & ours.keys() & theirs.keys()):
        one, two = label_values(ours[key]), label_values(theirs[key])
        names = [name for name in FIELDS if one[name] != two[name]]
        if names:
            parts = tuple(_WORDS.get(name, name) for name in names)
            who, said = key[0], ((ours, "here"), (theirs, f"in {copy}"))
            lines = tuple((f"{who} {where}", in_words(labels[key], names)) for labels, where in said)
            lines = (*lines, ("counts", in_words(latest[key], names)))
            found.append(Conflict(key[1], ConflictKind.SAME_ANNOTATOR, parts, lines))
    return found


def _of_shared(here: Sequence[Event], there: Sequence[Event], neurons: set[int], copy: str) -> list[Conflict]:
    here, there = _on(here, neurons), _on(there, neurons)
    ours, theirs, latest = (_shared(events) for events in (here, there, _united(here, there)))
    found = []
    for neuron, field in sorted(ours.keys() & theirs.keys()):
        values = [values[neuron, field] for values in (ours, theirs, latest)]
        if values[0] != values[1]:
            who = ("here", f"in {copy}", "counts")
            said = tuple(zip(who, (_words(value) for value in values), strict=True))
            found.append(Conflict(neuron, ConflictKind.SHARED, (_NAMES[field],), said))
    return found


def _shared(events: Iterable[Event]) -> dict[tuple[int, str], object]:
    found: dict[tuple[int, str], object] = {}
    for event in _ordered(e for e in events if e.kind in ACTS):
        for name, value in event.new.items():
            if name in SHARED or name in PROJECT_FIELDS:
                found[event.neuron, name] = value
    return found


def _words(value: object, most: int = 80) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else _pairs(value)
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _pairs(value: object) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    names = sorted(value, key=lambda name: (name == "by", name))
    said = ((name.replace("_", " "), value[name]) for name in names)
    return ", ".join(f"{name} {_plain(what)}" for name, what in said if what not in (None, ""))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(x) for x in value) if isinstance(value, list) else str(value)


def _both(one: Iterable[Event], two: Iterable[Event]) -> set[tuple[str, int]]:
    return {(e.annotator, e.neuron) for e in one} & {(e.annotator, e.neuron) for e in two}


def _on(events: Iterable[Event], neurons: set[int]) -> list[Event]:
    return [event for event in events if event.neuron in neurons]


def _united(one: Iterable[Event], two: Iterable[Event]) -> list[Event]:
    return list({event.id: event for events in (one, two) for event in events}.values())


def _ordered(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.clock, event.id))
