"""Export and import through the dialogs, with the real services in the lanes."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.storage.project import Project

SCENES = Path(__file__).parent / "review" / "scenes.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Twelve neurons; Ada has decided on four, Bo on two of them, and they differ in one class."""
    if "scenes" not in sys.modules:
        spec = importlib.util.spec_from_file_location("scenes", SCENES)
        sys.modules["scenes"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["scenes"])
    path = sys.modules["scenes"].make_project(tmp_path_factory.mktemp("made") / "scenes.cstudio", 12, 24)
    with Project.open(path) as project:
        for neuron in range(4):
            verbs.accept(project, "Ada", neuron, f"thing {neuron}")
            verbs.classify(project, "Ada", neuron, Modality.VISUAL)
        for neuron, kind in ((0, Modality.VISUAL), (1, Modality.TEXTUAL)):
            verbs.accept(project, "Bo", neuron, f"thing {neuron}")
            verbs.classify(project, "Bo", neuron, kind)
    return path


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copy(made, tmp_path / "scenes.cstudio"))


@pytest.fixture
def opened(window, project, qtbot):
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.open(project)
    qtbot.waitUntil(window.runner.idle, timeout=20_000)
    return window


def shown(opened, qtbot, action, name):
    opened.actions_registry.action(action).trigger()
    qtbot.waitUntil(lambda: opened.findChild(QDialog, name) is not None)
    qtbot.waitUntil(opened.runner.idle)
    return opened.findChild(QDialog, name)


@pytest.fixture
def exporting(opened, qtbot):
    dialog = shown(opened, qtbot, "file.export", "export")
    qtbot.waitUntil(lambda: "row" in dialog.count.text())
    return dialog


@pytest.fixture
def importing(opened, qtbot):
    return shown(opened, qtbot, "file.import", "import_labels")


def counted(dialog, qtbot, text):
    qtbot.waitUntil(lambda: dialog.count.text() == text)


def test_the_count_follows_the_filters(exporting, qtbot):
    counted(exporting, qtbot, "6 rows")
    filters = exporting.filters
    filters.classes[Modality.TEXTUAL].click()
    counted(exporting, qtbot, "1 row")
    filters.classes[Modality.TEXTUAL].click()
    filters.agree.click()
    counted(exporting, qtbot, "2 rows")
    filters.annotator.setCurrentText("Bo")
    counted(exporting, qtbot, "1 row")
    filters.adjudicated.click()
    counted(exporting, qtbot, "No row passes the filters.")


def test_where_nothing_is_reviewed_the_way_out_is_named(exporting):
    exporting._counted(0)
    assert "Untick “Reviewed only”" in exporting.count.text()
    exporting.filters.classes[Modality.TEXTUAL].click()
    exporting._counted(0)
    assert exporting.count.text() == "No row passes the filters."


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "html", "pdf", "neuronpedia", "hub"])
def test_every_format_is_written_from_the_lane(opened, exporting, qtbot, tmp_path, form):
    exporting.choose(form)
    assert exporting.to.path.parent == tmp_path
    out = exporting.to.path
    with qtbot.waitSignal(exporting.exported, timeout=30_000) as found:
        qtbot.mouseClick(exporting.save_button, Qt.MouseButton.LeftButton)
    assert (found.args[0].path, found.args[0].rows) == (out, 6)
    assert out.is_dir() == (form in ("neuronpedia", "hub"))
    qtbot.waitUntil(lambda: f"6 rows written to {out.name}" in opened.status._word.text())
    qtbot.waitUntil(lambda: opened.findChild(QDialog, "export") is None)


def test_pictures_and_the_hub_are_asked_only_where_they_matter(exporting):
    def asked():
        return exporting.look.pictures.isVisible(), exporting.look.push.isVisible()

    found = {}
    for form in ("jsonl", "csv", "parquet", "html", "pdf", "neuronpedia", "hub"):
        exporting.choose(form)
        found[form] = asked()
    assert [name for name, (pictures, _) in found.items() if pictures] == ["html", "pdf", "hub"]
    assert [name for name, (_, push) in found.items() if push] == ["hub"]
    assert exporting.look.options().pictures is False
    exporting.look.push.click()
    assert not exporting.save_button.isEnabled()
    exporting.look.repo.setText("nobody")
    assert "OWNER/NAME" in exporting.problem.text()
    exporting.look.repo.setText("ada/concepts")
    assert exporting.save_button.isEnabled()
    exporting.choose("jsonl")
    assert not exporting.look.push.isChecked()


def test_a_data_set_is_pushed_when_that_was_asked_for(
    opened, exporting, qtbot, push_hub, monkeypatch, tmp_path
):
    for name, value in (
        ("HF_ENDPOINT", push_hub.url), ("HF_TOKEN", push_hub.token), ("HF_HOME", str(tmp_path / "hf")),
        ("HF_HUB_DISABLE_XET", "1"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    exporting.choose("hub")
    exporting.look.push.click()
    exporting.look.repo.setText("ada/concepts")
    with qtbot.waitSignal(exporting.pushed, timeout=60_000) as found:
        exporting.start()
    assert found.args[0].url == f"{push_hub.url}/datasets/ada/concepts"
    assert push_hub.private == {"ada/concepts": True}
    assert push_hub.repos["ada/concepts"]["README.md"] == (tmp_path / "scenes-hub" / "README.md").read_bytes()


def test_what_is_there_is_replaced_only_when_that_was_said(exporting, qtbot, tmp_path):
    old = tmp_path / "scenes.jsonl"
    old.write_text("precious")
    exporting.start()
    assert exporting.to.replace.isVisible()
    assert not exporting.save_button.isEnabled()
    assert old.read_text() == "precious"
    exporting.to.replace.click()
    with qtbot.waitSignal(exporting.exported, timeout=20_000):
        exporting.start()
    assert len(old.read_text().splitlines()) == 6


def test_a_folder_of_ones_own_is_not_offered_for_replacement(exporting, tmp_path):
    own = tmp_path / "photos"
    own.mkdir()
    (own / "cat.jpg").write_text("precious")
    exporting.choose("hub")
    exporting.to.line.setText(str(own))
    assert not exporting.to.replace.isVisible()
    assert "no export made" in exporting.to.below.text()
    assert not exporting.save_button.isEnabled()


def test_a_cancelled_dialog_writes_nothing(opened, exporting, qtbot, tmp_path):
    before = sorted(p.name for p in tmp_path.iterdir())
    exporting.filters.reviewed.click()
    exporting.choose("html")
    exporting.reject()
    qtbot.waitUntil(opened.runner.idle)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_running_export_can_be_stopped(opened, exporting, qtbot, tmp_path, work):
    exporting.choose("pdf")
    exporting.start()
    exporting.reject()
    qtbot.waitUntil(lambda: "Nothing was written" in exporting.count.text(), timeout=20_000)
    assert not (tmp_path / "scenes.pdf").exists()
    assert exporting.save_button.isEnabled()
    assert exporting.isVisible()


def test_an_export_that_fails_says_so_and_can_be_tried_again(exporting, qtbot, tmp_path, monkeypatch):
    import os

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        exporting.choose("parquet")
        exporting.start()
        qtbot.waitUntil(lambda: "no room" in exporting.count.text(), timeout=20_000)
    with qtbot.waitSignal(exporting.exported, timeout=20_000):
        exporting.start()


def test_no_row_is_squeezed_by_a_format_with_more_words_and_fields(exporting, qtbot):
    for at in [*range(exporting.format.count()), 0]:
        exporting.format.setCurrentIndex(at)
        qtbot.wait(1)
        field, filters = exporting.filters.agreement, exporting.filters
        assert filters.rect().contains(field.geometry()), exporting.form.name
        assert filters.height() >= filters.minimumSizeHint().height(), exporting.form.name


@pytest.mark.parametrize("name", ["exporting", "importing"])
def test_every_control_has_a_name_and_a_place_in_the_tab_order(name, request):
    dialog = request.getfixturevalue(name)
    if name == "exporting":
        dialog.choose("hub")
        dialog.look.push.click()
    seen = [w for w in dialog.findChildren(QWidget) if w.isVisible()]
    fields = [w for w in seen if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    inner = [w for w in fields if not (isinstance(w, QLineEdit) and w.objectName() == "qt_spinbox_lineedit")]
    assert len(inner) > 5
    unnamed = [w for w in inner if not (w.accessibleName() or getattr(w, "text", str)())]
    assert not unnamed


def write(path, *rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(rows)
    return str(path)


def test_import_shows_what_would_change_then_does_it(opened, importing, qtbot, tmp_path, project):
    importing.annotator.setText("Cy")
    importing.file.setText(write(tmp_path / "l.csv", ("neuron", "rating"), (0, 4), (2, 5)))
    assert not importing.import_button.isEnabled()
    qtbot.waitUntil(importing.import_button.isEnabled)
    assert importing.found.text() == "2 new, 0 changed, 0 the same, 0 unknown."
    with qtbot.waitSignal(importing.imported, timeout=20_000):
        qtbot.mouseClick(importing.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Imported: 2 new" in opened.status._word.text())
    opened.close()
    with Project.open(project) as again:
        assert {x.neuron: x.rating for x in again.events.labels("Cy")} == {0: 4, 2: 5}


def test_import_names_problems_and_stays_closed(opened, importing, qtbot, tmp_path):
    importing.file.setText(write(tmp_path / "l.csv", ("neuron", "rating"), (0, 9), (99, 3)))
    qtbot.waitUntil(importing.problems.isVisible)
    assert "Line 2: A rating" in importing.problems.toPlainText()
    assert "1 unknown" in importing.found.text()
    assert not importing.import_button.isEnabled()
    importing.file.setText(str(tmp_path / "none.csv"))
    qtbot.waitUntil(lambda: "cannot be read" in importing.found.text())
    assert not importing.problems.isVisible()


def test_an_import_takes_the_rows_of_one_person(opened, importing, qtbot, tmp_path):
    rows = [
        {"neuron": 0, "annotator": who, "rating": rating, "decision": None}
        for who, rating in (("Ada", 1), ("Bo", 5))
    ]
    path = tmp_path / "l.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    importing.annotator.setText("Cy")
    importing.file.setText(str(path))
    qtbot.waitUntil(lambda: importing.of.count() == 3)
    assert "stands in line 1 already" in importing.problems.toPlainText()
    importing.of.setCurrentText("Bo")
    qtbot.waitUntil(importing.import_button.isEnabled)
    assert importing.found.text() == "1 new, 0 changed, 0 the same, 0 unknown."


def test_a_cancelled_import_changes_nothing(opened, importing, qtbot, tmp_path, project):
    importing.file.setText(write(tmp_path / "l.csv", ("neuron", "rating"), (0, 4)))
    qtbot.waitUntil(importing.import_button.isEnabled)
    importing.reject()
    qtbot.waitUntil(opened.runner.idle)
    opened.close()
    with Project.open(project) as again:
        assert all(x.rating is None for x in again.events.labels())


def test_a_running_import_can_be_stopped(opened, importing, qtbot, tmp_path, project):
    importing.file.setText(write(tmp_path / "l.csv", ("neuron", "rating"), (0, 4)))
    qtbot.waitUntil(importing.import_button.isEnabled)
    go = threading.Event()
    opened.runner.db("Keeping the lane busy", lambda _project: go.wait(60))
    importing.start()
    assert importing.progress.isVisible()
    importing.reject()
    assert importing.isVisible()
    go.set()
    qtbot.waitUntil(lambda: "Nothing was changed" in importing.found.text(), timeout=20_000)
    assert importing.import_button.isEnabled()
    assert not importing.progress.isVisible()
    importing.reject()
    opened.close()
    with Project.open(project) as again:
        assert all(x.rating is None for x in again.events.labels())
