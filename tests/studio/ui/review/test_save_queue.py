"""Decisions on their way: in order, one at a time; a failure stays until it is saved or given up."""

from __future__ import annotations

import pytest

from studio.domain.errors import DiskFullError
from studio.services import annotate
from studio.ui.review.save_queue import Decision, SaveQueue


class Disk:
    """A disk that is full as long as it is told to be."""

    def __init__(self) -> None:
        self.full = False
        self.tried: list[int] = []

    def rate(self, neuron: int, rating: int) -> Decision:
        def write(project, who):
            self.tried.append(rating)
            if self.full:
                raise DiskFullError("The disk is full. Make room, then try again.")
            return annotate.rate(project, who, neuron, rating)

        return Decision(f"rate {rating}, neuron {neuron}", neuron, "Ada", write)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def queue(desk):
    made = SaveQueue(desk.runner, desk.window)
    made.heard = []
    made.saved.connect(lambda saved: made.heard.append(saved.decision.title))
    made.problem.connect(lambda problem: made.heard.append(None if problem is None else problem.waiting))
    made.state.connect(lambda ok, _text: made.heard.append(ok))
    return made


def test_decisions_are_written_in_order(desk, queue, disk) -> None:
    for rating in (1, 2, 3):
        queue.put(disk.rate(4, rating))
    desk.settle()
    assert disk.tried == [1, 2, 3]
    assert desk.label(4).rating == 3
    assert queue.settled
    assert [x for x in queue.heard if isinstance(x, str)] == [f"rate {n}, neuron 4" for n in (1, 2, 3)]


def test_a_failure_stays_and_says_so_and_retry_saves_all_in_order(desk, queue, disk) -> None:
    disk.full = True
    queue.put(disk.rate(4, 1))
    desk.settle()
    assert queue.heard == [False, 0]
    assert not queue.settled
    queue.put(disk.rate(4, 2))
    desk.settle()
    assert queue.heard[-2:] == [False, 1]
    disk.full = False
    queue.retry()
    desk.settle()
    assert desk.label(4).rating == 2
    assert queue.settled
    assert queue.heard[-1] == "rate 2, neuron 4"
    assert None in queue.heard


def test_a_decision_given_up_is_not_written_and_those_behind_it_are(desk, queue, disk) -> None:
    disk.full = True
    queue.put(disk.rate(4, 1))
    queue.put(disk.rate(6, 5))
    desk.settle()
    disk.full = False
    queue.give_up()
    desk.settle()
    assert desk.label(4).rating is None
    assert desk.label(6).rating == 5
    assert queue.settled


def test_what_waits_is_handed_over_before_the_project_closes(desk, queue, disk) -> None:
    disk.full = True
    queue.put(disk.rate(4, 1))
    queue.put(disk.rate(6, 5))
    desk.settle()
    disk.full = False
    queue.hand_over()
    desk.settle()
    assert desk.label(4).rating == 1
    assert desk.label(6).rating == 5


def test_what_is_being_written_when_the_project_closes_is_written_once(desk, queue, disk) -> None:
    queue.put(disk.rate(4, 1))
    queue.put(disk.rate(6, 5))
    queue.hand_over()
    desk.settle()
    assert disk.tried == [1, 5]
    assert desk.label(6).rating == 5


def test_what_fails_after_the_project_was_closed_is_said(desk, queue, disk) -> None:
    told: list[str] = []
    desk.runner.failed.connect(lambda title, _error: told.append(title))
    disk.full = True
    queue.put(disk.rate(4, 1))
    queue.hand_over()
    desk.settle()
    assert told == ["Not saved: rate 1, neuron 4"]


def test_discard_during_another_try_drops_nothing_that_waits_behind(desk, queue, disk) -> None:
    disk.full = True
    queue.put(disk.rate(4, 1))
    queue.put(disk.rate(6, 5))
    desk.settle()
    disk.full = False
    queue.retry()
    queue.give_up()
    desk.settle()
    assert (desk.label(4).rating, desk.label(6).rating) == (1, 5)


def test_a_file_taken_away_under_the_window_is_said_until_it_is_back(desk, queue, disk) -> None:
    aside = desk.path.with_name("aside")
    desk.path.rename(aside)
    queue.put(disk.rate(4, 1))
    desk.settle()
    assert queue.heard == [False, 0]
    assert not queue.settled
    aside.rename(desk.path)
    queue.retry()
    desk.settle()
    assert queue.heard[-1] == "rate 1, neuron 4"
    assert desk.label(4).rating == 1
