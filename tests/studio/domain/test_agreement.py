"""Agreement coefficients against published tables and independent implementations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from studio.domain.agreement import Undefined, cohen_kappa, krippendorff_alpha, raw_agreement

#: Krippendorff (2011), example C: four observers, twelve units, missing data.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_of_the_published_table(level: str, published: float) -> None:
    assert krippendorff_alpha(PUBLISHED, level) == pytest.approx(published, abs=5e-4)


def test_alpha_of_the_published_binary_table() -> None:
    one = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    two = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert krippendorff_alpha([one, two]) == pytest.approx(0.095, abs=5e-4)


def test_kappa_of_cohens_own_kind_of_table() -> None:
    one = ["y"] * 25 + ["n"] * 25
    two = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(one, two) == pytest.approx(0.4)


ratings = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=40)


@given(ratings)
def test_kappa_equals_statsmodels(pairs: list[tuple[int, int]]) -> None:
    one, two = zip(*pairs, strict=True)
    ours = cohen_kappa(one, two)
    if isinstance(ours, Undefined):
        assert len(set(one) | set(two)) == 1
        return
    table = to_table(np.array(pairs))[0]
    assert ours == pytest.approx(float(cohens_kappa(table).kappa), abs=1e-9)


def brute_force_alpha(rows: list[list[int | None]], ordinal: bool) -> float:
    """Alpha from its definition over all pairs of values, without a coincidence matrix."""
    units = [[v for v in unit if v is not None] for unit in zip(*rows, strict=True)]
    units = [u for u in units if len(u) > 1]
    everything = [v for u in units for v in u]

    def distance(a: int, b: int) -> float:
        if not ordinal:
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(low <= v <= high for v in everything)
        return (between - (everything.count(a) + everything.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(sum(distance(a, b) for a, b in itertools.permutations(u, 2)) / (len(u) - 1) for u in units)
    expected = sum(distance(a, b) for a, b in itertools.permutations(everything, 2))
    return 1 - (observed / len(everything)) / (expected / (len(everything) * (len(everything) - 1)))


tables = st.integers(2, 4).flatmap(
    lambda annotators: st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=6, max_size=6),
        min_size=annotators,
        max_size=annotators,
    )
)


@settings(max_examples=60, deadline=None)
@given(tables, st.booleans())
def test_alpha_equals_its_definition(rows: list[list[int | None]], ordinal: bool) -> None:
    ours = krippendorff_alpha(rows, "ordinal" if ordinal else "nominal")
    if isinstance(ours, Undefined):
        return
    assert ours == pytest.approx(brute_force_alpha(rows, ordinal), abs=1e-9)


def test_degenerate_tables_say_why() -> None:
    assert "same" in str(krippendorff_alpha([[3, 3, 3], [3, 3, 3]]))
    assert "two annotators" in str(krippendorff_alpha([[3, None], [None, 2]]))
    assert "same" in str(cohen_kappa([1, 1], [1, 1]))
    assert "both" in str(cohen_kappa([1, None], [None, 1]))
    assert "two annotators" in str(raw_agreement([[1, 2]]))


def test_raw_agreement_counts_pairs() -> None:
    assert raw_agreement([[1, 2, 3], [1, 2, 4], [1, 3, None]]) == pytest.approx((3 + 1 + 0) / (3 + 3 + 1))
