"""The three lines of evidence side by side: classes, sentences, and where they differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.domain.concept import Alignment, Verdict
from studio.domain.modality import Modality, TokenKind
from studio.domain.score import Score
from studio.ui.review.three_lines import agreement, three_lines

V, T, M, U = Modality
STAYS = {"blank_image": 0.03, "blank_text": 0.92, "image.blank_image": 0.03, "image.blank_text": 0.92}


@pytest.fixture
def detail(desk):
    return desk.control.detail


def with_verdict(detail, modality=V, mass=V, share=0.95, flagged=False, causal=None, concept="dog", n=10):
    verdict = Verdict(
        detail.neuron, concept, modality, 0.4, 0.01, share, mass, flagged, STAYS if causal is None else causal
    )
    found = Alignment(detail.neuron, TokenKind.IMAGE, "dog", "clip", 0.3, 4.0, 0.01, 0.01, 1, 0.9, 9, n)
    return replace(detail, verdict=verdict, alignments=[found])


def said(detail):
    lines = three_lines(detail)
    return lines, agreement(lines, detail.verdict)


def test_three_lines_that_agree(detail) -> None:
    lines, words = said(with_verdict(detail))
    assert [line.modality for line in lines] == [V, V, V]
    assert [line.sentence for line in lines] == [
        "“dog” holds on pictures alone.",
        "95 % of it on pictures, 5 % on texts.",
        "Lost without the image: 3 % stays. Survives without the text: 92 % stays.",
    ]
    assert words == "All three lines agree."
    assert not any(line.differs for line in lines)


def test_lines_that_differ_are_marked_and_named(detail) -> None:
    lines, words = said(with_verdict(detail, modality=T, flagged=True))
    assert [line.differs for line in lines] == [False, True, True]
    assert words == "Lines 2 and 3 disagree with line 1."
    _, words = said(with_verdict(detail, mass=M, share=0.6, flagged=True))
    assert words == "Line 2 disagrees with line 1."
    _, words = said(with_verdict(detail, flagged=True))
    assert words == "Pictures and texts speak for different concepts."


def test_what_was_not_looked_at_is_said(detail) -> None:
    lines, words = said(with_verdict(detail, causal={}))
    assert (lines[2].modality, lines[2].sentence, words) == (None, "Not run yet.", "Both lines agree.")
    lines, words = said(with_verdict(detail, modality=U, n=2))
    assert lines[0].sentence == "Fewer than 3 held-out examples."
    assert "no class" in words
    assert not any(line.differs for line in lines)
    assert said(with_verdict(detail, modality=U))[0][0].sentence == "“dog” does not stand out."
    bare = replace(with_verdict(detail, modality=U), alignments=[])
    assert three_lines(bare)[0].sentence == "No concept was proposed."
    assert three_lines(replace(detail, verdict=None)) == ()


def test_the_card_shows_them_with_names_for_screen_readers(desk, detail) -> None:
    card = desk.view.decision.scores
    counts = {"fires_right": 6, "fires_wrong": 4, "right": 80, "wrong": 20, "p": 0.01, "q": 0.04}
    score = Score(detail.neuron, TokenKind.IMAGE, "answers", "", -0.2, -0.5, 0.0, 10, counts)
    card.show_detail(replace(with_verdict(detail, mass=M, share=0.6, flagged=True), scores=(score,)))
    first, second, third = card.lines.cells
    assert first.chip.modality is V
    assert second.title.text().endswith("≠")
    assert second.accessibleDescription() == "multimodal. 60 % of it on pictures, 40 % on texts."
    assert "Survives a blank text" in third.toolTip()
    texts = [part.text() for part in card.findChildren(type(first.title))]
    assert "Line 2 disagrees with line 1." in texts
    assert "Answers: 60% right where it fires on the picture, 82% elsewhere (q 0.04)." in texts
    card.set_tight(True)
    assert not third.sentence.isVisibleTo(card)
    card.set_tight(False)
    assert third.sentence.isVisibleTo(card)
    card.show_detail(replace(detail, verdict=None))
    assert not card.lines.isVisibleTo(card)
