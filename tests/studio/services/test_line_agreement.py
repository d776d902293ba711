"""How often lines 1 and 3 agree, counted by hand, and the reason for every neuron that is left."""

from __future__ import annotations

import math

import pytest

from studio.domain.concept import Alignment, Verdict
from studio.domain.modality import Modality, TokenKind
from studio.services import line_agreement as service
from studio.services.line_agreement import compared
from studio.services.thresholds import Rule

V, T, M, U = Modality
IMAGE, TEXT = TokenKind


def verdict(neuron: int, line1: Modality, **causal: float) -> Verdict:
    named = {name.replace("__", "."): share for name, share in causal.items()}
    return Verdict(neuron, "dog", line1, 0.5, 0.01, 0.5, line1, False, named)


def aligned(neuron: int, q: float = 0.5, n: int = 10, a: float = 0.3) -> Alignment:
    return Alignment(neuron, IMAGE, "dog", "clip", a, 2.0, q, q, 1, 0.5, 9, n)


def sides(image: tuple[float, float] | None, text: tuple[float, float] | None) -> dict[str, float]:
    """Per side what stays without the image and without the text."""
    found = {"blank_image": 0.5, "blank_text": 0.5}
    for side, shares in (("image", image), ("text", text)):
        if shares is not None:
            found |= {f"{side}__blank_image": shares[0], f"{side}__blank_text": shares[1]}
    return found


REASONS = [
    (V, sides((0.0, 0.45), None), service.BORDER),
    (T, sides(None, (0.0, 0.0)), service.TEXT_NEEDS_IMAGE),
    (V, sides((0.0, 1.0), (0.9, 0.0)), service.OTHER_SIDE),
    (M, sides((0.0, 1.0), None), service.ONE_SIDE),
    (V, sides((0.9, 0.0), None), service.BACKGROUND),
    (T, sides((0.0, 1.0), None), service.OTHER),
]


@pytest.mark.parametrize(("line1", "causal", "reason"), REASONS)
def test_a_neuron_on_which_they_differ_has_one_reason(line1: Modality, causal: dict, reason: str) -> None:
    found = compared([verdict(1, line1, **causal)], {}, Rule())
    assert (found.comparable, found.agree, found.reasons) == (1, 0, {reason: 1})


def test_the_counts_add_up() -> None:
    verdicts = [
        verdict(0, V, **sides((0.0, 1.0), None)),
        verdict(1, T, **sides(None, (1.0, 0.0))),
        verdict(2, M, **sides((0.0, 1.0), (1.0, 0.0))),
        verdict(3, T, **sides(None, (0.0, 0.0))),
        verdict(4, V, **sides((1.0, 1.0), None)),
        verdict(5, V),
        verdict(6, U),
        verdict(7, U, **sides((0.0, 1.0), None)),
        verdict(8, U),
        verdict(9, U),
    ]
    alignments = {7: [aligned(7)], 8: [aligned(8, n=2)], 9: [aligned(9, q=0.01, a=0.1)]}
    found = compared(verdicts, alignments, Rule(threshold=0.2))
    assert (found.neurons, found.comparable, found.agree, found.share) == (10, 4, 3, 0.75)
    assert sum(sum(row.values()) for row in found.confusion.values()) == 10
    assert found.confusion["visual"] == {
        "visual": 1, "textual": 0, "multimodal": 0, "unclear": 1, "none": 1
    }  # fmt: skip
    assert sum(found.reasons.values()) == found.comparable - found.agree
    assert found.no_cause == {service.SURVIVES_BOTH: 1, service.NOT_RUN: 1}
    assert found.no_class == {
        service.NO_CONCEPT: 1, service.NOT_SIGNIFICANT: 1, service.FEW_EXAMPLES: 1, service.BELOW: 1
    }  # fmt: skip
    said = found.summary()
    assert "agree on 3 of 4 neurons with a class by both (75.0%)" in said
    assert all(reason in said for reason in (*found.reasons, *found.no_class, *found.no_cause))


def test_nothing_to_compare_is_said_and_is_no_number() -> None:
    found = compared([verdict(0, U)], {}, Rule())
    assert math.isnan(found.share)
    assert found.as_dict()["share"] is None
    assert "run `causal` after `score`" in found.summary()
