"""Texts with shaded tokens: every script, long ones cut round the strongest token."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from studio.domain.evidence import ActivationMap, Example, ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.sample import Turn
from studio.ui.review.plain import plain_tip
from studio.ui.review.text_block import TextBlock
from studio.ui.review.text_turns import WINDOW, TextShot, units
from studio.ui.review.token_ink import luminance, readable_on, shade
from studio.ui.theme import THEMES, load_theme


def shot(tokens: list[str], fires: dict[int, float], roles: list[str] | None = None) -> TextShot:
    index = np.array(sorted(fires), np.uint32)
    value = np.array([fires[int(i)] for i in index], np.float32)
    found = ActivationMap(np.zeros(0, np.uint32), np.zeros(0, np.float32), index, value)
    example = Example(TokenKind.TEXT, ExampleKind.TOP, 0, 1.0, "s", found)
    none = np.zeros((0, 4), np.float32), np.zeros(0, np.uint8)
    roles = roles or ["user"] * len(tokens)
    turns = (Turn("user", "".join(tokens)),)
    sample = StoredSample("s", turns, tuple(tokens), tuple(roles), None, 0, 0, *none)
    return TextShot(1, example, sample, max(fires.values(), default=1.0))


@pytest.fixture
def block(qapp):
    def make(*args, width: float = 300, **more) -> TextBlock:
        made = TextBlock(shot(*args, **more), load_theme("dark"))
        made.lay_out(width)
        return made

    return make


@pytest.mark.parametrize(
    "tokens",
    [
        ["which", " fruit", " is", " shown", "?"],
        ["मैं", " घर", " जाता", " हूँ"],
        ["אני", " הולך", " הביתה"],
        ["🍎", " 🍏🍎", " apple"],
        ["a" * 200, "b"],
    ],
)
def test_each_token_is_found_where_it_is_drawn(block, tokens) -> None:
    made = block(tokens, {1: 2.0})
    for token, piece in enumerate(tokens):
        rects = made.rects_of(token)
        assert rects, f"{piece!r} stands nowhere"
        middle = rects[0].center()
        assert made.token_at(middle.x(), middle.y()) == token


def test_narrow_blocks_are_higher_and_keep_within_the_width(block) -> None:
    tokens = [f" word{i}" for i in range(30)]
    wide, narrow = block(tokens, {3: 1.0}, width=900), block(tokens, {3: 1.0}, width=150)
    assert narrow.height > 3 * wide.height
    assert max(r.right() for t in range(30) for r in narrow.rects_of(t)) <= 152


def test_a_long_text_is_cut_round_its_strongest_token_and_opens(block) -> None:
    tokens = [f" w{i}" for i in range(500)]
    made = block(tokens, {10: 1.0, 400: 9.0})
    assert made.cut
    assert made.rects_of(400)
    assert not made.rects_of(10)
    shown = [t for t in range(500) if made.rects_of(t)]
    assert len(shown) == WINDOW
    made.toggle()
    made.lay_out(300)
    assert made.rects_of(10)
    assert made.rects_of(400)


def test_question_and_answer_stand_on_lines_of_their_own(block) -> None:
    made = block(["who", "?", "me"], {}, roles=["user", "user", "assistant"], width=600)
    assert made.rects_of(0)[0].y() == made.rects_of(1)[0].y()
    assert made.rects_of(2)[0].y() > made.rects_of(1)[0].bottom()


def test_line_breaks_and_controls_in_a_token_move_no_other_token(block) -> None:
    made = block(["a", "\n", " b\t", "\x00c"], {3: 1.0})
    assert all(made.rects_of(token) for token in (0, 2, 3))


def test_activations_of_tokens_that_are_not_there_are_left_out(block) -> None:
    assert block(["one"], {0: 1.0, 7: 3.0}).values == {0: 1.0}


@pytest.mark.parametrize("name", THEMES)
def test_every_shade_can_be_read(name: str) -> None:
    theme = load_theme(name)
    for strength in np.linspace(0, 1, 21):
        ground = shade(theme, float(strength))
        pair = sorted((luminance(ground), luminance(readable_on(ground))))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_luminance_is_that_of_wcag() -> None:
    assert luminance(QColor("#ffffff")) == pytest.approx(1)
    assert luminance(QColor("#777777")) == pytest.approx(0.18447, abs=1e-4)


def test_length_is_counted_as_qt_counts() -> None:
    assert units("a🍎é") == 4


def test_a_tooltip_shows_markup_as_text() -> None:
    tip = plain_tip("<img src='file:///etc/passwd'>\n<b>bold</b>")
    assert "<img" not in tip
    assert "<b>" not in tip
    assert "&lt;b&gt;bold" in tip
