"""Which examples of a neuron are shown as pictures and which as texts."""

from __future__ import annotations

from studio.domain.evidence import Example, ExampleKind
from studio.domain.modality import TokenKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.review.shot import Shot
from studio.ui.review.text_turns import TextShot


def image_shots(detail: NeuronDetail, kind: ExampleKind) -> list[Shot]:
    """The examples of the image side that have a picture, the strongest first."""
    peak = detail.image.max
    found = []
    for example in _strongest_first(detail, TokenKind.IMAGE, kind):
        sample = detail.samples.get(example.sample_id)
        if sample is not None and sample.picture is not None:
            found.append(Shot(detail.neuron, example, sample.seen_by(example.map), peak))
    return found


def text_shots(detail: NeuronDetail, kind: ExampleKind) -> list[TextShot]:
    """The examples of the text side, the strongest first."""
    peak = detail.text.max
    found = []
    for example in _strongest_first(detail, TokenKind.TEXT, kind):
        sample = detail.samples.get(example.sample_id)
        if sample is not None:
            found.append(TextShot(detail.neuron, example, sample.seen_by(example.map), peak))
    return found


def _strongest_first(detail: NeuronDetail, side: TokenKind, kind: ExampleKind) -> list[Example]:
    found = list(detail.evidence.of(side, kind))
    return found[::-1] if kind is ExampleKind.QUANTILE else found
