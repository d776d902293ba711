"""Runs the real pipeline on planted truth, and says how much of it came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import resources
from studio.domain.concept import Verdict
from studio.domain.context import Context
from studio.domain.modality import Modality
from studio.domain.specs import ProposeSpec, ScoreSpec
from studio.services.pipeline import propose_step, score_step
from studio.services.places import work_folder
from studio.services.planted import plant, truth_of
from studio.services.planted_plan import CLASSES, Planted, PlantSpec
from studio.services.steps import run_steps
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class PlantedResult:
    """How much came back.

    `macro_f1`: mean F1 over the three classes (unclear counts as missed). `called_multimodal`: share of the
    neurons of one modality that were called multimodal. `concept_top1`: share of all neurons whose headline
    is the planted concept. `confusion`: planted class -> given class -> neurons.
    """

    neurons: int
    macro_f1: float
    called_multimodal: float
    concept_top1: float
    f1: dict[str, float]
    confusion: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)

    def summary(self) -> str:
        """The same as lines of plain text."""
        lines = [
            f"Planted neurons: {self.neurons}",
            f"Class macro-F1: {self.macro_f1:.4f}",
            f"Unimodal called multimodal: {self.called_multimodal:.2%}",
            f"Concept top-1: {self.concept_top1:.2%}",
        ]
        for truth, given in self.confusion.items():
            lines.append(f"  {truth}: " + ", ".join(f"{count} {name}" for name, count in given.items()))
        return "\n".join(lines)


def planted_study(spec: PlantSpec, path: Path, ctx: Context) -> PlantedResult:
    """Plant a project at `path`, propose and score with the demo's CLIP and bank, and compare with the truth.

    Raises as `plant`, `propose` and `score` do.
    """
    plant(spec, path, ctx)
    with Project.open(path) as project:
        folder = work_folder(path)
        run_steps(project, [propose_step(_propose(spec), folder), score_step(_score(spec), folder)], ctx)
        return measure(truth_of(project), {v.neuron: v for v in project.verdicts.all()})


def _propose(spec: PlantSpec) -> ProposeSpec:
    return ProposeSpec("vocabulary", _aligner(), _bank(), seed=spec.seed)


def _score(spec: PlantSpec) -> ScoreSpec:
    return ScoreSpec(_aligner(), _bank(), seed=spec.seed)


def _aligner() -> str:
    return str(resources.folder("demo", "clip-scenes"))


def _bank() -> str:
    return str(resources.folder("demo", "concepts.jsonl"))


def measure(truth: Sequence[Planted], verdicts: Mapping[int, Verdict]) -> PlantedResult:
    """Compare verdicts with the planted truth; a neuron without a verdict counts as unclear."""
    given = {
        n.neuron: verdicts[n.neuron].modality if n.neuron in verdicts else Modality.UNCLEAR for n in truth
    }
    pairs = Counter((n.modality, given[n.neuron]) for n in truth)
    f1 = {modality.value: _f1(pairs, modality) for modality in CLASSES}
    single = [n for n in truth if n.modality is not Modality.MULTIMODAL]
    wrong = sum(given[n.neuron] is Modality.MULTIMODAL for n in single)
    right = sum(n.neuron in verdicts and verdicts[n.neuron].concept == n.concept for n in truth)
    return PlantedResult(
        len(truth),
        sum(f1.values()) / len(f1),
        wrong / max(len(single), 1),
        right / max(len(truth), 1),
        f1,
        {t.value: {g.value: pairs[t, g] for g in Modality} for t in CLASSES},
    )


def _f1(pairs: Mapping[tuple[Modality, Modality], int], modality: Modality) -> float:
    """2 TP / (2 TP + FP + FN); 0 when the class is neither planted nor given."""
    hit = pairs[modality, modality]
    others = [m for m in Modality if m is not modality]
    missed = sum(pairs[modality, m] for m in others)
    false = sum(pairs[m, modality] for m in others)
    return 2 * hit / max(2 * hit + missed + false, 1)
