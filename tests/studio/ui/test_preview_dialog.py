"""The preview of data through its dialog, its button and the real compute child; project information."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

import resources
from studio.domain.sample import Skipped
from studio.domain.specs import DataSpec
from studio.services import projects
from studio.ui.new_project.dialog import NewProjectDialog
from studio.ui.new_project.preview_dialog import PreviewDialog
from studio.ui.project_info import ProjectInfoDialog

WAIT = 60_000


@pytest.fixture
def data(tmp_path):
    from PIL import Image

    folder = tmp_path / "data"
    folder.mkdir()
    Image.new("RGB", (64, 48), "red").save(folder / "a.png")
    rows = [
        {"key": "one", "image": "a.png", "frage": "Wo <b>ist</b> es?", "answer": "hier"},
        {"key": "two", "image": "none.png", "frage": "Was?", "answer": "das"},
        {"key": "three", "image": ["a.png", "a.png"], "frage": "Wer?", "answer": "sie"},
    ]
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture
def form(qtbot, window, data):
    made = NewProjectDialog(window.runner, window)
    qtbot.addWidget(made)
    made.show()
    made.data.set_text(str(data))
    return made


def opened(form, qtbot):
    qtbot.mouseClick(form.data.preview, Qt.MouseButton.LeftButton)
    dialog = form.findChild(PreviewDialog)
    qtbot.waitUntil(lambda: dialog._job is None, timeout=WAIT)
    return dialog


def choose(dialog, column, field):
    choice = dialog.columns.choices[column]
    choice.setCurrentIndex(choice.findData(field))
    choice.activated.emit(choice.currentIndex())


def listed(table):
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}


def test_the_preview_shows_chooses_and_keeps_columns(form, qtbot):
    dialog = opened(form, qtbot)
    two = "64 × 48 · 64 × 48"
    assert dialog.samples.texts() == [
        "line-1 · 64 × 48",
        "Assistant: hier",
        f"line-3 · {two}",
        "Assistant: sie",
    ]
    assert listed(dialog.left_out)["line-2"] == "The picture none.png is missing."
    assert dialog.state.text() == "All 3 records looked at; 1 would be left out."
    assert not dialog.use.isEnabled()
    choose(dialog, "frage", "question")
    choose(dialog, "key", "id")
    qtbot.waitUntil(lambda: dialog._job is None and not dialog._again, timeout=WAIT)
    first, second = dialog.samples.texts()[:3], dialog.samples.texts()[3:]
    assert first == ["one · 64 × 48", "User: Wo <b>ist</b> es?", "Assistant: hier"]
    assert second == [f"three · {two}", "User: Wer?", "Assistant: sie"]
    dialog.use.click()
    wanted = (("key", "id"), ("image", "image"), ("frage", "question"), ("answer", "answer"))
    assert form.data.spec() == DataSpec(form.data.text(), None, columns=wanted)
    assert form.plan().data.columns == wanted
    qtbot.keyClicks(form.data.source.line, "x")
    assert form.data.spec().columns == ()


def test_a_field_is_taken_from_one_column(form, qtbot):
    dialog = opened(form, qtbot)
    choose(dialog, "frage", "answer")
    assert dict(dialog.columns.columns()) == {"key": "", "image": "image", "frage": "answer", "answer": ""}
    qtbot.waitUntil(lambda: dialog._job is None, timeout=WAIT)
    assert dialog.samples.texts()[1::2] == ["Assistant: Wo <b>ist</b> es?", "Assistant: Wer?"]


def test_a_closed_preview_changes_nothing(form, qtbot):
    dialog = opened(form, qtbot)
    choose(dialog, "frage", "question")
    dialog.close_button.click()
    assert form.data.spec().columns == ()


def test_with_a_model_its_words_and_tokens_are_shown(form, qtbot):
    form.model.set_text(str(resources.folder("demo", "llava-next-scenes")))
    dialog = opened(form, qtbot)
    facts, written, _, of_two = dialog.samples.texts()
    assert "image tokens" in facts
    assert written.startswith("<|user|><image>")
    assert (written.count("<image>"), of_two.count("<image>")) == (1, 2)


def test_what_cannot_be_read_is_said_in_the_dialog(form, qtbot, data):
    (data / "samples.jsonl").write_text("")
    dialog = opened(form, qtbot)
    assert "No sample" in dialog.state.text()
    assert dialog.samples.texts() == []


def test_a_split_is_checked_and_kept(form):
    form.data.split.setText("[:1]")
    form.data.split.editingFinished.emit()
    assert form.data.facts.problem == ""
    assert form.plan().data.split == "[:1]"
    form.data.split.setText("[:900%]")
    form.data.split.editingFinished.emit()
    assert "100 %" in form.data.source.below.text()
    assert not form.data.preview.isEnabled()


def test_project_information_lists_what_was_left_out(window, qtbot, tmp_path):
    path = tmp_path / "mine.cstudio"
    with projects.create_project(path, "Mine") as project:
        project.skipped.write([Skipped("s<1>", "The picture a.png is missing."), Skipped("s2", "No text.")])
    window.projects.open(Path(path))
    qtbot.waitUntil(lambda: window.projects.session is not None, timeout=WAIT)
    window.actions_registry.action("file.info").trigger()
    qtbot.waitUntil(lambda: window.findChild(ProjectInfoDialog) is not None, timeout=WAIT)
    dialog = window.findChild(ProjectInfoDialog)
    assert listed(dialog.left_out) == {"s<1>": "The picture a.png is missing.", "s2": "No text."}
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert f"File: {path}" in copied
    assert "Left out: s<1>: The picture a.png is missing." in copied
