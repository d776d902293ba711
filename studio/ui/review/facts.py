"""What the numbers of a neuron say, in plain sentences. No Qt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import isnan

from studio.domain.annotation import Seen
from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.evidence import ExampleKind
from studio.domain.modality import TokenKind
from studio.services.causal_lines import causal_sentence, third_disagrees
from studio.services.neuron_detail import NeuronDetail

SIDE_NAMES = {TokenKind.IMAGE: "visual", TokenKind.TEXT: "textual"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """A runner-up: other words for the concept, from which side, with its score."""

    concept: str
    side: TokenKind
    score: float


def primary_concept(detail: NeuronDetail) -> str | None:
    """The concept that stands for the neuron: of the verdict, else the visual, else the textual proposal."""
    if detail.verdict is not None and detail.verdict.concept is not None:
        return detail.verdict.concept
    for side in TokenKind:
        named = side_proposal(detail.proposals, side)
        if named is not None and named.concept is not None:
            return named.concept
    return None


def acceptable(detail: NeuronDetail) -> bool:
    """Whether there is an answer to accept: a concept, or an explainer's word that there is none."""
    return primary_concept(detail) is not None or bool(detail.proposals)


def side_proposal(proposals: Collection[Proposal], side: TokenKind) -> Proposal | None:
    """The proposal for a side, one with a concept before one without."""
    of_side = [p for p in proposals if p.side is side]
    return next((p for p in of_side if p.concept is not None), of_side[0] if of_side else None)


def alternatives(detail: NeuronDetail, count: int = 5) -> list[Alternative]:
    """Runners-up of both sides in turn, best first, each concept once, without the primary one."""
    lists = [_candidates(side_proposal(detail.proposals, side), side) for side in TokenKind]
    taken = {(primary_concept(detail) or "").casefold()}
    found: list[Alternative] = []
    for place in range(max(map(len, lists), default=0)):
        for candidates in lists:
            if place < len(candidates) and candidates[place].concept.casefold() not in taken:
                found.append(candidates[place])
                taken.add(candidates[place].concept.casefold())
    return found[:count]


def _candidates(proposal: Proposal | None, side: TokenKind) -> list[Alternative]:
    if proposal is None:
        return []
    named = [Alternative(concept, side, score) for concept, score in proposal.candidates if concept.strip()]
    if not named and proposal.concept:
        named = [Alternative(proposal.concept, side, float("nan"))]
    return named


def alignment(detail: NeuronDetail, side: TokenKind) -> Alignment | None:
    """The alignment of the primary concept with a side, else of that side's own concept."""
    of_side = [a for a in detail.alignments if a.side is side]
    concept = primary_concept(detail)
    return next((a for a in of_side if a.concept == concept), of_side[0] if of_side else None)


def seen(detail: NeuronDetail, kinds: Collection[ExampleKind]) -> Seen:
    """What is in front of the reviewer: evidence ids of these kinds, and the numbers of the score card."""
    ids = tuple(e.evidence_id(detail.neuron) for e in detail.evidence.examples if e.kind in kinds)
    scores: dict[str, float] = {"image_share": detail.image_share}
    for side, name in ((TokenKind.IMAGE, "A_v"), (TokenKind.TEXT, "A_t")):
        found = alignment(detail, side)
        if found is not None:
            scores |= {name: found.a, f"{name}.z": found.z, f"{name}.q": found.q}
    if detail.verdict is not None:
        scores |= {"score": detail.verdict.score, "q": detail.verdict.q}
    cover = detail.cover
    known = {name: value for name, value in scores.items() if not isnan(value)}
    return Seen(ids, known, blind=cover is not None, revealed=cover is not None and not cover.down)


def verdict_sentence(verdict: Verdict) -> str:
    """Whether the lines of evidence agree, in words, and what stays when a modality is taken away."""
    return f"{_agreement(verdict)} {causal_sentence(verdict.causal)}".strip()


def _agreement(verdict: Verdict) -> str:
    lines = "All three lines" if verdict.causal else "Both lines"
    if not verdict.flagged:
        return f"{lines} agree."
    if verdict.mass_modality is not verdict.modality:
        return f"Lines disagree: alignment says {verdict.modality.value}, mass {verdict.mass_modality.value}."
    if third_disagrees(verdict):
        return "Lines disagree: what stays under intervention does not fit the class."
    return "Images and texts speak for different concepts."


def share_text(share: float) -> str:
    """The activation mass in words."""
    return "unknown" if isnan(share) else f"{share * 100:.0f} % image"


def firing_text(detail: NeuronDetail, layer: int | None) -> str:
    """Where the neuron is and how often it fires."""
    parts = [] if layer is None else [f"layer {layer}"]
    for side, name in ((detail.image, "images"), (detail.text, "texts")):
        if side.total_samples:
            parts.append(f"fires in {percent(side.samples / side.total_samples)} of {name}")
    if len(parts) > 1 and parts[-1].startswith("fires") and parts[-2].startswith("fires"):
        parts[-2:] = [f"{parts[-2]}, {parts[-1].removeprefix('fires in ')}"]
    return " · ".join(parts)


def percent(share: float) -> str:
    """A share with as many figures as it needs."""
    value = share * 100
    if value == 0 or value >= 10:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"


def significance(q: float) -> str:
    """q as people read it."""
    if isnan(q):
        return "q unknown"
    return "q < .001" if q < 0.001 else f"q = {figure(q, 3)}"


def figure(value: float, places: int = 2) -> str:
    """A number without the zero before the point: ".62"."""
    if isnan(value):
        return "–"
    text = f"{value:.{places}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
