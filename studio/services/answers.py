"""Answers: how often neurons fire in samples that the model answers rightly or wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.modality import Modality, TokenKind
from studio.domain.sample import Sample
from studio.domain.score import Score
from studio.domain.specs import CausalSpec, DataSpec
from studio.services.answer_counts import UNCLEAR, AnswerCounts, ClassRow, class_rows, rate_tests
from studio.services.answer_match import accuracy
from studio.services.bundles import as_config, open_bundle
from studio.services.causal import causal_spec, networks
from studio.services.data import read_samples
from studio.services.merge import merge_bundle
from studio.services.projects import provenance
from studio.services.sources import PictureCache
from studio.services.steps import Step
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.activations import Encoded
    from models.sae import Sae
    from models.vlm import Vlm

SCORER = "answers"
#: An answer counts as right from this accuracy on.
RIGHT = 0.5


@dataclass(frozen=True, slots=True)
class AnswersSpec:
    """`networks` are those of the extraction; `data` is read from its start up to its limit."""

    networks: CausalSpec
    data: DataSpec
    max_new_tokens: int = 16
    batch_size: int = 8


@dataclass(frozen=True, slots=True)
class AnswersResult:
    """`accuracy` is the mean over `samples` with a question and a reference answer; `significant` neurons and
    sides have q <= 0.05."""

    samples: int
    right: int
    accuracy: float
    left_out: int
    significant: int
    classes: tuple[ClassRow, ...]

    def summary(self) -> dict[str, Any]:
        """For the run record and as JSON."""
        return asdict(self) | {"classes": [asdict(row) for row in self.classes]}


def answers_spec(project: Project, data: str = "", limit: int | None = None, **changes: Any) -> AnswersSpec:
    """Model, SAE and data as the project's extraction recorded them; `data` is another data set.

    Raises `DataError` before an extraction."""
    recorded = provenance(project).get("data")
    if not data and not isinstance(recorded, dict):
        raise DataError("This project does not say which data it was made with. Name a data set.")
    spec = DataSpec(data) if data else DataSpec(**recorded)  # type: ignore[arg-type]
    return replace(AnswersSpec(causal_spec(project), replace(spec, limit=limit or spec.limit)), **changes)


def question_of(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    """The sample up to its last user turn, and the reference answers: `extra["answers"]` where the data has
    several, else the assistant turn that follows. No answers where there is nothing to compare with."""
    turns = list(sample.turns)
    while turns and turns[-1].role != "user":
        turns.pop()
    told = sample.turns[len(turns)].text if turns and len(turns) < len(sample.turns) else ""
    several = sample.extra.get("answers")
    many = isinstance(several, (list, tuple)) and all(isinstance(x, str) for x in several) and bool(several)
    references = tuple(several) if many else ((told,) if told.strip() else ())  # type: ignore[arg-type]
    return replace(sample, turns=tuple(turns)), references if turns else ()


def answers(spec: AnswersSpec, snapshot: Path, bundle: Path, ctx: Context) -> AnswersResult:
    """Let the model answer every question, look which neurons fire on picture and question, and write a score
    for every neuron and side that fires to `bundle`.

    The reference answer is not shown. Raises `DataError` (no question with an answer), `ModelError`,
    `LayerError`, `NetworkError` and `Cancelled`.
    """
    with Project.open(snapshot) as project:
        ctx.report(0, 1, "Loading the model and the SAE")
        vlm, sae = networks(spec.networks, project, ctx, whole=True)
        classes = np.full(sae.num_latents, UNCLEAR, np.int8)
        found = project.verdicts.columns().first(sae.num_latents)
        classes[found.neuron] = found.modality
    run = _Run(spec, vlm, sae, AnswerCounts(sae.num_latents, classes), ctx)
    run.go()
    result = run.result(np.bincount(found.modality, minlength=len(Modality)))
    config = as_config(spec, revision=vlm.revision, sae_provenance=sae.provenance)
    out, record = open_bundle(bundle, SCORER, config)
    with out, out.transaction():
        out.scores.write(run.scores())
        out.runs.finish(record, result.summary())
    return result


class _Run:
    """The pass over the data."""

    def __init__(self, spec: AnswersSpec, vlm: Vlm, sae: Sae, counts: AnswerCounts, ctx: Context) -> None:
        self._spec, self._vlm, self._sae, self._ctx = spec, vlm, sae, ctx
        self._pictures = PictureCache()
        self._references: dict[str, tuple[str, ...]] = {}
        self._counts = counts
        self._accuracy: list[float] = []
        self._left_out = 0

    def go(self) -> None:
        from models.activations import stream

        layer, size = self._spec.networks.layer, self._spec.batch_size
        for encoded in stream(self._vlm, self._questions(), layer, size, self._ctx, self._pictures.open):
            self._left_out += len(encoded.skipped)
            if encoded.samples:
                self._take(encoded)
            self._ctx.report(len(self._accuracy), self._spec.data.limit or 0, "Answering questions")
        if not self._accuracy:
            raise DataError("No sample has a question with an answer to compare with.")

    def _questions(self) -> Iterator[Sample]:
        for sample in read_samples(self._spec.data):
            question, references = question_of(sample)
            if references:
                self._references[question.id] = references
                yield question
            else:
                self._left_out += 1

    def _take(self, encoded: Encoded) -> None:
        from models.answers import respond

        asked = [(item.sample, self._pictures.open(item.sample)) for item in encoded.samples]
        said = respond(self._vlm, asked, self._spec.max_new_tokens)
        code = self._sae.encode(encoded.vectors()[0])
        indices, fires = code.indices.cpu().numpy(), code.values.cpu().numpy() > 0
        at = 0
        for item, answer in zip(encoded.samples, said, strict=True):
            middle = at + len(item.image)
            end = middle + len(item.text)
            sides = [np.unique(indices[a:b][fires[a:b]]) for a, b in ((at, middle), (middle, end))]
            value = accuracy(answer, self._references.pop(item.sample.id))
            self._accuracy.append(value)
            self._counts.add(value >= RIGHT, (sides[0].astype(np.int64), sides[1].astype(np.int64)))
            self._pictures.forget(item.sample.id)
            at = end

    def scores(self) -> list[Score]:
        """A score for every neuron and side that fires in some samples and not in others."""
        wrong, right = self._counts.totals
        made = []
        for number, side in enumerate(TokenKind):
            fires_wrong, fires_right = self._counts.fires[number]
            test = rate_tests(fires_wrong, fires_right, wrong, right)
            for neuron in np.flatnonzero(np.isfinite(test.p)).tolist():
                details = {
                    "fires_right": int(fires_right[neuron]), "fires_wrong": int(fires_wrong[neuron]),
                    "right": right, "wrong": wrong, "p": float(test.p[neuron]), "q": float(test.q[neuron]),
                }  # fmt: skip
                value, low, high = (float(x[neuron]) for x in (test.difference, test.low, test.high))
                n = int(fires_right[neuron] + fires_wrong[neuron])
                made.append(Score(neuron, side, SCORER, "", value, low, high, n, details))
        return made

    def result(self, neurons: Any) -> AnswersResult:
        """The figures of the whole run."""
        significant = sum(score.details["q"] <= 0.05 for score in self.scores())
        return AnswersResult(
            len(self._accuracy), self._counts.totals[1], float(np.mean(self._accuracy)), self._left_out,
            significant, tuple(class_rows(self._counts, neurons)),
        )  # fmt: skip


def answers_step(folder: Path, spec: AnswersSpec) -> Step:
    """The step of a pipeline: answers to `spec.data`, merged into the project."""
    bundle = folder / "answers.bundle"

    def prepare(project: Project) -> tuple[Any, ...]:
        folder.mkdir(parents=True, exist_ok=True)
        snapshot = folder / "answers-snapshot.bundle"
        project.snapshot(snapshot)
        return (spec, snapshot, bundle)

    def finish(project: Project, _result: AnswersResult) -> Changes:
        done = merge_bundle(project, bundle)
        bundle.unlink(missing_ok=True)
        return done

    return Step("Answering questions", prepare, run_answers, finish)


def run_answers(spec: AnswersSpec, snapshot: Path, bundle: Path, ctx: Context) -> AnswersResult:
    """`answers`; the snapshot, a whole copy of the project, is gone afterwards."""
    try:
        return answers(spec, snapshot, bundle, ctx)
    finally:
        with suppress(OSError):
            snapshot.unlink()
