"""The page of the threshold sweep, with a real project."""

from __future__ import annotations

import pytest

from studio.domain.concept import Alignment, Verdict
from studio.domain.modality import Modality, TokenKind
from studio.services import sweep as service
from studio.storage.project import Project


@pytest.fixture
def project(tmp_path):
    """Three neurons: one seen at .5, one read at .3, one without a concept."""
    path = tmp_path / "three.cstudio"
    with Project.create(path) as made:
        run = made.runs.start("score", {"threshold": 0.0, "q": 0.05, "aligner_id": "clip"})
        made.runs.finish(run, {})
        for neuron, (side, a) in enumerate(((TokenKind.IMAGE, 0.5), (TokenKind.TEXT, 0.3))):
            made.alignments.write(
                [Alignment(neuron, side, "dog", "clip", a, 10 * a, 0.01, 0.01, 1, 0.5, 9, 5)]
            )
        none = Modality.UNCLEAR, 0.0, 1.0, 0.5, Modality.MULTIMODAL, False
        made.verdicts.write(Verdict(n, None, *none) for n in range(3))
        service.class_again(made)
    return path


@pytest.fixture
def page(window, project, qtbot):
    with qtbot.waitSignal(window.projects.opened, timeout=60_000):
        window.projects.open(project)
    window.actions_registry.action("view.sweep").trigger()
    settle(window, qtbot)
    return window.pages.currentWidget()


def shown(window):
    return window.pages.currentWidget()


def settle(window, qtbot):
    def ready():
        return shown(window).plot is not None and shown(window).sweep is not None and window.runner.idle()

    qtbot.waitUntil(ready, timeout=60_000)


def test_moving_the_line_counts_and_choosing_classes_again(window, page, project, qtbot):
    assert window.pages.currentWidget() is page
    assert page.counts.text() == "V 1 visual   T 1 textual   M 0 multimodal   ? 1 unclear (33 %)"
    page.plot.moved.emit(0.4)
    assert page.value.value() == 0.4
    assert page.counts.text() == "V 1 visual   T 0 textual   M 0 multimodal   ? 2 unclear (67 %)"
    with qtbot.waitSignal(window.runner.changes, timeout=30_000) as told:
        page.button.click()
    settle(window, qtbot)
    assert told.args[0].scores == {1}
    assert "mean cosine above 0.4" in page.follows.text()
    page.scale.setCurrentText("z against the background")
    settle(window, qtbot)
    qtbot.waitUntil(lambda: page.sweep.scale == "z", timeout=30_000)
    page.value.setValue(4)
    assert page.counts.text().startswith("V 1 visual   T 0 textual")
    window.themes.choose("light")
    window.projects.close()
    qtbot.waitUntil(window.runner.idle, timeout=30_000)
    with Project.open(project) as after:
        assert after.verdicts.get(1).modality is Modality.UNCLEAR
        assert after.runs.last("threshold").config["threshold"] == 0.4


def test_without_scores_the_page_says_so(window, tmp_path, qtbot):
    with Project.create(tmp_path / "bare.cstudio"):
        pass
    with qtbot.waitSignal(window.projects.opened, timeout=60_000):
        window.projects.open(tmp_path / "bare.cstudio")
    window.actions_registry.action("view.sweep").trigger()
    qtbot.waitUntil(lambda: "Nothing is scored" in shown(window).empty.text(), timeout=60_000)
    qtbot.waitUntil(lambda: not shown(window)._timer.isActive() and window.runner.idle(), timeout=60_000)
