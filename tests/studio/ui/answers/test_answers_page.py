"""The page of the answers: empty, then filled from the project, and a way to a neuron."""

from __future__ import annotations

import pytest

from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.storage.project import Project

ROW = {"modality": "visual", "neurons": 3, "right": 0.25, "wrong": 0.5, "effect": -0.3, "p": 0.01, "q": 0.04}
SUMMARY = {
    "samples": 20, "right": 15, "accuracy": 0.75, "left_out": 1, "significant": 1,
    "classes": [ROW, ROW | {"modality": "unclear", "wrong": None, "effect": None, "p": None, "q": None}],
}  # fmt: skip
COUNTS = {"fires_right": 2, "fires_wrong": 4, "right": 15, "wrong": 5, "p": 0.001, "q": 0.01}


@pytest.fixture
def page(window, qtbot, tmp_path):
    path = tmp_path / "p.cstudio"
    with Project.create(path, "P"):
        pass
    window.projects.open(path)
    qtbot.waitUntil(lambda: window.projects.session is not None, timeout=10_000)
    window.actions_registry.action("view.answers").trigger()
    from studio.ui.answers.page import AnswersPage

    qtbot.waitUntil(lambda: bool(window.findChildren(AnswersPage)) and window.runner.idle(), timeout=10_000)
    return window.findChildren(AnswersPage)[0]


def test_the_page_says_what_to_do_and_then_shows_the_run(page, window, qtbot) -> None:
    assert page.empty.isVisible()
    assert page.run_button.text() == "Let the model answer"
    page.run_button.click()
    qtbot.waitUntil(lambda: "does not say which data" in page.empty.text(), timeout=10_000)

    def write(project: Project) -> None:
        project.runs.finish(project.runs.start("answers", {}), SUMMARY)
        project.scores.write([Score(7, TokenKind.TEXT, "answers", "", -0.5, -0.8, 0.0, 6, COUNTS)])

    done: list[None] = []
    window.runner.db("write", write, done=done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=10_000)
    page.load()
    qtbot.waitUntil(lambda: page.classes.rowCount() == 2, timeout=10_000)
    assert "75.0 % accuracy: 15 right, 5 wrong" in page.head.text()
    cells = [[page.classes.item(r, c).text() for c in range(7)] for r in range(2)]
    assert cells[0] == ["V visual", "3", "25.0 %", "50.0 %", "-0.30", "0.01", "0.04"]
    assert cells[1] == ["? unclear", "3", "25.0 %", "–", "undefined", "undefined", "undefined"]
    assert [page.neurons.item(0, c).text() for c in range(6)] == [
        "7", "question", "6 of 20", "33.3 %", "92.9 %", "0.01"
    ]  # fmt: skip
