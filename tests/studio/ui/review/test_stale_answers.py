"""Answers of the project that come late or not at all: told, and never shown for what somebody else said."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.domain.errors import DiskFullError, ProjectError
from studio.services import annotate
from studio.ui.review import detail_reader, verbs
from studio.ui.review.reading import load_detail


def test_a_neuron_that_could_not_be_read_is_read_when_it_is_asked_for_again(desk, monkeypatch) -> None:
    told: list[str] = []
    desk.runner.failed.connect(lambda title, _error: told.append(title))

    def damaged(project, neuron, annotator):
        if neuron == 20:
            raise ProjectError("The evidence of neuron 20 is damaged.")
        return load_detail(project, neuron, annotator)

    monkeypatch.setattr(detail_reader, "load_detail", damaged)
    desk.control.show(20)
    desk.settle()
    assert told == ["Reading neuron 20"]
    assert desk.control.detail is None
    monkeypatch.setattr(detail_reader, "load_detail", load_detail)
    desk.control.show(0)
    desk.control.show(20)
    desk.settle()
    assert desk.control.detail.neuron == 20


def test_what_is_saved_late_is_not_shown_as_said_by_who_reviews_now(desk, monkeypatch) -> None:
    neuron, full = desk.control.current, [True]

    def rate(_rating):
        def write(project, who):
            if full[0]:
                raise DiskFullError("The disk is full. Make room, then try again.")
            return annotate.rate(project, who, neuron, 4)

        return lambda _neuron, _seen: write

    monkeypatch.setattr(verbs, "rate", rate)
    desk.key(Qt.Key.Key_4)
    desk.view.set_annotator("Bo")
    desk.settle()
    full[0] = False
    desk.view.problem.retry.click()
    desk.settle()
    assert desk.label(neuron, "Ada").rating == 4
    assert desk.label(neuron, "Bo").rating is None
    assert desk.control.rows.columns.table.rating[neuron] == 0
    assert not desk.actions.action("edit.undo").isEnabled(), "Bo has nothing to undo"


def test_words_typed_in_one_project_do_not_wait_in_the_next_one(desk) -> None:
    side, tags = desk.view.decision.side, desk.view.decision.tags
    neuron = desk.control.current
    desk.actions.action("view.discussion").trigger()
    side.discussion.field.setPlainText("Only for the first project.")
    tags.field.setText("half a ta")
    side.guidelines.start_editing()
    side.guidelines.editor.setPlainText("# Rules of the first project")
    desk.view.close_project()
    desk.open()
    desk.control.show(neuron)
    desk.settle()
    assert side.discussion.field.toPlainText() == ""
    assert tags.field.text() == ""
    assert not side.guidelines.editing
    assert desk.uncommitted[-1] is False


def test_text_of_another_size_is_taken_at_once(desk) -> None:
    desk.control.show(1)  # a textual one
    desk.settle()
    texts, delegate = desk.view.evidence.texts, desk.view.neurons.table.itemDelegate()
    before, narrow = texts.blocks[0].height, delegate._metrics[True].horizontalAdvance("concept")
    desk.themes.set_text_percent(150)
    try:
        desk.settle()
        assert texts.blocks[0].height > 1.3 * before
        assert delegate._metrics[True].horizontalAdvance("concept") > 1.3 * narrow
    finally:
        desk.themes.set_text_percent(100)
