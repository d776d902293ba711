"""More scores: folded away, in words, undefined ones with their reason."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.services.neuron_detail import neuron_detail
from studio.ui.review.score_list import ScoreList


@pytest.fixture
def detail(small_project: Any) -> Any:
    side = TokenKind.IMAGE
    small_project.scores.write(
        [
            Score(4, side, "detection", "dog 4", 0.85, 0.7, 0.95, 20, {"auc": 0.91, "judge": "clip"}),
            Score(4, side, "iou", "dog 4", None, details={"why": "There are no held-out examples."}),
            Score(4, side, "monosemanticity", "", 0.42, n=2000),
            Score(4, TokenKind.TEXT, "plug-in's own", "<b>cow</b>", 0.1),
        ]
    )
    return neuron_detail(small_project, 4, "Ada")


def texts(shown: ScoreList) -> list[tuple[str, ...]]:
    return [tuple(part.text() for part in row) for row in shown.rows if not row[0].isHidden()]


def test_scores_in_words_the_own_concept_first(qtbot: Any, detail: Any) -> None:
    shown = ScoreList()
    qtbot.addWidget(shown)
    shown.show_detail(detail)
    assert texts(shown) == []  # folded away, nothing is made
    shown.open(True)
    assert texts(shown) == [
        ("Detection, seen", ".70 to .95", ".85"),
        ("MonoSemanticity", "", ".42"),
        ("Region overlap, seen", "", "undefined"),
        ("plug-in's own, read (“<b>cow</b>”)", "", ".10"),
    ]
    assert shown.button.text() == "More scores (4)"
    tips = [row[2].accessibleDescription() for row in shown.rows]
    assert "ROC curve .91" in tips[0]
    assert "clip" in tips[0]
    assert tips[2].startswith("There are no held-out examples.")


def test_it_opens_by_mouse_and_key_and_stays_open(qtbot: Any, detail: Any, small_project: Any) -> None:
    shown = ScoreList()
    qtbot.addWidget(shown)
    shown.show_detail(detail)
    shown.show()
    assert not shown.rows
    qtbot.mouseClick(shown.button, Qt.MouseButton.LeftButton)
    assert shown.rows[0][0].isVisible()
    shown.show_detail(detail)
    assert shown.rows[0][0].isVisible()
    qtbot.keyClick(shown.button, Qt.Key.Key_Space)
    assert not shown.rows[0][0].isVisible()
    shown.show_detail(neuron_detail(small_project, 5, "Ada"))
    assert shown.isHidden()
