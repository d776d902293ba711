"""Answers: matching, counts and tests against SciPy and statsmodels, and a run on a real model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, mannwhitneyu
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from studio.domain.context import Quiet
from studio.domain.errors import DataError
from studio.domain.modality import Modality, TokenKind
from studio.domain.sample import Sample, Turn
from studio.domain.specs import ExtractSpec, SaeSpec
from studio.services.answer_counts import AnswerCounts, class_rows, rate_tests
from studio.services.answer_match import accuracy, normalised
from studio.services.answers import answers_spec, answers_step, question_of
from studio.services.answers_report import class_line, last_answers, neuron_sentences, report_lines
from studio.services.extract import extract
from studio.services.merge import merge_bundle
from studio.services.steps import run_steps
from studio.storage.project import Project

LATENTS, K = 64, 8


@pytest.mark.parametrize(
    ("said", "reference", "same"),
    [
        ("A dog.", "dog", True), ("two", "2", True), ("top left", "Top  left!", True), ("none", "0", True),
        ("1,000", "1000", False), ("3.5", "3.5", True), ("don't", "dont", False), ("dog", "dogs", False),
        ("t-shirt", "t shirt", True),
    ],
)  # fmt: skip
def test_answers_are_compared_without_articles_case_and_marks(said: str, reference: str, same: bool) -> None:
    assert (normalised(said) == normalised(reference)) is same
    assert accuracy(said, [reference]) == float(same)


def test_of_several_references_three_are_enough() -> None:
    people = ["red"] * 2 + ["blue"] * 5 + ["Red ."]
    assert accuracy("blue", people) == 1
    assert accuracy("red", people) == 1
    assert accuracy("red", people[:3]) == pytest.approx(2 / 3)
    assert accuracy("green", people) == accuracy("green", []) == 0


def test_the_reference_is_not_part_of_the_question() -> None:
    turns = (Turn("user", "who ?"), Turn("assistant", "a"), Turn("user", "why ?"), Turn("assistant", "so"))
    asked, references = question_of(Sample("s", (), turns))
    assert (asked.turns, references) == (turns[:3], ("so",))
    several = Sample("s", (), turns, {"answers": ["so", "thus"]})
    assert question_of(several)[1] == ("so", "thus")
    assert question_of(Sample("s", (), turns[:1]))[1] == ()
    assert question_of(Sample("s", (), turns[1:2]))[1] == ()


@settings(max_examples=25, deadline=None)
@given(
    wrong=st.integers(1, 30), right=st.integers(1, 40), seed=st.integers(0, 1000), neurons=st.integers(1, 12)
)
def test_rates_equal_scipy_and_statsmodels(wrong: int, right: int, seed: int, neurons: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, wrong + 1, neurons), rng.integers(0, right + 1, neurons)
    found = rate_tests(a, b, wrong, right)
    tested = (a + b > 0) & (a + b < wrong + right)
    assert (np.isfinite(found.p) == tested).all()
    for i in np.flatnonzero(tested):
        fires, silent = a[i] + b[i], wrong + right - a[i] - b[i]
        assert found.difference[i] == pytest.approx(b[i] / fires - (right - b[i]) / silent)
        table = [[b[i], a[i]], [right - b[i], wrong - a[i]]]
        assert found.p[i] == pytest.approx(fisher_exact(table).pvalue)
        low, high = confint_proportions_2indep(b[i], fires, right - b[i], silent, method="newcomb")
        assert (found.low[i], found.high[i]) == pytest.approx((low, high), abs=1e-9)
    if tested.any():
        assert found.q[tested] == pytest.approx(multipletests(found.p[tested], method="fdr_bh")[1])


def test_classes_are_compared_over_samples() -> None:
    rng = np.random.default_rng(4)
    classes = rng.integers(0, 3, 30).astype(np.int8)
    counts, table, right = AnswerCounts(30, classes), [], rng.random(80) < 0.6
    for ok in right.tolist():
        sides = tuple(np.flatnonzero(rng.random(30) < (0.3 if ok else 0.15)) for _ in range(2))
        counts.add(ok, sides)
        table.append(np.bincount(classes[np.union1d(*sides)], minlength=4))
    neurons = np.bincount(classes, minlength=4)
    rows = class_rows(counts, neurons)
    assert [row.modality for row in rows] == [Modality.VISUAL, Modality.TEXTUAL, Modality.MULTIMODAL]
    expected = []
    for place, row in enumerate(rows):
        ok, bad = (np.array(table)[part, place] for part in (right, ~right))
        assert (row.right, row.wrong) == pytest.approx(
            (ok.mean() / neurons[place], bad.mean() / neurons[place])
        )
        test = mannwhitneyu(ok, bad)
        greater = np.sign(ok[:, None] - bad[None, :]).mean()
        assert (row.p, row.effect) == pytest.approx((test.pvalue, greater))
        expected.append(test.pvalue)
    assert [row.q for row in rows] == pytest.approx(multipletests(expected, method="fdr_bh")[1])
    only = AnswerCounts(30, classes)
    only.add(True, (np.array([1]), np.array([], np.int64)))
    assert all(row.p is None and row.wrong is None for row in class_rows(only, neurons))
    assert "undefined" in class_line({"modality": "visual", "neurons": 3, "p": None})


@pytest.fixture(scope="module")
def answered(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose model, with random weights, was asked the questions of the scenes."""
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder = tmp_path_factory.mktemp("answers")
    rows = torch.randn(LATENTS, 160, generator=torch.Generator().manual_seed(0)) / 160**0.5
    config = SaeConfig(160, LATENTS, K, hookpoint="layers.1")
    save_sae(Sae(config, rows, torch.zeros(LATENTS), rows.clone(), torch.zeros(160)), folder / "layers.1")
    extracting = ExtractSpec(
        world.model, world.data, world.layer, SaeSpec(str(folder), "layers.1"), batch_size=4
    )
    extract(extracting, folder / "e.bundle", Quiet())
    path = folder / "p.cstudio"
    with Project.create(path, "Answers") as project:
        merge_bundle(project, folder / "e.bundle")
        spec = answers_spec(project, batch_size=4, max_new_tokens=3)
        run_steps(project, [answers_step(folder / "work", spec)], Quiet())
    assert not list((folder / "work").iterdir())
    return path


def test_answers_in_batches_are_those_of_one_at_a_time(world: Any) -> None:
    from models.answers import respond
    from models.vlm import load_vlm
    from studio.services.data import read_samples
    from studio.services.sources import PictureCache

    vlm, pictures = load_vlm(world.model), PictureCache()
    good = [s for s in read_samples(world.data) if s.id not in ("broken", "missing")][:7]
    asked = [(question_of(sample)[0], pictures.open(sample)) for sample in good]
    alone = [vlm.answer(sample, images, max_new_tokens=3) for sample, images in asked]
    assert respond(vlm, asked, 3) == alone


def test_counts_are_those_of_the_samples(answered: Path) -> None:
    with Project.open(answered) as project:
        summary, scores = last_answers(project), project.scores.all()
    assert summary["samples"] > 10
    assert summary["samples"] - summary["right"] == scores[0].details["wrong"]
    assert {s.side for s in scores} == set(TokenKind)
    for score in scores:
        d = score.details
        assert score.n == d["fires_right"] + d["fires_wrong"]
        assert 0 < score.n < d["right"] + d["wrong"]
    assert any("questions" in text for text in report_lines(summary))
    assert "of the others (q" in neuron_sentences(scores)[0]


def test_the_command_reports_and_says_what_is_missing(answered: Path, tmp_path: Path) -> None:
    from studio.cli.answers import answers

    said = CliRunner().invoke(answers, [str(answered), "--report", "--json"])
    assert json.loads(said.stdout)["samples"] > 10
    with Project.create(tmp_path / "empty.cstudio") as empty:
        with pytest.raises(DataError, match="which data"):
            answers_spec(empty)
        with pytest.raises(DataError, match="No answers yet"):
            last_answers(empty)
