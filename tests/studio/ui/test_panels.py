"""Jobs pane, training curves, status and top bar, guide, error dialog: each through what it shows."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QLabel, QPlainTextEdit

from studio.domain.errors import DataError
from studio.services.jobs import ComputeError, JobState
from studio.ui.curve_series import MAX_POINTS, Series
from studio.ui.errors import CrashHook, ErrorDialog, report, sentence
from studio.ui.help_browser import HelpBrowser
from studio.ui.help_viewer import HelpViewer, help_pages
from studio.ui.labels import duration


def texts(widget):
    return " ".join(w.text() for w in widget.findChildren(QLabel))


def test_a_job_is_shown_with_progress_and_log_and_can_be_cancelled(window, qtbot, work):
    job = window.runner.compute("Waiting for nothing", work.until_cancelled)
    qtbot.waitUntil(lambda: job.state is JobState.RUNNING and job.progress.text == "waiting", timeout=20_000)
    row = window.jobs.row(job)
    qtbot.waitUntil(lambda: "waiting" in texts(row))
    assert "Waiting for nothing" in texts(row)
    assert window.status._title.text() == "Waiting for nothing"
    row.cancel_button.click()
    assert not row.cancel_button.isEnabled()
    qtbot.waitUntil(lambda: "Cancelled" in texts(row), timeout=20_000)
    assert row.cancel_button.isHidden()
    assert window.status._title.isHidden()


def test_a_failed_job_says_why_in_the_pane_and_in_a_dialog(window, qtbot, work):
    job = window.runner.compute("Reading", work.fail_for_user)
    qtbot.waitUntil(lambda: bool(window.findChildren(ErrorDialog)), timeout=20_000)
    assert "holds no pictures" in texts(window.findChildren(ErrorDialog)[0])
    assert "holds no pictures" in texts(window.jobs.row(job))


def test_the_log_shows_the_chosen_job(window, qtbot, work):
    first = window.runner.compute("First", work.count, 3)
    second = window.runner.compute("Second", work.add, 1, 2)
    qtbot.waitUntil(lambda: second.ended and first.ended, timeout=20_000)
    log = window.jobs.findChild(QPlainTextEdit)
    window.jobs.show_log(first)
    assert log.toPlainText() == "all counted"
    window.jobs.show_log(second)
    assert log.toPlainText() == ""


def test_db_jobs_do_not_fill_the_pane(window, qtbot):
    job = window.runner.close_project()
    qtbot.waitUntil(lambda: job.ended)
    assert window.jobs.row(job) is None


def test_cancel_in_the_menu_cancels_all(window, qtbot, work):
    jobs = [window.runner.compute("Wait", work.until_cancelled) for _ in range(2)]
    qtbot.waitUntil(lambda: all(window.jobs.row(job) for job in jobs), timeout=20_000)
    window.actions_registry.action("run.cancel").trigger()
    qtbot.waitUntil(lambda: all(job.state is JobState.CANCELLED for job in jobs), timeout=20_000)


def test_curves_are_drawn_while_the_page_is_in_front(window, qtbot, work):
    window.show_page(window.training)
    qtbot.waitUntil(lambda: window.training._plots is not None, timeout=20_000)
    job = window.runner.compute("Training", work.count, 50)
    qtbot.waitUntil(lambda: job.ended, timeout=20_000)
    curve = window.training._plots._curves["loss"][0]
    qtbot.waitUntil(lambda: curve.getOriginalDataset()[0] is not None)
    qtbot.waitUntil(lambda: list(curve.getOriginalDataset()[0]) == list(range(50)))
    assert list(curve.getOriginalDataset()[1]) == pytest.approx([1 / (i + 1) for i in range(50)])
    window.themes.choose("light")
    qtbot.wait(150)


def test_the_next_job_starts_new_curves(window, qtbot, work):
    for _ in range(2):
        job = window.runner.compute("Training", work.count, 5)
        qtbot.waitUntil(lambda job=job: job.ended, timeout=20_000)
    qtbot.waitUntil(lambda: window.training.series["loss"].steps == list(range(5)))


def test_a_long_curve_stays_small_and_keeps_its_ends():
    series = Series()
    for step in range(100_000):
        series.add(step, float(step))
    assert len(series.steps) < MAX_POINTS
    assert series.steps[0] == 0
    assert series.steps[-1] > 95_000
    assert series.last == 99_999.0
    assert series.steps == sorted(series.steps)
    assert [float(s) for s in series.steps] == series.values


def test_what_could_not_be_saved_stays_in_sight(window):
    window.status.set_saved(False, "The disk is full.")
    assert "Not saved" in window.status._saved.text()
    assert window.status._saved.property("role") == "bad"
    window.status.set_saved(True)
    assert "Saved" in window.status._saved.text()
    assert window.status._saved.property("role") == "muted"


def test_the_top_bar_counts(window):
    window.top.set_queue(58, 214, 41.2)
    assert window.top._counts.text() == "58 / 214 · 41 per hour"
    window.top.set_queue(0, 131_072, 0.0)
    assert window.top._counts.text() == "0 / 131,072"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (11_400, "3:10 h"), (-3, "0:00")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_the_error_dialog_tells_a_person_what_to_do_and_nothing_else(qtbot):
    dialog = ErrorDialog("Opening", DataError("The folder is <b>empty</b>. Choose another."))
    qtbot.addWidget(dialog)
    dialog.show()
    assert "The folder is <b>empty</b>. Choose another." in texts(dialog)
    assert not dialog._details.isVisible()


def test_a_bug_shows_its_report_and_the_report_can_be_copied(qtbot):
    error = ComputeError("ValueError: bad", "Traceback (in the child)\n  the line")
    dialog = ErrorDialog("Training", error)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog._details.isVisible()
    dialog.copy()
    copied = QGuiApplication.clipboard().text()
    assert "Traceback (in the child)" in copied
    assert "PySide6" in copied
    assert copied.startswith("Training")


def test_the_sentence_of_a_bug_asks_for_the_details():
    assert "ZeroDivisionError" in sentence(ZeroDivisionError("x"))
    assert "ZeroDivisionError" in report("Title", ZeroDivisionError("x"))


def test_an_exception_nobody_caught_is_shown_and_kept(qtbot, qapp, own_settings):
    hook = CrashHook()
    before = sys.excepthook
    hook.install()
    try:
        error = ValueError("lost")
        with qtbot.waitSignal(hook.crashed) as told:
            sys.excepthook(ValueError, error, None)
        assert told.args[1] is error
        reports = list(own_settings.rglob("crash-*.txt"))
        assert len(reports) == 1
        assert "ValueError: lost" in reports[0].read_text()
    finally:
        hook.remove()
    assert sys.excepthook is before


def test_the_guide_has_all_pages_and_opens_the_one_asked_for(qtbot):
    viewer = HelpViewer()
    qtbot.addWidget(viewer)
    assert viewer._list.count() == len(help_pages()) >= 6
    assert viewer.open_page("keyboard")
    assert "Ctrl+F" in viewer._browser.toPlainText()
    assert not viewer.open_page("no such page")


def test_a_page_of_the_guide_fits_its_window_in_the_windows_theme(window, qtbot):
    viewer = HelpViewer(window)
    qtbot.addWidget(viewer)
    viewer.resize(880, 640)
    viewer.show()
    browser = viewer._browser

    def picture():
        return browser.loadResource(
            QTextDocument.ResourceType.ImageResource, QUrl("pictures/review-dark.png")
        )

    def brightness():
        return (
            picture()
            .scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation)
            .pixelColor(0, 0)
            .lightness()
        )

    viewer.open_page("evidence")
    assert picture().deviceIndependentSize().width() < browser.viewport().width()
    assert brightness() < 127
    for width in (700, 1100):
        viewer.resize(width, 640)
        qtbot.waitUntil(lambda: browser._fitted == browser._room())
        browser.document().size()
        assert browser.horizontalScrollBar().maximum() == 0
    window.themes.choose("light")
    qtbot.waitUntil(lambda: brightness() > 127)


def test_the_guide_leaves_room_between_paragraphs_and_keeps_code_together(qtbot):
    browser = HelpBrowser()
    qtbot.addWidget(browser)
    browser.show_page("# A\n\nOne.\n\nTwo.\n\n- b\n- c\n\n```\nx = 1\ny = 2\n```\n\n## D\n")
    block, room = browser.document().begin(), {}
    while block.isValid():
        form = block.blockFormat()
        room[block.text()] = (form.topMargin(), form.bottomMargin())
        block = block.next()
    assert room["A"][0] == 0
    assert room["D"][0] > room["D"][1] > 0
    assert room["One."][1] > 0
    assert room["x = 1"] == (0, 0)
    assert 0 < room["b"][1] < room["c"][1]


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "/etc/hostname", "../../pyproject.toml", "http://example.org/a.png"]
)
def test_the_guide_loads_nothing_from_outside_its_folder(qtbot, url):
    viewer = HelpViewer()
    qtbot.addWidget(viewer)
    for kind in (QTextDocument.ResourceType.ImageResource, QTextDocument.ResourceType.HtmlResource):
        assert viewer._browser.loadResource(kind, QUrl(url)) is None


def test_a_reviewer_with_a_long_or_strange_name_is_shown_as_it_is(window):
    window.top.set_reviewer("R&D <i>team</i>")
    assert window.top._reviewer.text() == "Reviewer: R&&D <i>team</i>"
    window.top.set_reviewer("x" * 80)
    assert len(window.top._reviewer.text()) < 40


def test_search_tells_every_letter_and_enter_leaves_the_field(window, qtbot):
    heard = []
    window.top.search_changed.connect(heard.append)
    window.show_page(window.training)
    with qtbot.waitSignal(window.top.search_left):
        qtbot.keyClicks(window.top.search, "red")
        qtbot.keyClick(window.top.search, Qt.Key.Key_Return)
    assert heard == ["r", "re", "red"]
