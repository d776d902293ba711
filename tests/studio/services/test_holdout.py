"""The half the explainer sees and the half it is measured on, over both sides of a neuron."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.evidence import ActivationMap, Example, ExampleKind
from studio.domain.modality import TokenKind
from studio.services.holdout import Halves, split

NOTHING = ActivationMap(*(np.zeros(0, t) for t in (np.uint32, np.float32, np.uint32, np.float32)))
IMAGE, TEXT = TokenKind.IMAGE, TokenKind.TEXT

#: Samples by number; which of them stand on a side, and what each shows and says.
chosen = st.lists(st.integers(0, 11), max_size=12, unique=True)
kinds = st.lists(st.integers(0, 7), min_size=12, max_size=12)


def examples(side: TokenKind, numbers: list[int]) -> list[Example]:
    return [Example(side, ExampleKind.TOP, place, 1.0, f"s{n}", NOTHING) for place, n in enumerate(numbers)]


def names(values: list[int]) -> dict[str, int]:
    return {f"s{i}": value for i, value in enumerate(values)}


def ids(halves: Mapping[TokenKind, Halves], half: str) -> set[str]:
    return {e.sample_id for found in halves.values() for e in getattr(found, half)}


@settings(deadline=None)
@given(chosen, chosen, kinds, kinds)
def test_no_sample_picture_or_text_is_on_both_sides_of_the_line(
    image: list[int], text: list[int], pictures: list[int], texts: list[int]
) -> None:
    sides = {IMAGE: examples(IMAGE, image)[::-1], TEXT: examples(TEXT, text)}
    shows, says = names(pictures), names(texts)
    found = split(sides, shows, says)
    seen, held = ids(found, "seen"), ids(found, "held_out")
    assert not seen & held
    assert not {shows[n] for n in seen} & {shows[n] for n in held}
    held_texts = {says[e.sample_id] for e in found[TEXT].held_out}
    assert not {says[n] for n in seen} & held_texts
    for side, wanted in ((IMAGE, image), (TEXT, text)):
        both = found[side].seen + found[side].held_out
        assert len(both) == len({e.position for e in both})
        assert {e.sample_id for e in both} <= {f"s{n}" for n in wanted}
        for half in (found[side].seen, found[side].held_out):
            assert [e.position for e in half] == sorted(e.position for e in half)
    # Nothing of an image side is lost, and it has both halves wherever it shows two things.
    assert len(found[IMAGE].seen) + len(found[IMAGE].held_out) == len(image)
    if len({pictures[n] for n in image}) > 1:
        assert found[IMAGE].seen
        assert found[IMAGE].held_out


def test_samples_of_one_prompt_leave_pictures_to_test() -> None:
    sides = {side: examples(side, list(range(8))) for side in TokenKind}
    found = split(sides, names(list(range(8))), names([0] * 8))
    assert [e.position for e in found[IMAGE].held_out] == [1, 3, 5, 7]
    assert [e.position for e in found[TEXT].seen] == [0, 2, 4, 6]
    assert not found[TEXT].held_out


def test_equal_texts_stay_together_where_no_picture_fires() -> None:
    found = split({TEXT: examples(TEXT, list(range(6)))}, names(list(range(6))), names([0, 1, 0, 2, 1, 3]))
    assert [e.position for e in found[TEXT].seen] == [0, 2, 3]
    assert [e.position for e in found[TEXT].held_out] == [1, 4, 5]


def test_without_groups_they_alternate() -> None:
    found = split({IMAGE: examples(IMAGE, list(range(12)))}, names(list(range(12))), names([0] * 12))
    assert [e.position for e in found[IMAGE].seen] == list(range(0, 12, 2))
    assert [e.position for e in found[IMAGE].held_out] == list(range(1, 12, 2))
