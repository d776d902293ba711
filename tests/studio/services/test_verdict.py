"""The class of a neuron, case by case (METHOD 5)."""

from __future__ import annotations

import math

import pytest

from studio.domain.concept import Alignment
from studio.domain.modality import Modality, TokenKind
from studio.services.verdict import judge, mass_class

V, T = TokenKind.IMAGE, TokenKind.TEXT


def alignment(
    side: TokenKind, concept: str, q: float, a: float = 0.3, z: float = 3.0, n: int = 10
) -> Alignment:
    return Alignment(5, side, concept, "clip", a, z, q, q, 1, 0.5, 100, n)


def verdict(*alignments: Alignment, share: float = 0.5, q: float = 0.05, threshold: float = 0.0):
    return judge(5, alignments, share, q, threshold)


def test_one_concept_on_both_sides_is_multimodal() -> None:
    found = verdict(alignment(V, "dog", 0.01, a=0.4), alignment(T, "dog", 0.03, a=0.2))
    assert (found.modality, found.concept, found.flagged) == (Modality.MULTIMODAL, "dog", False)
    assert (found.score, found.q) == (0.2, 0.03)


def test_the_other_sides_concept_counts_as_well() -> None:
    found = verdict(
        alignment(V, "dog", 0.01),
        alignment(T, "dog", 0.5),
        alignment(V, "cat", 0.02),
        alignment(T, "cat", 0.02),
    )
    assert (found.modality, found.concept) == (Modality.MULTIMODAL, "cat")


@pytest.mark.parametrize(("side", "modality"), [(V, Modality.VISUAL), (T, Modality.TEXTUAL)])
def test_evidence_on_one_side(side: TokenKind, modality: Modality) -> None:
    other = T if side is V else V
    found = verdict(alignment(side, "dog", 0.05), alignment(other, "dog", 0.051))
    assert (found.modality, found.concept) == (modality, "dog")
    assert found.flagged, "line 2 says multimodal"


def test_line_two_that_agrees_raises_no_flag() -> None:
    assert not verdict(alignment(V, "dog", 0.01), share=0.95).flagged
    assert verdict(alignment(V, "dog", 0.01), share=0.05).flagged


def test_two_concepts_one_on_each_side_go_by_the_stronger_and_are_flagged() -> None:
    found = verdict(alignment(V, "dog", 0.01, z=3), alignment(T, "where", 0.01, z=5), share=0.05)
    assert (found.modality, found.concept, found.flagged) == (Modality.TEXTUAL, "where", True)


def test_no_evidence_is_unclear_and_shows_the_best_guess() -> None:
    found = verdict(alignment(V, "dog", 0.2, z=1), alignment(T, "dog", 0.3, z=2), share=0.99)
    assert (found.modality, found.concept, found.flagged) == (Modality.UNCLEAR, "dog", False)
    assert found.mass_modality is Modality.VISUAL
    nothing = verdict()
    assert (nothing.modality, nothing.concept) == (Modality.UNCLEAR, None)
    assert math.isnan(nothing.score)
    assert math.isnan(nothing.q)


def test_the_threshold_is_on_the_cosine_and_exclusive() -> None:
    strong = alignment(V, "dog", 0.01, a=0.3)
    assert verdict(strong, threshold=0.29).modality is Modality.VISUAL
    assert verdict(strong, threshold=0.3).modality is Modality.UNCLEAR


@pytest.mark.parametrize(("n", "modality"), [(3, Modality.VISUAL), (2, Modality.UNCLEAR)])
def test_a_mean_over_one_or_two_examples_is_no_evidence(n: int, modality: Modality) -> None:
    assert verdict(alignment(V, "dog", 0.001, n=n)).modality is modality


def test_without_a_background_q_is_one_and_nothing_is_significant() -> None:
    lonely = alignment(V, "dog", 1.0, z=math.nan)
    assert verdict(lonely).modality is Modality.UNCLEAR
    assert verdict(lonely).concept == "dog"


@pytest.mark.parametrize(
    ("share", "modality"),
    [
        (1.0, Modality.VISUAL),
        (0.9, Modality.MULTIMODAL),
        (0.1, Modality.MULTIMODAL),
        (0.09, Modality.TEXTUAL),
        (math.nan, Modality.UNCLEAR),
    ],
)
def test_activation_mass(share: float, modality: Modality) -> None:
    assert mass_class(share) is modality
