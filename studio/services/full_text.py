"""Keep the search index up to date: the words of neurons bit by bit, what people wrote at once."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.evidence import Evidence, ExampleKind
from studio.domain.modality import TokenKind
from studio.storage.project import Project

#: Neurons whose words are read and written in one transaction.
STEP = 64
#: Words of one neuron that are kept, those of its strongest examples first.
MOST_WORDS = 300
#: Pieces on each side that a word may have beside the one that fired.
REACH = 4
Tokens = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Filled:
    """How far the words of the neurons are in the index."""

    done: int
    total: int

    @property
    def complete(self) -> bool:
        return self.done >= self.total


def fill(project: Project, seconds: float = 0.02) -> Filled:
    """Go on filling the index for about this long. Cheap when nothing is left to do."""
    end, total = time.monotonic() + seconds, project.neuron_count()
    while True:
        state = project.full_text.state()
        first = min(state["concepts"], state["tokens"])
        if first >= total or time.monotonic() >= end:
            return Filled(min(first, total), total)
        with project.transaction():
            last = min(first + STEP, total)
            _fill_concepts(project, max(first, state["concepts"]), last)
            _fill_tokens(project, max(first, state["tokens"]), last)
            project.full_text.note_state(**{k: max(state[k], last) for k in ("concepts", "tokens")})


def restart(project: Project, extraction: bool) -> None:
    """Proposals were replaced, or with `extraction` everything about the neurons: fill anew."""
    if extraction:
        project.full_text.forget_neurons()
    else:
        project.full_text.note_state(concepts=0)


def find_words(
    project: Project, annotator: str | None, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Neurons for each (field, text), ascending; notes and comments that were written a moment ago included.

    Fields are "concept" (all proposed ones), "token", "note" and "comment"; with `annotator`, notes and
    comments of this one only. int64 each.
    """
    catch_up(project)
    return {(field, text): project.full_text.find(field, text, annotator) for field, text in wanted}


def catch_up(project: Project) -> None:
    """Take over the notes and comments of events since the last time, whoever wrote them.

    Events are only ever added, so those with a larger rowid are the ones that are new here.
    """
    known, newest = project.full_text.state()["events"], project.events.newest_row()
    if newest == known:
        return
    with project.transaction():
        for neuron, annotator in project.events.wrote_after(known):
            note = project.events.label(annotator, neuron).note
            said = [c.text for c in project.events.comments(neuron) if c.annotator == annotator]
            project.full_text.write_said(neuron, annotator, note, said)
        project.full_text.note_state(events=newest)


def fired_words(evidence: Evidence, tokens: Mapping[str, Tokens]) -> list[str]:
    """The words on which a neuron fires in its top texts, the strongest example's first, each once."""
    found: dict[str, None] = {}
    for example in evidence.of(TokenKind.TEXT, ExampleKind.TOP):
        pieces, roles = tokens.get(example.sample_id, ((), ()))
        for at in example.map.text_index.tolist():
            if at < len(pieces):
                found.setdefault(whole_word(pieces, roles, at))
        if len(found) >= MOST_WORDS:
            break
    return list(found)[:MOST_WORDS]


def whole_word(pieces: tuple[str, ...], roles: tuple[str, ...], at: int) -> str:
    """The word that the piece `at` belongs to: pieces that begin with a space or a mark begin a new one."""
    first = at
    while first > max(at - REACH, 0) and _goes_on(pieces, roles, first):
        first -= 1
    last = at + 1
    while last < min(at + REACH + 1, len(pieces)) and _goes_on(pieces, roles, last):
        last += 1
    return "".join(pieces[first:last]).strip()


def _goes_on(pieces: tuple[str, ...], roles: tuple[str, ...], at: int) -> bool:
    """Whether the piece `at` goes on with the word of the piece before it."""
    return pieces[at][:1].isalnum() and pieces[at - 1][-1:].isalnum() and roles[at] == roles[at - 1]


def _fill_concepts(project: Project, first: int, last: int) -> None:
    found: dict[int, list[str]] = {neuron: [] for neuron in range(first, last)}
    for neuron, concept in project.proposals.concepts(first, last):
        found[neuron].append(concept)
    project.full_text.write_concepts(found.items())


def _fill_tokens(project: Project, first: int, last: int) -> None:
    evidence = [project.evidence.get(neuron) for neuron in range(first, last)]
    tokens = project.samples.tokens(_text_samples(evidence))
    project.full_text.write_tokens((item.neuron, fired_words(item, tokens)) for item in evidence)


def _text_samples(evidence: Collection[Evidence]) -> Iterable[str]:
    top = (item.of(TokenKind.TEXT, ExampleKind.TOP) for item in evidence)
    return (example.sample_id for examples in top for example in examples)
