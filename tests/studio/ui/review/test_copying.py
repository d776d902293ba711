"""Copy picture and copy citation, through the window."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from studio.domain.shared import Policy
from studio.services.policy import set_policy


@pytest.fixture
def opened(window, qtbot, project_file):
    window.projects.open(project_file)
    qtbot.waitUntil(lambda: window.review is not None and window.review.controller.detail is not None)
    qtbot.waitUntil(window.runner.idle)
    return window


def test_the_picture_is_copied_as_it_is_drawn(opened, qtbot):
    opened.review.controller.show(0)
    qtbot.waitUntil(lambda: bool(opened.review.evidence.grid.shots))
    shot = opened.review.evidence.grid.shots[0]
    act = opened.actions_registry.action("edit.copy_image")

    def copied():
        act.trigger()
        return not QGuiApplication.clipboard().image().isNull()

    QGuiApplication.clipboard().clear()
    qtbot.waitUntil(copied)
    image = QGuiApplication.clipboard().image()
    assert image.width() / image.height() == pytest.approx(shot.sample.width / shot.sample.height, rel=0.01)
    assert image.width() >= shot.sample.width


def test_the_citation_names_neuron_and_model_and_is_refused_while_the_concept_is_hidden(opened, qtbot):
    opened.review.controller.show(2)
    qtbot.waitUntil(lambda: opened.review.controller.detail is not None)
    QGuiApplication.clipboard().clear()
    opened.actions_registry.action("edit.copy_citation").trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("Neuron 2: “"))
    assert "layer 2" in QGuiApplication.clipboard().text()
    opened.runner.db("policy", set_policy, "Bo", Policy(blind=True, lead="Bo"))
    control = opened.review.controller
    qtbot.waitUntil(lambda: control.detail is not None and control.detail.cover is not None)
    QGuiApplication.clipboard().clear()
    opened.actions_registry.action("edit.copy_citation").trigger()
    qtbot.wait(50)
    assert QGuiApplication.clipboard().text() == ""
