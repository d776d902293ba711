"""The pages of a project beside the review: one list, each page made when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.domain.changes import Changes
from studio.services.blind import when_open
from studio.ui.actions import ActionRegistry
from studio.ui.job_runner import JobRunner
from studio.ui.session import Session
from studio.ui.theme import ThemeKeeper


@dataclass(frozen=True, slots=True)
class PageTools:
    """What a page is given. `show_neuron` brings one neuron to the front of the review; `show_neurons`
    makes the review's list these neurons and no others, under a name. `review` gives the view of the review,
    for pages on which its keys act too."""

    runner: JobRunner
    actions: ActionRegistry
    themes: ThemeKeeper
    show_neuron: Callable[[int], None]
    show_neurons: Callable[[Sequence[int], str], None]
    review: Callable[[], Any]


class Page(QWidget):
    """A page of the open project. It reads in the `db` lane, and only while somebody looks at it.

    `scope`: whose keys act on this page: its own, "review" for those of the review, on the neuron that the
    review has in front, "" for none but those of the window.
    """

    scope = ""

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = tools
        self.session: Session | None = None
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def open_project(self, session: Session) -> None:
        """Another project, or another reviewer; called before the page is shown first, too."""
        self.session = session

    def close_project(self) -> None:
        """Forget everything that belongs to the project."""
        self.session = None

    def refresh(self, changes: Changes) -> None:
        """Take over what was changed; `isVisible()` tells whether it must be now."""

    def read_open(self, title: str, read: Callable[..., Any], *given: Any, **more: Any) -> None:
        """`read(project, *given)` in the `db` lane for a page of results: fails with `BlindError` while blind
        review hides them from who reviews. `more` as in `JobRunner.db`."""
        if self.session is not None:
            self.tools.runner.db(title, when_open, self.session.annotator, read, *given, **more)


@dataclass(frozen=True, slots=True)
class PageSpec:
    """The action that shows a page, and the class of the page: `name` in `module`, called with the tools."""

    action: str
    module: str
    name: str


#: In the order of the View menu.
PAGES = (
    PageSpec("view.overview", "studio.ui.overview.page", "OverviewPage"),
    PageSpec("view.compare", "studio.ui.compare.page", "ComparePage"),
    PageSpec("view.map", "studio.ui.neuron_map.page", "MapPage"),
    PageSpec("view.sweep", "studio.ui.sweep.page", "SweepPage"),
    PageSpec("view.answers", "studio.ui.answers.page", "AnswersPage"),
    PageSpec("view.study", "studio.ui.study.page", "StudyPage"),
    PageSpec("view.agreement", "studio.ui.together.agreement_page", "AgreementPage"),
    PageSpec("view.adjudication", "studio.ui.together.adjudication_page", "AdjudicationPage"),
)


class PageHost(QObject):
    """Makes the pages, keeps them in the window's stack, and tells them about the project."""

    def __init__(self, stack: QStackedWidget, tools: PageTools) -> None:
        super().__init__(stack)
        self._stack, self._tools = stack, tools
        self._pages: dict[str, Page] = {}
        self._session: Session | None = None

    def page(self, spec: PageSpec) -> Page:
        """The page, made now when it is asked for the first time."""
        if spec.action not in self._pages:
            page: Page = getattr(importlib.import_module(spec.module), spec.name)(self._tools)
            self._pages[spec.action] = page
            self._stack.addWidget(page)
            if self._session is not None:
                page.open_project(self._session)
        return self._pages[spec.action]

    def open_project(self, session: Session) -> None:
        """Tell every page that was made."""
        self._session = session
        for page in self._pages.values():
            page.open_project(session)

    def close_project(self) -> None:
        """No project is open any more."""
        self._session = None
        for page in self._pages.values():
            page.close_project()

    def refresh(self, changes: Changes) -> None:
        """Something was changed."""
        for page in self._pages.values():
            page.refresh(changes)
