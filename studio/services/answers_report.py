"""What the answers showed, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from studio.domain.errors import DataError
from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.services.answers import SCORER
from studio.storage.project import Project

NOT_RUN = "No answers yet. Let the model answer the questions of its data: concept-studio answers FILE"
SIDES = {TokenKind.IMAGE: "on the picture", TokenKind.TEXT: "on the question"}


class NotRunError(DataError):
    """Nothing was answered on this project yet."""


def last_answers(project: Project) -> Mapping[str, Any]:
    """The summary of the newest run. Raises `NotRunError` when there is none."""
    run = project.runs.last(SCORER)
    if run is None or not run.summary:
        raise NotRunError(NOT_RUN)
    return run.summary


def strongest(project: Project, count: int = 20) -> list[Score]:
    """The neurons and sides with the smallest q, of equals those with the largest difference first."""
    found = [score for score in project.scores.all() if score.scorer == SCORER and score.value is not None]
    return sorted(found, key=lambda s: (s.details["q"], -abs(s.value or 0.0), s.neuron))[:count]


def report_lines(summary: Mapping[str, Any]) -> list[str]:
    """Accuracy, then how much of each class fires in samples answered rightly and wrongly."""
    lines = [
        f"Answered: {summary['samples']:,} questions, {summary['accuracy']:.1%} accuracy "
        f"({summary['right']:,} right, {summary['samples'] - summary['right']:,} wrong; "
        f"{summary['left_out']:,} samples without question or answer left out)",
        "Share of a class that fires in a sample, by how it was answered:",
    ]
    lines += [f"  {class_line(row)}" for row in summary["classes"]]
    return [*lines, f"Neurons and sides with q <= 0.05: {summary['significant']:,}"]


def class_line(row: Mapping[str, Any]) -> str:
    """One class: "visual (326 neurons): right 4.1%, wrong 3.9%, effect +0.03, p 0.4, q 0.5"."""
    said = f"{row['modality']} ({row['neurons']:,} neurons): "
    if row["p"] is None:
        return said + "undefined: all answers are right, or all are wrong"
    return said + (
        f"right {row['right']:.2%}, wrong {row['wrong']:.2%}, effect {row['effect']:+.2f}, "
        f"p {row['p']:.2g}, q {row['q']:.2g}"
    )


def neuron_line(scores: Iterable[Score]) -> str:
    """The side that goes most with right or wrong, short: "Answers: 71 % right where it fires on the picture,
    93 % elsewhere (q 0.02)". Empty without a run."""
    found = sorted((s for s in scores if s.scorer == SCORER), key=lambda s: s.details["q"])
    if not found:
        return ""
    own, others = _rates(found[0])
    return (
        f"Answers: {own:.0%} right where it fires {SIDES[found[0].side]}, {others:.0%} elsewhere "
        f"(q {found[0].details['q']:.2g})."
    )


def neuron_sentences(scores: Iterable[Score]) -> list[str]:
    """For each side: "Fires on the picture in 41 of 250 samples: 71 % answered rightly, 93 % of the others.
    q = 0.02"."""
    found = [score for score in scores if score.scorer == SCORER]
    return [_sentence(score) for score in found]


def _sentence(score: Score) -> str:
    d = score.details
    fires, total = d["fires_right"] + d["fires_wrong"], d["right"] + d["wrong"]
    own, others = _rates(score)
    return (
        f"Fires {SIDES[score.side]} in {fires:,} of {total:,} samples: {own:.0%} of them answered rightly, "
        f"{others:.0%} of the others (q {d['q']:.2g})."
    )


def _rates(score: Score) -> tuple[float, float]:
    """The share answered rightly where it fires, and of the other samples."""
    d = score.details
    fires, total = d["fires_right"] + d["fires_wrong"], d["right"] + d["wrong"]
    return d["fires_right"] / fires, (d["right"] - d["fires_right"]) / (total - fires)
