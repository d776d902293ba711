"""A neuron at a glance: its strongest pictures, and the words it fires on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.domain.errors import NotAProjectError
from studio.domain.evidence import Evidence, Example, ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.storage.project import Project

PICTURES, WORDS = 4, 8


@dataclass(frozen=True, slots=True)
class Card:
    """Of one neuron: its strongest examples with a picture, the strongest first, and the pieces of text on
    which it fires most, each once. `peak`: its strongest activation on a picture."""

    neuron: int
    pictures: tuple[tuple[Example, StoredSample], ...]
    words: tuple[str, ...]
    peak: float


def read_cards(project: Project, neurons: list[int]) -> list[Card]:
    """The cards of these neurons; empty where their examples are damaged."""
    return [read_card(project, neuron) for neuron in neurons]


def read_card(project: Project, neuron: int) -> Card:
    """The card of one neuron."""
    try:
        evidence = project.evidence.get(neuron)
    except NotAProjectError:
        return Card(neuron, (), (), 0.0)
    top = {side: evidence.of(side, ExampleKind.TOP) for side in TokenKind}
    near = [e.sample_id for side in TokenKind for e in top[side][: 2 * PICTURES]]
    samples = project.samples.get(near)
    usable = [e for e in top[TokenKind.IMAGE] if e.sample_id in samples]
    shown = [(e, samples[e.sample_id].seen_by(e.map)) for e in usable]
    pictures = [(e, sample) for e, sample in shown if sample.picture is not None]
    peak = float(project.neurons.column("image", "max")[neuron])
    return Card(neuron, tuple(pictures[:PICTURES]), _words(evidence, samples), peak)


def _words(evidence: Evidence, samples: dict[str, StoredSample]) -> tuple[str, ...]:
    """The piece of text with the strongest activation of each top example, in the order of the examples."""
    found: dict[str, None] = {}
    for example in evidence.of(TokenKind.TEXT, ExampleKind.TOP):
        sample, firing = samples.get(example.sample_id), example.map
        if sample is None or not len(firing.text_value):
            continue
        at = int(firing.text_index[int(np.argmax(firing.text_value))])
        if at < len(sample.tokens) and sample.tokens[at].strip():
            found.setdefault(sample.tokens[at].strip())
    return tuple(found)[:WORDS]
