"""What all pages of results have in common: they wait, drop what is stale, and say what went wrong."""

from __future__ import annotations

import importlib
import itertools
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.domain.changes import Changes
from studio.domain.errors import DiskFullError
from studio.ui.errors import ErrorDialog
from studio.ui.loaded_page import LoadedPage

#: The action of each page, its module, and what it reads with.
PAGES = {
    "view.map": ("studio.ui.neuron_map.page", "neuron_map"),
    "view.sweep": ("studio.ui.sweep.page", "sweep"),
    "view.answers": ("studio.ui.answers.page", "read_answers"),
    "view.study": ("studio.ui.study.page", "last_study"),
    "view.agreement": ("studio.ui.together.agreement_page", "read_agreement"),
    "view.adjudication": ("studio.ui.together.adjudication_page", "_read"),
}
FULL = "There is no room left on the disk. Make room and try again."


def fails(error):
    def read(*_given):
        raise error

    return read


@pytest.mark.parametrize("action", list(PAGES))
def test_what_went_wrong_stands_on_the_page_and_can_be_tried_again(opened, monkeypatch, action):
    module, name = PAGES[action]
    with monkeypatch.context() as broken:
        broken.setattr(importlib.import_module(module), name, fails(DiskFullError(FULL)))
        page = opened.go(action)
        assert page.empty.isVisible()
        assert page.empty.text() == FULL
        assert page.nothing.retry.isVisible()
        assert page.nothing.button.isHidden()
    opened.qtbot.mouseClick(page.nothing.retry, Qt.MouseButton.LeftButton)
    opened.settle()
    assert not page.empty.isVisible() or page.empty.text() != FULL
    assert not page.nothing.retry.isVisible()


def test_a_mistake_of_ours_is_reported_and_the_page_says_so(opened, monkeypatch):
    monkeypatch.setattr("studio.ui.together.agreement_page.read_agreement", fails(ZeroDivisionError()))
    page = opened.go("view.agreement")
    assert "Agreement could not be read" in page.empty.text()
    assert page.nothing.retry.isVisible()
    opened.window.findChild(ErrorDialog).reject()


class Counting(LoadedPage):
    """Reads how often it has read."""

    EMPTY = "Nothing was counted."

    def __init__(self, tools):
        super().__init__(tools)
        self.counter, self.got = itertools.count(1), []
        self.show_over(QWidget())

    def ask(self):
        self.read("Counting", lambda _project: next(self.counter), done=self.take, hidden=False)

    def take(self, count):
        self.got.append(count)
        self.show_body()

    def concerns(self, changes):
        return bool(changes.scores)


@pytest.fixture
def page(opened):
    made = Counting(opened.window.hosted._tools)
    opened.window.pages.addWidget(made)
    made.open_project(opened.window.projects.session)
    yield made
    opened.window.pages.removeWidget(made)
    made.deleteLater()


def test_it_reads_when_it_is_seen_and_when_what_it_shows_has_changed(opened, page):
    opened.settle()
    assert page.got == []
    opened.window.pages.setCurrentWidget(page)
    opened.settle()
    page.refresh(Changes(annotations=frozenset({1})))
    opened.settle()
    assert page.got == [1]
    page.refresh(Changes(scores=frozenset({1})))
    opened.settle()
    assert page.got == [1, 2]


def test_answers_to_what_was_asked_before_are_dropped(opened, page):
    page.load()
    page.load()
    opened.settle()
    assert page.got == [2]
    page.load()
    page.close_project()
    opened.settle()
    assert page.got == [2]
    assert page.empty.text() == page.EMPTY


def test_what_takes_long_is_announced_over_an_empty_page_only(opened, page):
    opened.window.pages.setCurrentWidget(page)
    opened.settle()
    page.close_project()
    go = threading.Event()
    opened.window.runner.db("Keeping the lane busy", lambda _project: go.wait(60))
    page.open_project(opened.window.projects.session)
    opened.qtbot.waitUntil(lambda: page.empty.text() == "Reading …", timeout=30_000)
    assert not page.nothing.retry.isVisible()
    go.set()
    opened.settle()
    assert not page.empty.isVisible()
