"""The door between threads and Qt: everything arrives on the main thread, in order."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject, Signal

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, DataError, UserError
from studio.services.jobs import JobState
from studio.ui.job_runner import JobRunner


class Opened:
    """A project in memory."""

    def close(self):
        pass


def thread_of(_project):
    return threading.get_ident()


def refuse(_project):
    raise DataError("The disk is full. Make room and try again.")


def changed(_project, neuron):
    return Changes(annotations=frozenset({neuron}))


@pytest.fixture
def runner(qtbot):
    made = JobRunner(grace=1.0)
    made.swap_project("Open", Opened)
    yield made
    made.shutdown()
    made.deleteLater()


def test_the_callback_runs_on_the_main_thread_and_the_work_does_not(runner, qtbot):
    seen = []
    runner.db("Thread", thread_of, done=lambda ident: seen.append((ident, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    work, callback = seen[0]
    assert callback == threading.get_ident() != work


def test_changes_are_emitted_once_and_before_the_callback(runner, qtbot):
    order = []
    runner.changes.connect(lambda changes: order.append(changes.annotations))
    runner.db("Annotate", changed, 17, done=lambda _: order.append("done"))
    qtbot.waitUntil(lambda: "done" in order)
    assert order == [frozenset({17}), "done"]


def test_a_failure_without_a_callback_is_told_with_its_title(runner, qtbot):
    with qtbot.waitSignal(runner.failed) as told:
        runner.db("Saving", refuse)
    assert told.args[0] == "Saving"
    assert isinstance(told.args[1], DataError)


def test_a_failure_with_a_callback_goes_there_only(runner, qtbot):
    told, got = [], []
    runner.failed.connect(lambda *args: told.append(args))
    runner.db("Saving", refuse, failed=got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert isinstance(got[0], DataError)
    assert told == []


def test_progress_curves_log_and_end_arrive_in_order(runner, qtbot, work):
    heard = []
    runner.progress.connect(lambda job: heard.append(("progress", job.id)))
    runner.curve.connect(lambda job, step, values: heard.append(("curve", step)))
    runner.logged.connect(lambda job, text: heard.append(("log", text)))
    runner.ended.connect(lambda job: heard.append(("ended", job.lane)))
    result = []
    runner.compute("Count", work.count, 30, done=result.append)
    qtbot.waitUntil(lambda: result == [30], timeout=20_000)
    assert [x for x in heard if x[0] == "curve"] == [("curve", i) for i in range(30)]
    assert sum(x[0] == "progress" for x in heard) == 31
    assert heard[-1] == ("ended", "compute")
    assert ("log", "all counted") in heard


def test_a_cancelled_job_is_no_failure(runner, qtbot, work):
    told = []
    runner.failed.connect(lambda *args: told.append(args))
    job = runner.compute("Wait", work.until_cancelled)
    qtbot.waitUntil(lambda: job.state is JobState.RUNNING, timeout=20_000)
    with qtbot.waitSignal(runner.ended, timeout=20_000):
        job.cancel()
    assert isinstance(job.error, Cancelled)
    assert told == []


def test_a_callback_of_a_widget_that_is_gone_is_dropped(runner, qtbot):
    class Panel(QObject):
        def show(self, result):
            raise AssertionError("called on a dead object")

    panel = Panel()
    job = runner.db("Thread", thread_of, done=panel.show)
    import shiboken6

    shiboken6.delete(panel)
    qtbot.waitUntil(runner.idle)
    assert job.state is JobState.DONE


def test_after_shutdown_new_work_is_refused_and_a_second_shutdown_is_nothing(runner):
    runner.shutdown()
    runner.shutdown()
    with pytest.raises(UserError, match="closing"):
        runner.db("Thread", thread_of)


def test_signals_drop_no_reference(qapp):
    """PySide6 6.12.0 does, and ends the process after some hundred signals on Python 3.11."""
    import sys

    class Sender(QObject):
        said = Signal(int)

    sender = Sender()
    sender.said.connect(lambda _: None)
    before = sys.getrefcount(True)
    for number in range(100):
        sender.said.emit(number)
    assert sys.getrefcount(True) > before - 50
