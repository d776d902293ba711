"""One neuron with everything: evidence, numbers, proposals, what was said; less what blind review hides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.domain.annotation import Event, Label
from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.errors import UserError
from studio.domain.evidence import Evidence, ExampleKind, StoredSample
from studio.domain.score import Score
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class SideRow:
    """Statistics of one neuron on one side; `histogram` int64 [HISTOGRAM_BINS]; `mean` per token of the
    side, firing or not; `firing_mean` per token that fires."""

    samples: int
    tokens: int
    mean: float
    firing_mean: float
    max: float
    histogram: NDArray[np.int64]
    total_samples: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class NeuronDetail:
    """Everything about one neuron. `pictures` has the JPEGs of the first examples, by picture row."""

    neuron: int
    image: SideRow
    text: SideRow
    image_share: float
    evidence: Evidence
    samples: dict[str, StoredSample]
    pictures: dict[int, bytes]
    proposals: list[Proposal]
    alignments: list[Alignment]
    verdict: Verdict | None
    label: Label
    history: list[Event]
    cover: Cover | None = None
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """What blind review hides of a neuron (names of `HIDDEN`), or hid until it was revealed. `unsaid` must be
    said first. While it is `down`, what it hides is not in the detail at all."""

    hidden: tuple[str, ...]
    unsaid: tuple[str, ...]
    down: bool


def neuron_detail(project: Project, neuron: int, annotator: str, pictures: int = 8) -> NeuronDetail:
    """One neuron with evidence, samples, the JPEGs of the first `pictures` top examples of each side,
    numbers and history. Raises `UserError` when there is no such neuron."""
    if not 0 <= neuron < project.neurons.count():
        raise UserError(f"There is no neuron {neuron} in this project.")
    evidence = project.evidence.get(neuron)
    samples = project.samples.get(example.sample_id for example in evidence.examples)
    image, text = _sides(project, neuron)
    mass = image.mean + text.mean
    detail = NeuronDetail(
        neuron,
        image,
        text,
        image.mean / mass if mass > 0 else float("nan"),
        evidence,
        samples,
        {row: project.pictures.get(row) for row in _first_pictures(evidence, samples, pictures)},
        project.proposals.of(neuron),
        project.alignments.of(neuron),
        project.verdicts.get(neuron),
        project.events.label(annotator, neuron),
        project.events.of(neuron),
        scores=tuple(project.scores.of(neuron)),
    )
    return covered(project, detail, annotator)


def covered(project: Project, detail: NeuronDetail, annotator: str) -> NeuronDetail:
    """The same without what blind review hides from the annotator, until they have revealed it."""
    cover = cover_of(project, detail.neuron, annotator, detail.label)
    detail = replace(detail, cover=cover, history=uncovered_events(detail.history, annotator, cover))
    if cover is None or not cover.down:
        return detail
    return replace(detail, proposals=[], alignments=[], verdict=None, image_share=float("nan"), scores=())


def cover_of(project: Project, neuron: int, annotator: str, label: Label) -> Cover | None:
    """What is hidden of a neuron now, None where nothing ever is."""
    policy = project.events.policy()
    hidden = policy.covers(annotator)
    revealed = bool(hidden) and bool(project.events.reveals(neuron, annotator))
    return Cover(hidden, policy.unsaid(label), not revealed) if hidden else None


def uncovered_events(events: list[Event], annotator: str, cover: Cover | None) -> list[Event]:
    """The history as the annotator may see it: without the others' acts while those are hidden."""
    if cover is None or not cover.down or "peers" not in cover.hidden:
        return events
    return [event for event in events if event.annotator == annotator]


def _sides(project: Project, neuron: int) -> tuple[SideRow, SideRow]:
    image, text = project.neurons.histogram(neuron)
    return _side(project, "image", neuron, image), _side(project, "text", neuron, text)


def _side(project: Project, side: str, neuron: int, histogram: NDArray[np.int64]) -> SideRow:
    samples, tokens, total, peak = (
        project.neurons.column(side, name)[neuron] for name in ("samples", "tokens", "sum", "max")
    )
    all_samples, all_tokens = project.neurons.totals(side)
    mean, firing = float(total) / max(all_tokens, 1), float(total) / max(int(tokens), 1)
    return SideRow(
        int(samples), int(tokens), mean, firing, float(peak), histogram, all_samples, all_tokens
    )  # fmt: skip


def _first_pictures(evidence: Evidence, samples: dict[str, StoredSample], count: int) -> list[int]:
    top = [e for e in evidence.examples if e.kind is ExampleKind.TOP and e.position < count]
    rows = [samples[e.sample_id].seen_by(e.map).picture for e in top if e.sample_id in samples]
    return list(dict.fromkeys(row for row in rows if row is not None))
