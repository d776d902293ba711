"""The half the explainer sees and the half it is measured on."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.evidence import ActivationMap, Example, ExampleKind
from studio.domain.modality import TokenKind
from studio.services.holdout import split

NOTHING = ActivationMap(*(np.zeros(0, t) for t in (np.uint32, np.float32, np.uint32, np.float32)))


def example(position: int) -> Example:
    return Example(TokenKind.IMAGE, ExampleKind.TOP, position, 1.0, f"s{position}", NOTHING)


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(1, 12))
def test_no_group_is_in_both_halves_and_nothing_is_invented(groups: list[int], count: int) -> None:
    examples = [example(i) for i in range(len(groups))]
    group_of = {f"s{i}": group for i, group in enumerate(groups)}
    seen, held = split(examples[::-1], group_of, count)
    assert seen
    assert len(seen) <= count
    assert len(held) <= count
    assert {e.position for e in seen + held} <= set(range(len(groups)))
    assert [e.position for e in seen] == sorted(e.position for e in seen)
    assert not {group_of[e.sample_id] for e in seen} & {group_of[e.sample_id] for e in held}
    assert bool(held) == (len(set(groups)) > 1)


def test_without_groups_they_alternate() -> None:
    examples = [example(i) for i in range(20)]
    seen, held = split(examples, {e.sample_id: e.sample_id for e in examples}, 10)
    assert [e.position for e in seen] == list(range(0, 20, 2))
    assert [e.position for e in held] == list(range(1, 20, 2))
