"""The window with a real project: open, review, export, close, fail, run a pipeline."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QMessageBox

from studio.domain.changes import Changes
from studio.domain.specs import DataSpec, ModelSpec, ProjectPlan, SaeSpec
from studio.services.annotate import rate
from studio.services.steps import Step
from studio.storage.project import Project
from studio.ui.errors import ErrorDialog
from studio.ui.project_controller import keep_plan, read_plan
from studio.ui.settings import Settings

SCENES = Path(__file__).parent / "review" / "scenes.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    if "scenes" not in sys.modules:
        spec = importlib.util.spec_from_file_location("scenes", SCENES)
        sys.modules["scenes"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["scenes"])
    return sys.modules["scenes"].make_project(tmp_path_factory.mktemp("made") / "scenes.cstudio", 12, 24)


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "scenes.cstudio"))


def settled(window):
    return window.runner.idle() and (window.review is None or window.review.pictures.idle())


@pytest.fixture
def opened(window, project, qtbot):
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(project)
    qtbot.waitUntil(lambda: settled(window), timeout=20_000)
    window.activateWindow()
    return window


def said(dialog):
    return " ".join(w.text() for w in dialog.findChildren(QLabel))


def test_opening_shows_the_review(opened, project):
    assert opened.pages.currentWidget() is opened.review
    assert opened.windowTitle() == "scenes.cstudio[*] — Concept Studio"
    assert opened.top._counts.text() == "0 / 10"
    assert opened.status._file.text() == "scenes.cstudio"
    assert Settings().recent == [project]
    assert opened.actions_registry.action("file.close").isEnabled()


def test_the_keys_of_the_review_decide_and_the_decision_is_in_the_file(opened, qtbot, project):
    opened.review.setFocus()
    opened.review.controller.show(0)
    qtbot.waitUntil(lambda: settled(opened))
    qtbot.keyClick(opened, Qt.Key.Key_4)
    qtbot.keyClick(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: settled(opened))
    assert opened.top._counts.text().startswith("1 / 10")
    assert "Saved" in opened.status._saved.text()
    opened.close()
    from studio.storage.project import Project

    with Project.open(project) as again:
        labels = again.events.labels()
        assert [(x.neuron, x.rating, x.reviewed) for x in labels] == [(0, 4, True)]


def test_the_keys_are_silent_on_other_pages_and_in_the_search_field(opened, qtbot):
    opened.actions_registry.action("view.training").trigger()
    qtbot.keyClick(opened, Qt.Key.Key_X)
    opened.actions_registry.action("edit.find").trigger()
    qtbot.waitUntil(opened.top.search.hasFocus)
    qtbot.keyClicks(opened.top.search, "xvt5")
    qtbot.waitUntil(lambda: settled(opened))
    assert opened.top.search.text() == "xvt5"
    assert opened.top._counts.text() == "0 / 10"


def test_search_narrows_the_list(opened, qtbot):
    before = opened.review.neurons.table.model().rowCount()
    opened.top.search.setText("no concept at all has this")
    qtbot.waitUntil(lambda: opened.review.neurons.table.model().rowCount() == 0)
    opened.top.search.clear()
    qtbot.waitUntil(lambda: opened.review.neurons.table.model().rowCount() == before == 10)


def test_closing_the_project_goes_back_to_the_start_page(opened, qtbot, project):
    with qtbot.waitSignal(opened.projects.closed):
        opened.actions_registry.action("file.close").trigger()
    assert opened.pages.currentWidget() is opened.start
    assert opened.windowTitle() == "Concept Studio[*]"
    assert opened.start.recent.count() == 1
    project.rename(project.with_name("moved.cstudio"))  # nothing holds it any more
    assert not list(project.parent.glob("*-wal"))


def test_a_failed_open_leaves_the_open_project(opened, qtbot, tmp_path):
    opened.projects.open(tmp_path / "gone.cstudio")
    qtbot.waitUntil(lambda: bool(opened.findChildren(ErrorDialog)))
    assert "gone.cstudio" in said(opened.findChildren(ErrorDialog)[0])
    assert opened.projects.session.path.name == "scenes.cstudio"
    assert opened.pages.currentWidget() is opened.review
    opened.review.controller.show(3)
    qtbot.waitUntil(lambda: settled(opened))
    assert opened.review.controller.detail.neuron == 3


def test_a_project_that_another_window_holds_is_refused_with_a_sentence(opened, make_window, qtbot, project):
    second = make_window()
    second.show()
    second.projects.open(project)
    qtbot.waitUntil(lambda: bool(second.findChildren(ErrorDialog)), timeout=20_000)
    text = said(second.findChildren(ErrorDialog)[0])
    assert "scenes.cstudio" in text
    assert "Traceback" not in text
    assert second.pages.currentWidget() is second.start


def test_opening_it_again_changes_nothing(opened, qtbot, project):
    opened.projects.open(project)
    qtbot.waitUntil(lambda: settled(opened))
    assert not opened.findChildren(ErrorDialog)
    assert opened.pages.currentWidget() is opened.review


def test_another_project_is_not_opened_while_a_job_runs(opened, qtbot, work, made, tmp_path):
    other = Path(shutil.copy(made, tmp_path / "other.cstudio"))
    job = opened.runner.compute("Wait", work.until_cancelled)
    qtbot.waitUntil(opened.runner.computing)
    opened.projects.open(other)
    assert "still running" in said(opened.findChildren(ErrorDialog)[0])
    opened.acts.project.close_project()
    assert opened.projects.session is not None
    job.cancel()
    qtbot.waitUntil(lambda: job.ended, timeout=20_000)


def test_a_second_project_takes_the_place_of_the_first(opened, qtbot, made, tmp_path):
    other = Path(shutil.copy(made, tmp_path / "other.cstudio"))
    with qtbot.waitSignal(opened.projects.opened, timeout=20_000):
        opened.projects.open(other)
    qtbot.waitUntil(lambda: settled(opened), timeout=20_000)
    assert opened.status._file.text() == "other.cstudio"
    assert Settings().recent[0] == other


def test_who_reviews_is_asked_when_nobody_has_said(make_window, qtbot, project, settings):
    settings.reviewer = ""
    window = make_window()
    window.show()
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(project)
    dialog = window.findChild(QDialog, "reviewer")
    dialog.field.setText("Grace")
    dialog._buttons.accepted.emit()
    qtbot.waitUntil(lambda: settled(window), timeout=20_000)
    assert window.review.controller.annotator == "Grace"
    assert window.projects.session.annotator == "Grace"
    assert Settings().reviewer == "Grace"


def export_dialog(window, qtbot):
    """The dialog, which comes once the project was asked whether its review is blind."""
    window.actions_registry.action("file.export").trigger()
    qtbot.waitUntil(lambda: window.findChild(QDialog, "export") is not None, timeout=20_000)
    return window.findChild(QDialog, "export")


def test_export_writes_what_was_reviewed(opened, qtbot, tmp_path):
    opened.review.setFocus()
    opened.review.controller.show(2)
    qtbot.waitUntil(lambda: settled(opened))
    qtbot.keyClick(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: settled(opened))
    dialog = export_dialog(opened, qtbot)
    assert dialog.filters.reviewed.isChecked()
    dialog.to.line.setText(str(tmp_path / "out.jsonl"))
    dialog.start()
    qtbot.waitUntil(lambda: bool(opened.status._word.text()))
    rows = [json.loads(text) for text in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["neuron"] for row in rows] == [2]
    assert "1 row written to out.jsonl" in opened.status._word.text()


def test_an_export_to_nowhere_is_a_sentence(opened, qtbot, tmp_path):
    dialog = export_dialog(opened, qtbot)
    dialog.to.line.setText(str(tmp_path / "no" / "such" / "out.csv"))
    dialog.start()
    assert "There is no folder" in dialog.to.below.text()
    assert not dialog.save_button.isEnabled()
    dialog.reject()
    qtbot.waitUntil(lambda: settled(opened))


def test_a_pipeline_tells_the_review_what_changed(opened, qtbot, work, monkeypatch):
    refreshed = []
    refresh = opened.review.refresh
    monkeypatch.setattr(
        opened.review, "refresh", lambda changes: (refreshed.append(changes), refresh(changes))
    )
    step = Step("Adding", lambda project: (2, 3), work.add, lambda project, n: Changes(scores=frozenset({n})))
    done = []
    opened.runner.steps("Pipeline", [step], done=done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    assert refreshed == [Changes(scores=frozenset({5}))]


def test_a_pipeline_that_fails_half_way_says_so_and_the_project_stays_open(opened, qtbot, work):
    steps = [
        Step("One", lambda project: (1, 1), work.add, lambda project, n: Changes()),
        Step("Two", lambda project: (), work.fail_for_user, lambda project, n: Changes()),
    ]
    opened.runner.steps("Pipeline", steps)
    qtbot.waitUntil(lambda: bool(opened.findChildren(ErrorDialog)), timeout=20_000)
    assert "holds no pictures" in said(opened.findChildren(ErrorDialog)[0])
    opened.review.controller.show(1)
    qtbot.waitUntil(lambda: settled(opened))


def plan_for(path):
    model, data = ModelSpec("/no/such/model"), DataSpec("/no/such/data")
    return ProjectPlan(str(path), path.stem, model, data, 2, sae=SaeSpec("/no/such/sae", "layers.2"))


def test_a_new_project_whose_model_is_gone_is_made_and_says_what_is_missing(window, qtbot, tmp_path):
    path = tmp_path / "new.cstudio"
    window.projects.new_project(plan_for(path))
    qtbot.waitUntil(lambda: bool(window.findChildren(ErrorDialog)), timeout=60_000)
    text = said(window.findChildren(ErrorDialog)[0])
    assert "/no/such" in text
    assert "Traceback" not in text
    assert path.exists()
    assert window.projects.session.path == path
    assert not window.runner.computing()


def test_the_plan_is_kept_in_the_project_and_found_again(opened, qtbot, project):
    plan, found = plan_for(project), []
    opened.runner.db("Keep", keep_plan, plan)
    opened.runner.db("Read", read_plan, done=found.append)
    qtbot.waitUntil(lambda: bool(found))
    assert found == [plan]


def test_a_project_without_a_plan_cannot_be_resumed_and_says_so(opened, qtbot):
    opened.actions_registry.action("run.resume").trigger()
    qtbot.waitUntil(lambda: bool(opened.findChildren(ErrorDialog)))
    assert "how it was made" in said(opened.findChildren(ErrorDialog)[0])


def test_quitting_with_a_project_open_leaves_one_plain_file(opened, project, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *a: pytest.fail("nothing runs: no question"))
    assert opened.close()
    assert sorted(p.name for p in project.parent.glob("scenes.cstudio*")) == ["scenes.cstudio"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_window_is_drawn_off_screen(qapp, project, tmp_path, settings, theme):
    from PySide6.QtGui import QImage

    from studio.app import render_window

    png = tmp_path / "window.png"
    render_window(project, png, (1280, 720), theme)
    image = QImage(str(png))
    assert (image.width(), image.height()) == (1280, 720)
    colors = {image.pixel(x, y) for x in range(0, 1280, 16) for y in range(0, 720, 16)}
    assert len(colors) > 30
    assert not list(project.parent.glob("*-wal"))


def test_drawing_something_that_is_no_project_raises_its_sentence(qapp, tmp_path, settings):
    from studio.app import render_window
    from studio.domain.errors import ProjectError

    with pytest.raises(ProjectError):
        render_window(tmp_path / "gone.cstudio", tmp_path / "window.png")
    assert not (tmp_path / "window.png").exists()


def test_a_history_that_was_changed_on_the_disk_is_named_when_the_project_opens(window, project, qtbot):
    with Project.open(project) as opened:
        for neuron in range(3):
            rate(opened, "Ada", neuron, 4)
    raw = sqlite3.connect(project)  # one flipped bit: SQLite's own checks pass
    raw.execute("DROP TRIGGER event_no_update")
    raw.execute("""UPDATE event SET new='{"rating":5}' WHERE neuron=1""")
    raw.execute(
        "create trigger event_no_update before update on event "
        "begin select raise(abort, 'annotations are append-only'); end"
    )
    raw.commit()
    raw.close()
    window.projects.open(project)
    qtbot.waitUntil(lambda: window.findChild(ErrorDialog) is not None, timeout=20_000)
    words = said(window.findChild(ErrorDialog))
    assert "The annotation of neuron 1 by Ada" in words
    assert "neuron 2" not in words
    window.findChild(ErrorDialog).reject()
