"""Means and comparisons against SciPy and statsmodels, pair by neuron and not by run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from studio.domain.agreement import Undefined
from studio.domain.modality import TokenKind
from studio.services.comparison import Comparison
from studio.services.study.analysis import Contrast, Table, contrasts, means
from studio.services.study.methods import METHODS, OURS, WHOLE
from studio.services.study.scoring import MEASURES, Row

IMAGE, TEXT = TokenKind.IMAGE, TokenKind.TEXT
SHIFT = {"ours": 0.3, "whole-image": 0.2, "random": 0.0}
NEURONS, RUNS = 25, 3
SAME = {"no-text": "it is the same"}


@pytest.fixture
def rows() -> list[Row]:
    """Each neuron has a level of its own, which its runs share; the first detection is missing."""
    rng = np.random.default_rng(4)
    level = rng.normal(size=NEURONS)
    found = []
    for neuron in range(NEURONS):
        for run in range(RUNS):
            for method, shift in SHIFT.items():
                values = (level[neuron] + shift + rng.normal(0, 0.3, size=3)).tolist()
                values[2] = float("nan") if neuron == 0 else values[2]
                found.append(Row(neuron, IMAGE, run, method, "dog", True, 5, 5, 5, *values))
    return found


def values(rows: list[Row], method: str, measure: str) -> np.ndarray:
    """[neurons, runs], by a plain loop."""
    found = np.full((NEURONS, RUNS), np.nan)
    for row in rows:
        if row.method == method:
            found[row.neuron, row.run] = getattr(row, measure)
    return found


def test_means_equal_numpy(rows: list[Row]) -> None:
    found = {(m.measure, m.method): m for m in means(Table(rows), METHODS, SAME) if m.side is IMAGE}
    assert set(found) == {(m.name, method) for m in MEASURES for method in SHIFT}
    for (measure, method), mean in found.items():
        table = values(rows, method, measure)[1 if measure == "detection" else 0 :]
        assert mean.n == len(table)
        assert mean.mean == pytest.approx(table.mean(axis=1).mean())
        assert mean.deviation == pytest.approx(table.mean(axis=1).std(ddof=1))
        assert mean.over_runs == pytest.approx(table.mean(axis=0).std(ddof=1))
        assert mean.low < mean.mean < mean.high


def test_tests_pair_by_neuron_after_averaging_the_runs(rows: list[Row]) -> None:
    for contrast in compared(rows):
        found = contrast.found
        assert isinstance(found, Comparison)
        skip = 1 if contrast.measure == "detection" else 0
        ours, theirs = (
            values(rows, name, contrast.measure).mean(axis=1)[skip:] for name in ("ours", contrast.other)
        )
        assert found.n == NEURONS - skip
        assert found.t_p == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)
        assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(ours, theirs).pvalue)
        assert contrast.better == int((ours > theirs).sum())
        assert contrast.better + contrast.same + contrast.worse == found.n


def test_q_is_over_every_comparison_of_the_study(rows: list[Row]) -> None:
    found = compared(rows)
    for p, q in (("t_p", "t_q"), ("wilcoxon_p", "wilcoxon_q")):
        expected = multipletests([getattr(c.found, p) for c in found], method="fdr_bh")[1]
        assert [getattr(c, q) for c in found] == pytest.approx(expected.tolist())


def test_copies_of_a_run_change_no_p_value(rows: list[Row]) -> None:
    """Counting a neuron once a run would be pseudo-replication."""
    once = [row for row in rows if row.run == 0]
    thrice = [replace(row, run=run) for row in once for run in range(3)]
    assert [c.t_q for c in compared(once)] == pytest.approx([c.t_q for c in compared(thrice)])


def test_what_does_not_exist_says_why(rows: list[Row]) -> None:
    alone = [row for row in rows if row.neuron == 1 and row.run == 0]
    for mean in means(Table(alone), (OURS, WHOLE), {}):
        if mean.side is IMAGE:
            assert "one run" in str(mean.over_runs)
            assert "one neuron" in str(mean.low)
    for contrast in contrasts(Table(alone), METHODS, SAME):
        assert isinstance(contrast.t_q, Undefined)
        if contrast.side is TEXT:
            assert isinstance(contrast.found, Undefined)


def test_relative_needs_a_mean_above_zero(rows: list[Row]) -> None:
    for contrast in compared(rows):
        found = contrast.found
        assert isinstance(found, Comparison)
        if found.mean_theirs > 0:
            assert contrast.relative == pytest.approx(found.mean_ours / found.mean_theirs - 1)
        else:
            assert "not above 0" in str(contrast.relative)


def compared(rows: list[Row]) -> list[Contrast]:
    return [c for c in contrasts(Table(rows), METHODS, SAME) if c.side is IMAGE and c.other != "no-text"]
