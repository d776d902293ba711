"""What line 3 says, in classes and in words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.domain.concept import Verdict
from studio.domain.modality import Modality
from studio.services.causal_lines import SURVIVES, causal_class, causal_sentence, percent, with_causal


@pytest.mark.parametrize(
    ("image", "text", "expected"),
    [
        (0.0, 1.0, Modality.VISUAL),
        (0.92, 0.0, Modality.TEXTUAL),
        (0.1, 0.3, Modality.MULTIMODAL),
        (0.9, 0.8, Modality.UNCLEAR),
        (SURVIVES, 0.0, Modality.TEXTUAL),
    ],
)
def test_a_neuron_does_not_depend_on_what_it_survives(image: float, text: float, expected: Modality) -> None:
    assert causal_class({"blank_image": image, "blank_text": text}) is expected


def test_a_neuron_that_fires_on_either_modality_alone_depends_on_both() -> None:
    # A thing seen and its name read: each loss takes one part away and leaves the other whole.
    either = {
        "blank_image": 0.4, "blank_text": 0.6,
        "image.blank_image": 0.0, "image.blank_text": 1.0,
        "text.blank_image": 1.0, "text.blank_text": 0.0,
    }  # fmt: skip
    assert causal_class(either) is Modality.MULTIMODAL
    assert causal_sentence(either) == (
        "On images: does not survive a blank image (0 % stays), survives a blank text (100 % stays). "
        "On texts: survives a blank image (100 % stays), does not survive a blank text (0 % stays)."
    )


def test_half_of_the_runs_give_no_class() -> None:
    assert causal_class({}) is None
    assert causal_class({"blank_image": 0.4, "mismatch": 0.2}) is None


def test_the_sentence_says_what_stays() -> None:
    said = causal_sentence({"blank_image": 0.92, "blank_text": 0.03, "mismatch": 0.5})
    assert said == (
        "Survives a blank image: 92 % of its activation stays. Does not survive a blank text: 3 % stays."
    )
    assert causal_sentence({"blank_text": 1.0}) == "Survives a blank text: 100 % of its activation stays."
    assert causal_sentence({}) == ""


@given(st.floats(0, 3))
@example(0.005)
def test_a_percentage_is_never_rounded_across_a_line(share: float) -> None:
    said = percent(share)
    value = float(said.removeprefix("< ").removesuffix(" %"))
    assert (value == 0) == (share == 0)
    assert (value >= 100) == (share >= 1)
    assert (value >= 100 * SURVIVES) == (share >= SURVIVES)


def test_line_three_raises_the_flag_and_never_lowers_it() -> None:
    def verdict(modality: Modality, flagged: bool) -> Verdict:
        return Verdict(3, "dog", modality, 0.5, 0.01, 1.0, Modality.VISUAL, flagged)

    visual, textual = {"blank_image": 0.0, "blank_text": 1.0}, {"blank_image": 1.0, "blank_text": 0.0}
    assert not with_causal(verdict(Modality.VISUAL, False), visual).flagged
    assert with_causal(verdict(Modality.VISUAL, False), textual).flagged
    assert with_causal(verdict(Modality.VISUAL, True), visual).flagged
    assert not with_causal(verdict(Modality.UNCLEAR, False), textual).flagged
    assert not with_causal(verdict(Modality.VISUAL, False), {}).flagged
