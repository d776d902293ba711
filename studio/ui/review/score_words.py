"""What scorers found, in words and figures. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.services.answers import SCORER as ANSWERS
from studio.services.neuron_detail import NeuronDetail
from studio.ui.review.facts import figure, primary_concept

TITLES = {
    "clip": "CLIP score",
    "detection": "Detection",
    "dissection": "Mask overlap",
    "fuzzing": "Fuzzing",
    "iou": "Region overlap",
    "monosemanticity": "MonoSemanticity",
}
MEANINGS = {
    "clip": "2.5 × the cosine of the concept with held-out firing regions",
    "detection": "Balanced accuracy: is it in held-out examples, and not in silent ones? .5 is chance",
    "dissection": "Overlap of where it fires with the masks of its concept, over the whole data set (IoU)",
    "fuzzing": "Balanced accuracy: are the marked places those of the concept? .5 is chance",
    "iou": "Overlap of held-out firing regions with the concept as a detector finds it (IoU)",
    "monosemanticity": "How alike the pictures are that fire it, weighted by how much they do; 1 is highest",
}
SIDES = {TokenKind.IMAGE: "seen", TokenKind.TEXT: "read"}


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score as it is shown; `known` is False where it has no value, and `tip` says why."""

    title: str
    value: str
    interval: str
    tip: str
    known: bool


def score_lines(detail: NeuronDetail) -> list[ScoreLine]:
    """The scores of a neuron and of its concept, by title; those of other concepts say of which."""
    concept = primary_concept(detail)
    found = [score for score in detail.scores if score.scorer != ANSWERS]
    return [_line(score, concept) for score in sorted(found, key=lambda s: _order(s, concept))]


def _order(score: Score, concept: str | None) -> tuple[bool, str, str]:
    return score.concept not in ("", concept), TITLES.get(score.scorer, score.scorer), score.side.value


def _line(score: Score, concept: str | None) -> ScoreLine:
    title = TITLES.get(score.scorer, score.scorer)
    if score.concept:
        title += f", {SIDES[score.side]}"
    if score.concept not in ("", concept):
        title += f" (“{score.concept}”)"
    if score.value is None:
        return ScoreLine(title, "undefined", "", _tip(score), False)
    ends = (score.low, score.high)
    interval = "" if None in ends else f"{figure(ends[0] or 0.0)} to {figure(ends[1] or 0.0)}"
    return ScoreLine(title, figure(score.value), interval, _tip(score), True)


def _tip(score: Score) -> str:
    parts = [score.why, MEANINGS.get(score.scorer, "")]
    if score.n:
        parts.append(f"over {score.n:,} examples")
    if isinstance(score.details.get("auc"), float):
        parts.append(f"area under the ROC curve {figure(score.details['auc'])}")
    if score.details.get("rank") and score.details.get("bank_size"):
        parts.append(f"rank {score.details['rank']} of {score.details['bank_size']} phrases")
    if score.details.get("best"):
        parts.append(f"fits “{score.details['best']}” best")
    parts += [str(score.details[name]) for name in ("truncated", "judge") if score.details.get(name)]
    return "\n".join(part for part in parts if part)
