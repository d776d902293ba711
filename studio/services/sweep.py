"""The threshold sweep: how the counts of each class move, and classing by another threshold (METHOD 5.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.changes import Changes
from studio.domain.errors import DataError
from studio.domain.modality import Modality
from studio.services.thresholds import LOWEST_COSINE, UNCLEAR, Classifier, Rule, Scale
from studio.storage.project import Project

#: The paper's range on the cosine scale; the sweep shows more, because aligners differ.
PAPER = (0.4, 0.9)
STEPS = 101


@dataclass(frozen=True, slots=True)
class Sweep:
    """Counts of neurons with a verdict, by threshold. `thresholds` float64 [t]; `counts` int64 [t, 4], in the
    order of `Modality`; `rule` is what the project's classes follow now."""

    scale: Scale
    thresholds: NDArray[np.float64]
    counts: NDArray[np.int64]
    rule: Rule


def current_rule(project: Project) -> Rule:
    """What the classes in the project follow: the newer of the last scoring and the last choice of a
    threshold. Raises `DataError` when nothing is scored."""
    scored = project.runs.last("score")
    if scored is None:
        raise DataError("Nothing is scored yet. Score the proposals first.")
    chosen = project.runs.last("threshold")
    newest = chosen if chosen is not None and chosen.started >= scored.started else scored
    found = newest.config
    scale: Scale = "z" if found.get("scale") == "z" else "cosine"
    return Rule(float(found.get("threshold", LOWEST_COSINE)), float(found.get("q", 0.05)), scale)


def sweep(project: Project, scale: Scale = "cosine", thresholds: Sequence[float] | None = None) -> Sweep:
    """How many neurons each class would have, over thresholds (0 to 1, from the lowest cosine where there are
    negative ones, or 0 to the largest z).

    No network runs: the stored alignments are classed again. Raises `DataError` when nothing is scored.
    """
    rule = current_rule(project)
    classifier = _classifier(project)
    lowest, highest = _range(classifier, scale)
    grid = np.linspace(lowest, highest, STEPS) if thresholds is None else np.asarray(thresholds, np.float64)
    silent = project.verdicts.count() - len(classifier.neurons)
    counts = np.zeros((len(grid), len(Modality)), np.int64)
    for i, threshold in enumerate(grid.tolist()):
        codes = classifier.modality(Rule(threshold, rule.q, scale))
        counts[i] = np.bincount(codes, minlength=len(Modality))
        counts[i, UNCLEAR] += silent
    return Sweep(scale, grid, counts, rule)


def _range(classifier: Classifier, scale: Scale) -> tuple[float, float]:
    if scale == "z":
        return 0.0, max(1.0, math.ceil(classifier.highest_z()))
    return min(0.0, math.floor(10 * classifier.lowest_cosine()) / 10), 1.0


def choose_threshold(project: Project, threshold: float, scale: Scale = "cosine") -> Changes:
    """Class every neuron by another threshold, and record the choice as a run, which `current_rule` reads.

    Raises `DataError` for a threshold that is no number, or when nothing is scored.
    """
    if not math.isfinite(threshold):
        raise DataError("The threshold is a number, such as 0.3.")
    rule = Rule(float(threshold), current_rule(project).q, scale)
    with project.transaction():
        run = project.runs.start("threshold", asdict(rule))
        changes = _class_again(project, rule)
        classes = {modality.value: count for modality, count in project.verdicts.classes().items()}
        project.runs.finish(run, {"changed": len(changes.scores), "classes": classes})
    return changes


def class_again(project: Project) -> Changes:
    """Class every neuron by the rule the project follows: after line 3 has come in."""
    with project.transaction():
        return _class_again(project, current_rule(project))


def _class_again(project: Project, rule: Rule) -> Changes:
    before = project.verdicts.columns()
    after = _classifier(project).verdicts(rule, project.verdicts.other_lines())
    same = (before.modality == after.modality) & (before.flagged == after.flagged)
    same &= np.array([a == b for a, b in zip(before.concept, after.concept, strict=True)], np.bool_)
    for old, new in ((before.score, after.score), (before.q, after.q)):
        same &= np.isclose(old, new, equal_nan=True)
    project.verdicts.reclass(after.where(~same))
    return Changes(scores=frozenset(before.neuron[~same].tolist()))


def _classifier(project: Project) -> Classifier:
    scored = project.runs.last("score")
    aligners = project.alignments.aligners()
    if not aligners:  # too few examples for any: every neuron is unclear
        return Classifier(project.alignments.pairs(""))
    name = None if scored is None else scored.config.get("aligner_id")
    if name not in aligners:
        name = aligners[0] if len(aligners) == 1 else None
    if name is None:
        raise DataError("None of the alignments are of the last scoring. Score the proposals again.")
    return Classifier(project.alignments.pairs(name))
