"""An example with a picture, and what is said about it in a line and in a tooltip. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.evidence import Example, ExampleKind, StoredSample
from studio.ui.review.plain import full_text


@dataclass(frozen=True, slots=True)
class Shot:
    """An example whose sample has a picture. `peak` is the neuron's strongest image activation."""

    neuron: int
    example: Example
    sample: StoredSample
    peak: float


def sample_name(sample_id: str) -> str:
    """The sample's id as a caption; a bare number gets a mark."""
    return f"#{sample_id}" if sample_id.isdigit() else sample_id


def caption_value(example: Example) -> str:
    """The number under an example: what it was ranked by; "–" where it does not fire."""
    return "–" if example.kind is ExampleKind.SILENT else f"{example.score:.2f}"


def describe(shot: Shot) -> str:
    """The tooltip of an example: which, how strongly, and the whole text."""
    example, values = shot.example, shot.example.map.image_value
    lines = [", ".join(part for part in (f"Sample {shot.sample.id}", shot.sample.shown_as) if part)]
    if example.kind is ExampleKind.SILENT:
        lines.append("Does not fire")
    else:
        peak = f"{float(values.max()):.2f}" if len(values) else "–"
        lines.append(f"Ranked by {example.score:.3g}, strongest token {peak}, {len(values)} tokens fire")
    if example.kind is ExampleKind.QUANTILE:
        lines.append(f"Quantile {example.position + 1} of 10")
    return "\n".join([*lines, "", full_text(shot.sample.turns)])
