"""Compare with baselines in the window: ask, run in the compute lane, see the result, cancel, fail."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel

import resources
from studio.domain.context import Quiet
from studio.services.planted import plant
from studio.services.planted_plan import PlantSpec
from studio.storage.project import Project
from studio.ui.study.dialog import StudyDialog
from studio.ui.study.page import COMING, EMPTY, STOPPED, StudyPage

CLIP = str(resources.folder("demo", "clip-scenes"))
BANK = str(resources.folder("demo", "concepts.jsonl"))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A planted project that says which aligner its proposals were made with."""
    path = tmp_path_factory.mktemp("study") / "planted.cstudio"
    plant(PlantSpec(6, 200, 0.0, 0.0, seed=3), path, Quiet())
    with Project.open(path) as project:
        run = project.runs.start("propose", {"aligner": CLIP, "bank": BANK})
        project.runs.finish(run, {})
    return path


@pytest.fixture
def page(window, planted, qtbot):
    with qtbot.waitSignal(window.projects.opened, timeout=60_000):
        window.projects.open(planted)
    window.actions_registry.action("view.study").trigger()
    found = window.pages.currentWidget()
    assert isinstance(found, StudyPage)
    qtbot.waitUntil(window.runner.idle, timeout=60_000)
    return found


def test_ask_compare_and_look(window, page, tmp_path, qtbot, monkeypatch):
    assert page.result is None
    assert page.empty.text() == EMPTY
    assert not page.report_button.isVisible()
    page.first_button.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(StudyDialog)), timeout=60_000)
    (dialog,) = window.findChildren(StudyDialog)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.seeds.setValue(1)
    dialog.methods["whole-image"].setChecked(False)
    dialog.start_button.click()
    assert page.job is not None
    assert page.cancel_button.isVisible()
    assert page.empty.text() == COMING
    assert not page.first_button.isVisible()
    qtbot.waitUntil(lambda: page.result is not None and window.runner.idle(), timeout=120_000)
    assert (tmp_path / "out" / "report.html").exists()
    assert page.job is None
    assert not page.cancel_button.isVisible()
    table = page.result.tables["image"]
    others = {table.item(row, 1).text() for row in range(table.rowCount())}
    assert others == {"Random evidence"}
    said = [words.text() for words in page.result.findChildren(QLabel)]
    assert any("same as ours" in text for text in said)
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page.report_button.click()
    page.folder_button.click()
    assert opened == [str(tmp_path / "out" / "report.html"), str(tmp_path / "out")]
    (tmp_path / "out" / "report.html").unlink()
    page.report_button.click()
    assert "not there any more" in page.message.text()
    for theme in ("light", "dark"):
        window.themes.choose(theme)
        colour = window.themes.theme.color("text")
        picture = page.result.plots[0].grab().toImage()
        assert any(
            picture.pixelColor(x, y) == colour
            for x in range(picture.width())
            for y in range(min(40, picture.height()))
        )
    window.projects.close()
    qtbot.waitUntil(window.runner.idle, timeout=30_000)
    assert page.result is None


def test_cancel_and_failure_leave_a_sentence(window, page, tmp_path, qtbot):
    page.start(tmp_path / "out", {"seeds": 1})
    page.cancel_button.click()
    qtbot.waitUntil(lambda: page.job is None and window.runner.idle(), timeout=120_000)
    assert page.message.text() == STOPPED
    assert page.compare_button.isEnabled()
    page.start(tmp_path / "out", {"seeds": 1, "aligner": "/nowhere/clip"})
    qtbot.waitUntil(lambda: page.job is None and window.runner.idle(), timeout=120_000)
    assert "clip" in page.message.text()
    assert page.message.isVisible()


def test_the_dialog_says_what_stands_in_the_way(qtbot, tmp_path):
    dialog = StudyDialog(tmp_path / "report")
    qtbot.addWidget(dialog)
    chosen = []
    dialog.chosen.connect(lambda *given: chosen.append(given))
    assert not dialog.methods["ours"].isEnabled()
    for name in ("whole-image", "no-text", "random"):
        dialog.methods[name].setChecked(False)
    assert not dialog.start_button.isEnabled()
    assert "at least one method" in dialog.problem.text()
    dialog.methods["random"].setChecked(True)
    dialog.folder.clear()
    assert "folder" in dialog.problem.text()
    (tmp_path / "file").write_text("")
    dialog.folder.setText(str(tmp_path / "file"))
    assert "a file" in dialog.problem.text()
    dialog.folder.setText(str(tmp_path / "report"))
    dialog.neurons.setValue(0)
    assert dialog.neurons.text() == "All"
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert chosen == [(tmp_path / "report", {"methods": ("ours", "random"), "seeds": 3, "neurons": 0})]


def test_qt_reads_the_plots(qtbot):
    from studio.services.study.plots import Dot, dot_plot
    from studio.ui.study.plot_view import NAMES

    colours = dict.fromkeys(NAMES, "#112233")
    svg = dot_plot("A & B", [Dot("<ours>", 0.5, 0.4, 0.6, "ours")], colours)
    assert QSvgRenderer(svg.encode()).isValid()
