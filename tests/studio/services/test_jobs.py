"""The lanes: order, cancel, death of the child, errors that cross, shutdown under load."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from multiprocessing import spawn

import psutil
import pytest

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, DataError, ModelError, UserError
from studio.services.jobs import ChildDiedError, ComputeError, Eta, JobEventKind, Jobs, JobState

#: Seconds to wait for what must come; a busy machine takes its time.
PATIENCE = 120


def ended(pid):
    """Whether a process is gone, or waits for its parent to take leave of it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Heard(list):
    def of(self, job, kind=None):
        return [e.data for e in self if e.job is job and kind in (None, e.kind)]

    def wait_for(self, job, kind, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while not self.of(job, kind):
            assert time.monotonic() < until, f"no {kind} in {seconds} s"
            time.sleep(0.005)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def jobs(heard):
    lanes = Jobs(heard.append, grace=PATIENCE)
    yield lanes
    lanes.shutdown()
    assert lanes.idle()
    assert lanes.child_pid is None


class FakeProject:
    """Stands for a project: remembers which thread touched it. The real one is tested with the storage."""

    def __init__(self):
        self.threads = {threading.get_ident()}
        self.rows = []
        self.closed = False

    def add(self, row):
        self.threads.add(threading.get_ident())
        time.sleep(0.002)
        self.rows.append(row)
        return len(self.rows)

    def close(self):
        self.threads.add(threading.get_ident())
        self.closed = True


def test_compute_returns_what_the_function_returns(jobs, work):
    job = jobs.compute("Add", work.add, 2, 3)
    assert job.result(PATIENCE) == 5
    assert job.state is JobState.DONE


def test_the_child_stays_warm_and_is_another_process(jobs, work):
    first = jobs.compute("Pid", work.pid).result(PATIENCE)
    second = jobs.compute("Pid", work.pid).result(PATIENCE)
    assert first == second == jobs.child_pid != os.getpid()


def test_the_child_is_niced_has_limited_threads_and_no_torch(jobs, work):
    nice, threads, torch = jobs.compute("Priority", work.priority).result(PATIENCE)
    assert nice >= 10
    assert 1 <= int(threads) < max(2, os.cpu_count())
    assert not torch


def test_progress_curves_and_lines_arrive_in_order_before_the_end(jobs, heard, work):
    job = jobs.compute("Count", work.count, 200)
    assert job.result(PATIENCE) == 200
    heard.wait_for(job, JobEventKind.ENDED)
    done = [p.done for p in heard.of(job, JobEventKind.PROGRESS)]
    assert done == [float(i) for i in range(201)]
    assert [step for step, _ in heard.of(job, JobEventKind.CURVE)] == list(range(200))
    assert heard.of(job, JobEventKind.LOG) == ["all counted"] == job.lines
    kinds = [e.kind for e in heard if e.job is job]
    assert kinds[:2] == [JobEventKind.WAITING, JobEventKind.STARTED]
    assert kinds[-1] is JobEventKind.ENDED
    assert kinds.count(JobEventKind.ENDED) == 1


def test_a_chatty_loop_is_thinned_but_its_last_word_arrives(jobs, heard, work):
    job = jobs.compute("Chatter", work.chatter, 50_000)
    job.result(PATIENCE)
    heard.wait_for(job, JobEventKind.ENDED)
    told = heard.of(job, JobEventKind.PROGRESS)
    assert told[-1].done == 50_000
    assert len(told) < 500


def test_cancel_ends_a_running_job_and_leaves_the_child_warm(jobs, heard, work):
    pid = jobs.compute("Pid", work.pid).result(PATIENCE)
    job = jobs.compute("Wait", work.until_cancelled)
    heard.wait_for(job, JobEventKind.PROGRESS)
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(PATIENCE)
    assert job.state is JobState.CANCELLED
    assert jobs.compute("Pid", work.pid).result(PATIENCE) == pid


def test_a_job_cancelled_while_it_waits_never_starts(jobs, heard, work):
    running = jobs.compute("Wait", work.until_cancelled)
    waiting = jobs.compute("Add", work.add, 1, 1)
    waiting.cancel()
    running.cancel()
    with pytest.raises(Cancelled):
        waiting.result(PATIENCE)
    assert not heard.of(waiting, JobEventKind.STARTED)


def test_a_job_that_does_not_listen_is_ended_with_its_process(heard, work):
    jobs = Jobs(heard.append, grace=0.3)
    job = jobs.compute("Deaf", work.deaf)
    heard.wait_for(job, JobEventKind.PROGRESS)
    pid = jobs.child_pid
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(PATIENCE)
    assert ended(pid)
    assert jobs.compute("Add", work.add, 1, 2).result(PATIENCE) == 3
    jobs.shutdown()


@pytest.mark.parametrize(("name", "args"), [("leave", (7,)), ("kill_self", ())])
def test_a_dead_child_ends_the_job_with_a_sentence_and_the_next_gets_a_new_one(jobs, work, name, args):
    before = jobs.compute("Pid", work.pid).result(PATIENCE)
    job = jobs.compute("Die", getattr(work, name), *args)
    with pytest.raises(ChildDiedError, match="memory"):
        job.result(PATIENCE)
    assert isinstance(job.error, UserError)
    after = jobs.compute("Pid", work.pid).result(PATIENCE)
    assert after != before


@pytest.mark.parametrize("noticed", [False, True])
def test_a_child_killed_between_jobs_is_replaced_unseen(jobs, work, noticed):
    pid = jobs.compute("Pid", work.pid).result(PATIENCE)
    psutil.Process(pid).kill()
    while noticed and not ended(pid):
        time.sleep(0.01)
    assert jobs.compute("Add", work.add, 4, 4).result(PATIENCE) == 8


def test_a_child_that_dies_at_its_start_is_a_sentence(jobs, work):
    psutil.Process(jobs.compute("Pid", work.pid).result(PATIENCE)).kill()
    python = spawn.get_executable()
    spawn.set_executable("/bin/false")
    try:
        with pytest.raises(ChildDiedError):
            jobs.compute("Add", work.add, 4, 4).result(PATIENCE)
    finally:
        spawn.set_executable(python)
    assert jobs.compute("Add", work.add, 4, 4).result(PATIENCE) == 8


def test_a_job_that_was_begun_is_not_run_again(jobs, work, tmp_path):
    with pytest.raises(ChildDiedError):
        jobs.compute("Die", work.note_and_die, str(tmp_path / "runs")).result(PATIENCE)
    assert (tmp_path / "runs").read_text() == "run\n"


def test_an_error_for_a_person_keeps_its_class_and_words(jobs, work):
    with pytest.raises(DataError, match="holds no pictures"):
        jobs.compute("Fail", work.fail_for_user).result(PATIENCE)


def test_what_cannot_be_pickled_or_imported_is_a_bug_that_says_so(jobs, work):
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        jobs.compute("Local", lambda ctx: None).result(PATIENCE)
    with pytest.raises(ComputeError, match="no_such_module"):
        jobs.compute("Missing", work.add, work.Unimportable(), 1).result(PATIENCE)


@pytest.mark.parametrize("name", ["fail_awkwardly", "unpicklable", "leave_by_exit"])
def test_a_bug_arrives_with_its_traceback_and_the_child_lives_on(jobs, work, name):
    pid = jobs.compute("Pid", work.pid).result(PATIENCE)
    with pytest.raises(ComputeError) as caught:
        jobs.compute("Fail", getattr(work, name)).result(PATIENCE)
    assert "Traceback" in caught.value.details
    assert jobs.compute("Pid", work.pid).result(PATIENCE) == pid


def test_lack_of_memory_is_a_sentence(jobs, work):
    with pytest.raises(ModelError, match="smaller batch size"):
        jobs.compute("Fail", work.fail_without_memory).result(PATIENCE)


def test_the_project_is_opened_used_and_closed_in_one_other_thread(jobs):
    made = []
    jobs.swap_project("Open", lambda: made.append(FakeProject()) or made[0]).result(PATIENCE)
    for row in range(20):
        jobs.db("Add", FakeProject.add, row)
    jobs.close_project().result(PATIENCE)
    assert made[0].rows == list(range(20))
    assert made[0].closed
    assert len(made[0].threads) == 1
    assert threading.get_ident() not in made[0].threads


def test_without_a_project_a_db_job_fails_with_a_sentence(jobs):
    with pytest.raises(UserError, match="No project is open"):
        jobs.db("Add", FakeProject.add, 1).result(PATIENCE)


def test_a_failed_open_leaves_the_last_project_open(jobs):
    first = FakeProject()
    jobs.swap_project("Open", lambda: first).result(PATIENCE)

    def refuse():
        raise DataError("Not a project.")

    with pytest.raises(DataError):
        jobs.swap_project("Open", refuse).result(PATIENCE)
    assert not first.closed
    assert jobs.db("Add", FakeProject.add, "x").result(PATIENCE) == 1


def test_opening_another_project_closes_the_one_before(jobs):
    first, second = FakeProject(), FakeProject()
    jobs.swap_project("Open", lambda: first).result(PATIENCE)
    jobs.swap_project("Open", lambda: second).result(PATIENCE)
    assert first.closed
    assert not second.closed


def test_a_pipeline_prepares_and_finishes_in_the_db_lane(jobs, heard, work):
    from studio.services.steps import Step

    project = FakeProject()
    jobs.swap_project("Open", lambda: project).result(PATIENCE)

    def finish(opened, result):
        opened.add(result)
        return Changes(scores=frozenset({result}))

    steps = [
        Step("One", lambda p: (p.add("prepared"), 10), work.add, finish),
        Step("Two", lambda p: (p.rows[-1], 5), work.add, finish),
    ]
    job = jobs.steps("Both", steps)
    assert job.result(PATIENCE) == Changes(scores=frozenset({11, 16}))
    assert project.rows == ["prepared", 11, 16]
    told = heard.of(job, JobEventKind.CHANGES)
    assert told == [Changes(scores=frozenset({11})), Changes(scores=frozenset({16}))]
    assert [p.text for p in heard.of(job, JobEventKind.PROGRESS)] == ["One (1 of 2)", "Two (2 of 2)"]
    jobs.close_project().result(PATIENCE)
    assert len(project.threads) == 2  # this test made it, the lane did the rest


def test_shutdown_under_load_does_what_was_asked_of_db_and_cancels_the_rest(heard, work):
    jobs = Jobs(heard.append, grace=1.0)
    project = FakeProject()
    jobs.swap_project("Open", lambda: project)
    running = jobs.compute("Wait", work.until_cancelled)
    waiting = [jobs.compute("Add", work.add, i, i) for i in range(5)]
    heard.wait_for(running, JobEventKind.PROGRESS)
    rows = [jobs.db("Add", FakeProject.add, i) for i in range(100)]
    child = jobs.child_pid
    jobs.shutdown(grace=1.0)
    jobs.shutdown(grace=1.0)
    assert project.rows == list(range(100))
    assert project.closed
    assert all(job.state is JobState.DONE for job in rows)
    assert {job.state for job in [running, *waiting]} == {JobState.CANCELLED}
    assert not psutil.pid_exists(child)
    with pytest.raises(UserError, match="closing"):
        jobs.db("Add", FakeProject.add, 1)
    with pytest.raises(UserError, match="closing"):
        jobs.compute("Add", work.add, 1, 1)


def test_shutdown_ends_a_job_that_does_not_listen(heard, work):
    jobs = Jobs(heard.append, grace=2 * PATIENCE)
    job = jobs.compute("Deaf", work.deaf)
    heard.wait_for(job, JobEventKind.PROGRESS)
    started = time.monotonic()
    jobs.shutdown(grace=0.3)
    assert time.monotonic() - started < PATIENCE
    assert job.state is JobState.CANCELLED


PARENT = """
import sys, time
from studio.services.jobs import Jobs
import jobs_samples
if __name__ == "__main__":
    jobs = Jobs(lambda event: None)
    print(jobs.compute("Pid", jobs_samples.pid).result(), flush=True)
    jobs.compute("Deaf", jobs_samples.deaf)
    time.sleep(60)
"""


def test_a_killed_window_leaves_no_child_behind(tmp_path, work):
    import subprocess

    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        gone, alive = psutil.wait_procs([child], timeout=PATIENCE)
        assert [p.pid for p in gone] == [child.pid]
        assert not alive


def test_eta_is_exact_at_a_steady_pace_and_starts_anew_after_a_jump_back():
    eta = Eta()
    assert eta.update(0, 100, now=0.0) is None
    assert eta.update(10, 100, now=2.0) == pytest.approx(18.0)
    assert eta.update(50, 100, now=10.0) == pytest.approx(10.0)
    assert eta.update(5, 100, now=11.0) is None
    assert eta.update(10, 100, now=12.0) == pytest.approx(18.0)
    assert eta.update(0, 7, now=13.0) is None
