"""Merging, batches, copies, gold, agreement and adjudication through the window."""

from __future__ import annotations

import csv
import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton

from studio.domain.annotation import Decision
from studio.domain.modality import Modality
from studio.domain.shared import Gold, Policy
from studio.services.agreement import agreement
from studio.services.annotate import accept, classify, rate, reject
from studio.services.policy import set_policy
from studio.storage.project import Project
from studio.ui.errors import ErrorDialog
from studio.ui.together.copy_dialog import suggested
from studio.ui.together.rows_model import RowsTable

SCENES = Path(__file__).parents[1] / "review" / "scenes.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    if "scenes" not in sys.modules:
        spec = importlib.util.spec_from_file_location("scenes", SCENES)
        sys.modules["scenes"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["scenes"])
    return sys.modules["scenes"].make_project(tmp_path_factory.mktemp("made") / "scenes.cstudio", 12, 24)


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "lead.cstudio"))


def work(path, who):
    """Ada and Cy agree on neuron 2 and 3, nobody on 1."""
    concept = {"Ada": "dog", "Bo": "cat", "Cy": "dog"}[who]
    with Project.open(path) as opened:
        accept(opened, who, 1, f"{concept} of {who}")
        reject(opened, who, 2) if who == "Bo" else accept(opened, who, 2, concept)
        accept(opened, who, 3, "tree")
        classify(opened, who, 3, Modality.VISUAL)
        rate(opened, who, 3, {"Ada": 5, "Bo": 4, "Cy": 4}[who])


@pytest.fixture
def copies(project, tmp_path):
    made = [tmp_path / f"{who}.cstudio" for who in ("Ada", "Bo", "Cy")]
    for path in made:
        shutil.copy(project, path)
        work(path, path.stem)
    return made


@pytest.fixture
def opened(window, project, qtbot):
    window.settings.reviewer = "Lead"
    window.projects.set_annotator("Lead")
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(project)
    settle(window, qtbot)
    return window


def settle(window, qtbot):
    def quiet():
        return window.runner.idle() and (window.review is None or window.review.pictures.idle())

    qtbot.waitUntil(quiet, timeout=20_000)
    qtbot.wait(1)
    qtbot.waitUntil(quiet, timeout=20_000)


def ask(window, qtbot, fn, *args):
    found = []
    window.runner.db("ask", fn, *args, done=found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=10_000)
    return found[0]


def dialog(window, name):
    (found,) = [one for one in window.findChildren(QDialog) if one.objectName() == name and one.isVisible()]
    return found


def trigger(window, qtbot, action):
    window.actions_registry.action(action).trigger()
    settle(window, qtbot)


def adjudicating(window, qtbot):
    """The page with the keyboard: shortcuts work in the active window only."""
    trigger(window, qtbot, "view.adjudication")
    window.activateWindow()
    window.pages.currentWidget().setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    return window.pages.currentWidget()


def cells(model: QAbstractItemModel, row: int) -> list[str]:
    return [model.index(row, column).data() for column in range(model.columnCount())]


def merged(window, qtbot, copies):
    window.acts.together.merge(copies)
    settle(window, qtbot)
    shown = dialog(window, "merge")
    shown.merge()
    settle(window, qtbot)
    return shown


def drop(window, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(QPoint(100, 100)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)


def test_merging_shows_what_comes_and_then_what_differs(opened, copies, project, qtbot, tmp_path):
    (tmp_path / "notes.cstudio").write_text("no project")
    trigger(opened, qtbot, "file.merge")
    shown = dialog(opened, "merge")
    QAbstractItemModelTester(shown.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert (shown.merge_button.isEnabled(), shown.note.text()) == (False, "No copy is chosen yet.")
    shown.add_files([*copies, tmp_path / "notes.cstudio"])
    settle(opened, qtbot)
    assert cells(shown.model, 0)[:5] == ["Ada.cstudio", "Ada", "5", "0", "0"]
    assert cells(shown.model, 2)[1:5] == ["Cy", "5", "0", "2"]
    assert "notes.cstudio was not merged" in shown.note.text()
    shown.merge()
    settle(opened, qtbot)
    result = shown.result
    assert result._title.text() == "15 new annotations in lead.cstudio"
    assert [cells(result.model, row)[:3] for row in range(result.model.rowCount())] == [
        ["1", "annotators", "concept"],
        ["2", "annotators", "decision"],
    ]
    assert cells(result.model, 1)[3] == "Ada: accepted “dog”; Bo: rejected; Cy: accepted “dog”"
    qtbot.mouseClick(result.all_button, Qt.MouseButton.LeftButton)
    settle(opened, qtbot)
    assert opened.pages.currentWidget() is opened.review
    assert sorted(opened.review.controller.rows.rows.tolist()) == [1, 2]
    assert ask(opened, qtbot, lambda p: p.events.count()) == 15
    assert len(list(project.with_name("lead.backups").iterdir())) == 1


def spoiled(good, made, folder):
    """Files that are no copies that can be merged, and what is said about each."""
    newer = bytearray(good.read_bytes())
    newer[60:64] = (99).to_bytes(4, "big")  # the user version of SQLite's header
    (folder / "newer.cstudio").write_bytes(bytes(newer))
    other = Path(shutil.copy(made, folder / "Ünï — 名 <b>.cstudio"))
    with Project.open(other) as another:
        another.meta.set("project_id", "another")
    (folder / "empty.cstudio").touch()
    (folder / "folder.cstudio").mkdir()
    names = ("newer.cstudio", other.name, "empty.cstudio", "folder.cstudio", "gone.cstudio")
    return [folder / name for name in names]


def test_every_bad_copy_is_a_sentence_and_changes_nothing(opened, copies, project, made, qtbot, tmp_path):
    """A newer version, another project, no project, a folder, nothing, the same copy twice, the project."""
    bad = [*spoiled(copies[0], made, tmp_path), project]
    before = {path: path.read_bytes() for path in (bad[0], bad[2])}
    opened.acts.together.merge([*bad, copies[0], copies[0]])
    settle(opened, qtbot)
    shown = dialog(opened, "merge")
    said = [report.problem for report in shown.reports]
    assert [bool(text) for text in said] == [True] * 6 + [False, True]
    assert all(text.endswith(".") and "Traceback" not in text for text in said if text)
    for row, path in enumerate(bad):
        shown.table.selectRow(row)
        assert path.name in shown.note.text()
    shown.reject()
    assert ask(opened, qtbot, lambda p: p.events.count()) == 0
    assert {path: path.read_bytes() for path in before} == before


def test_a_cancelled_merge_changes_nothing(opened, copies, qtbot):
    opened.acts.together.merge(copies)
    settle(opened, qtbot)
    shown = dialog(opened, "merge")
    shown.table.selectRow(1)
    qtbot.mouseClick(shown.remove_button, Qt.MouseButton.LeftButton)
    settle(opened, qtbot)
    assert [cells(shown.model, row)[0] for row in range(2)] == ["Ada.cstudio", "Cy.cstudio"]
    shown.reject()
    assert ask(opened, qtbot, lambda p: p.events.count()) == 0


def test_a_blind_annotator_is_not_told_what_others_said(opened, copies, qtbot):
    ask(opened, qtbot, set_policy, "Somebody else", Policy(blind=True))
    shown = merged(opened, qtbot, copies)
    assert shown.result.model.rowCount() == 0
    assert "shown to the lead only" in shown.result._heading.text()
    assert shown.result.all_button.isHidden()
    trigger(opened, qtbot, "view.agreement")
    assert "reviewed blind" in opened.pages.currentWidget().empty.text()
    trigger(opened, qtbot, "view.adjudication")
    assert "reviewed blind" in opened.pages.currentWidget().empty.text()


def test_a_copy_dropped_on_the_window_is_offered_to_be_merged(opened, copies, project, qtbot, made, tmp_path):
    drop(opened, copies[:2])
    settle(opened, qtbot)
    shown = dialog(opened, "merge")
    assert shown.paths == copies[:2]
    shown.reject()
    other = Path(shutil.copy(made, tmp_path / "other.cstudio"))
    with Project.open(other) as another:
        another.meta.set("project_id", "another")
    with qtbot.waitSignal(opened.projects.opened, timeout=20_000):
        drop(opened, [other])
    settle(opened, qtbot)
    assert opened.projects.session.path == other


def test_the_adjudicator_decides_with_single_keys(opened, copies, qtbot):
    merged(opened, qtbot, copies).accept()
    page = adjudicating(opened, qtbot)
    QAbstractItemModelTester(page.list.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert (page.neuron(), page.list.counts.text()) == (1, "0 / 2")
    names = [card.button.accessibleName() for card in page.case.cards]
    assert names == [f"Pick the label of {who}, key {n}" for n, who in enumerate(("Ada", "Bo", "Cy"), 1)]
    qtbot.keyClick(page, "2")
    settle(opened, qtbot)
    assert (page.neuron(), page.list.counts.text()) == (2, "1 / 2")
    qtbot.keyClick(page.list.table, "x")  # keys work where the list has the focus, too
    settle(opened, qtbot)
    finals = ask(opened, qtbot, lambda p: p.events.finals())
    assert (finals[1].concept, finals[1].picked, finals[1].by) == ("cat of Bo", "Bo", "Lead")
    assert finals[2].decision is Decision.REJECTED
    assert page.list.undo_button.text() == "Undo: adjudicate, neuron 2"
    qtbot.mouseClick(page.list.undo_button, Qt.MouseButton.LeftButton)
    settle(opened, qtbot)
    assert (page.neuron(), page.list.counts.text()) == (2, "1 / 2")
    qtbot.keyClick(page, "e")
    assert page.case.own.concept.hasFocus()
    qtbot.keyClicks(page.case.own.concept, "2 dogs")
    assert ask(opened, qtbot, lambda p: sorted(p.events.finals())) == [1]  # the digit was text
    qtbot.keyClick(page.case.own.concept, Qt.Key.Key_Return)
    settle(opened, qtbot)
    final = ask(opened, qtbot, lambda p: p.events.finals())[2]
    assert (final.decision, final.concept, final.picked) == (Decision.EDITED, "2 dogs", "")
    assert page.list.counts.text() == "2 / 2"
    assert "Decided by Lead: “2 dogs”" in page.case._state.text()
    page.list.near.setChecked(True)
    settle(opened, qtbot)
    assert page.list.counts.text() == "2 / 3"  # neuron 3 has ratings one step apart
    qtbot.keyClick(page, "o")
    settle(opened, qtbot)
    assert opened.pages.currentWidget() is opened.review
    assert opened.review.controller.current == 2


def test_a_key_pressed_twice_decides_on_no_neuron_that_was_not_seen(opened, copies, qtbot):
    merged(opened, qtbot, copies).accept()
    page = adjudicating(opened, qtbot)
    chosen = []

    def press_at_once(neuron):
        """The neuron is selected, its labels are still on their way."""
        chosen.append(neuron)
        qtbot.keyClick(page, "2")

    page.list.chosen.connect(press_at_once)
    qtbot.keyClick(page, "1")
    qtbot.keyClick(page, "2")
    settle(opened, qtbot)
    assert chosen == [2]
    finals = ask(opened, qtbot, lambda p: p.events.finals())
    assert {neuron: final.picked for neuron, final in finals.items()} == {1: "Ada"}


def test_words_that_are_being_typed_stay_when_labels_come(opened, copies, qtbot):
    merged(opened, qtbot, copies).accept()
    page = adjudicating(opened, qtbot)
    qtbot.keyClick(page, "e")
    qtbot.keyClicks(page.case.own.concept, "two do")
    opened.runner.db("rate", rate, "Dee", 1, 5)  # somebody's label arrives
    settle(opened, qtbot)
    qtbot.keyClicks(page.case.own.concept, "gs")
    qtbot.keyClick(page.case.own.concept, Qt.Key.Key_Return)
    settle(opened, qtbot)
    assert ask(opened, qtbot, lambda p: p.events.finals())[1].concept == "two dogs"
    assert (page.neuron(), page.case.own.concept.text()) == (2, "")


def test_a_decision_that_fails_stays_on_the_screen(opened, copies, qtbot):
    merged(opened, qtbot, copies).accept()
    page = adjudicating(opened, qtbot)
    ask(opened, qtbot, lambda p: p.database.execute("PRAGMA query_only=ON"))
    qtbot.keyClick(page, "1")
    settle(opened, qtbot)
    assert "Not saved" in page.problem.text()
    assert page.problem.isVisible()
    assert page.neuron() == 1
    ask(opened, qtbot, lambda p: p.database.execute("PRAGMA query_only=OFF"))
    qtbot.keyClick(page, "1")
    settle(opened, qtbot)
    assert page.problem.isHidden()
    assert page.neuron() == 2


def test_the_agreement_page_shows_the_table_and_saves_it(opened, copies, qtbot, tmp_path):
    trigger(opened, qtbot, "view.agreement")
    page = opened.pages.currentWidget()
    assert "once two annotators" in page.empty.text()
    opened.acts.together.merge(copies)
    settle(opened, qtbot)
    dialog(opened, "merge").merge()
    settle(opened, qtbot)
    dialog(opened, "merge").accept()
    assert page.who.text() == "Ada, Bo and Cy: 3 neurons were decided by two or more."
    expected = ask(opened, qtbot, lambda p: agreement(p, "Lead"))
    in_sight = [page.model.rows[i].about for i in range(page.model.rowCount())]
    assert in_sight == [row for row in expected.rows if row.group == "all neurons"]
    page.group.setCurrentText("Rating 4")
    settle(opened, qtbot)
    assert {row.about.group for row in page.model.rows} == {"rating 4"}
    page.save(tmp_path / "table.csv")
    settle(opened, qtbot)
    with open(tmp_path / "table.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(expected.rows)
    page.grab()  # the delegate draws defined and undefined rows


def test_batches_are_assigned_in_the_dialog(opened, qtbot):
    trigger(opened, qtbot, "neurons.assign")
    shown = dialog(opened, "assign")
    shown.names.setText("Ada, Bo")
    shown.overlap.setValue(3)
    shown.go()
    settle(opened, qtbot)
    assert "smaller overlap" in shown.note.text()
    shown.overlap.setValue(2)
    shown.which.setCurrentText("These neurons")
    shown.typed.setText("1, 2, x")
    shown.go()
    assert "no neuron" in shown.note.text()
    shown.typed.setText("1-3")
    shown.go()
    settle(opened, qtbot)
    given = ask(opened, qtbot, lambda p: p.events.assignments())
    assert {n: a.annotators for n, a in given.items()} == dict.fromkeys((1, 2, 3), ("Ada", "Bo"))


def test_a_copy_is_made_for_an_annotator(opened, project, qtbot, tmp_path):
    target = tmp_path / "for Bo.cstudio"
    trigger(opened, qtbot, "file.copy")
    shown = dialog(opened, "copy")
    assert not shown.go_button.isEnabled()
    shown.name.setEditText("Bo")
    shown.go_button.click()
    files = shown.findChild(QFileDialog)
    assert files.selectedFiles() == [str(tmp_path / "lead-Bo.cstudio")]
    files.selectFile(str(target))
    files.accept()
    settle(opened, qtbot)
    with Project.open(target) as copy:
        assert copy.neuron_count() == 12
    assert suggested(project, "../ó: x").name == "lead-ó-x.cstudio"


def test_a_neuron_is_marked_as_gold_and_unmarked(opened, qtbot):
    opened.show_neuron(3)
    settle(opened, qtbot)
    trigger(opened, qtbot, "neurons.gold")
    shown = dialog(opened, "gold")
    shown.go()
    settle(opened, qtbot)
    assert "Say what is true" in shown.note.text()
    shown.concept.setText("dog")
    shown.modality.setCurrentText("textual")
    shown.go()
    settle(opened, qtbot)
    assert ask(opened, qtbot, lambda p: p.events.golds()) == {3: Gold("dog", Modality.TEXTUAL, None, "Lead")}
    trigger(opened, qtbot, "neurons.gold")
    shown = dialog(opened, "gold")
    assert (shown.concept.text(), shown.modality.currentText()) == ("dog", "textual")
    shown.unmark_button.click()
    settle(opened, qtbot)
    assert ask(opened, qtbot, lambda p: p.events.golds()) == {}


def test_all_of_it_needs_an_open_project(window, qtbot):
    for action in ("file.merge", "file.copy", "neurons.assign", "view.agreement", "view.adjudication"):
        assert not window.actions_registry.action(action).isEnabled()
    window.acts.together.merge()
    assert window.findChildren(ErrorDialog)


def test_every_control_has_a_name(opened, copies, qtbot):
    merged(opened, qtbot, copies).accept()
    for action in ("view.agreement", "view.adjudication"):
        trigger(opened, qtbot, action)
        page = opened.pages.currentWidget()
        for button in page.findChildren(QPushButton):
            assert button.accessibleName() or button.text()
        assert page.findChild(RowsTable).accessibleName()
