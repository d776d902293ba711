"""A page of what is read from the project: it waits, shows it, or says why there is nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedLayout, QWidget

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, UserError
from studio.services.blind import BlindError, when_open
from studio.ui.empty_state import EmptyState
from studio.ui.pages import Page, PageTools
from studio.ui.session import Session

#: What takes longer to read is announced; what is quicker would only flicker.
ANNOUNCE_MS = 200


class LoadedPage(Page):
    """Reads in the `db` lane when it comes into sight, when another project or reviewer comes, and when what
    it shows has changed. Answers to what was asked before that are dropped.

    A page says `what` it shows ("The answers"), what stands there without it (`EMPTY`) and what the button
    below does (`OFFER`), puts its own widgets into `show_over`, and reads in `ask`, each time through `read`.
    A failure is a sentence on the page with a Retry.
    """

    what = "The page"
    EMPTY = ""
    OFFER = ""

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.nothing = EmptyState(self.EMPTY, self.OFFER)
        self.empty = self.nothing.words
        self.nothing.retry.clicked.connect(self.load)
        self._body: QWidget | None = None
        self._stack: QStackedLayout | None = None
        self._round = 0
        self._announce = QTimer(self, singleShot=True, interval=ANNOUNCE_MS)
        self._announce.timeout.connect(self._say_reading)

    # What a page says about itself

    def ask(self) -> None:
        """Read what the page shows."""

    def clear(self) -> None:
        """Forget what was read: it belongs to another project, or is not there any more."""

    def concerns(self, changes: Changes) -> bool:
        """Whether what the page shows may be another now."""
        return changes.everything

    def nothing_yet(self, error: BaseException) -> str:
        """What stands on the page when this failure only means that there is nothing to read yet; "" for one
        that is a failure."""
        return ""

    # What it may use

    def show_over(self, body: QWidget, place: QWidget | None = None) -> None:
        """`body` and what stands there instead take turns in `place` (the whole page)."""
        self._body = body
        self._stack = QStackedLayout(place or self)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(body)

    def load(self) -> None:
        """Read everything anew."""
        if self.session is None:
            return
        self._round += 1
        self._announce.start()
        self.ask()

    def read(
        self,
        title: str,
        work: Callable[..., Any],
        *given: Any,
        done: Callable[[Any], object],
        failed: Callable[[BaseException], object] | None = None,
        hidden: bool = True,
    ) -> None:
        """`work(project, *given)` in the `db` lane, then `done(result)` or `failed(error)` unless something
        else was asked for since. `hidden`: blind review hides it from who reviews (`BlindError`)."""
        if self.session is None:
            return
        asked = (when_open, self.session.annotator, work) if hidden else (work,)
        answers = {
            "done": partial(self._answered, self._round, done),
            "failed": partial(self._answered, self._round, failed or self.not_read),
        }
        self.tools.runner.db(title, *asked, *given, **answers)

    def show_body(self) -> None:
        """What was read is on the page."""
        self._announce.stop()
        self._stack.setCurrentWidget(self._body)

    def show_nothing(self, text: str = "", offer: bool = True) -> None:
        """There is nothing: say why, and offer what can be done."""
        self._say(text or self.EMPTY, offer=offer)

    def not_read(self, error: BaseException) -> None:
        """Say what went wrong."""
        if isinstance(error, Cancelled):
            return
        self.clear()
        if isinstance(error, BlindError):
            self._say(str(error), offer=False)
        elif yet := self.nothing_yet(error):
            self._say(yet)
        elif isinstance(error, UserError):
            self._say(str(error), offer=False, retry=True)
        else:
            said = f"{self.what} could not be read"
            self._say(f"{said}. The report says why; nothing was changed.", offer=False, retry=True)
            self.tools.runner.failed.emit(said, error)

    # What happens to it

    def open_project(self, session: Session) -> None:
        known = self.session and (self.session.path, self.session.annotator)
        super().open_project(session)
        if known != (session.path, session.annotator):
            self._forget()
        if self.isVisible():
            self.load()

    def close_project(self) -> None:
        super().close_project()
        self._forget()

    def refresh(self, changes: Changes) -> None:
        if self.isVisible() and self.concerns(changes):
            self.load()

    def showEvent(self, event: object) -> None:
        self.load()

    def _forget(self) -> None:
        self._round += 1
        self.clear()
        self.show_nothing()

    def _answered(self, asked_in: int, then: Callable[[Any], object], what: Any) -> None:
        if asked_in == self._round:
            then(what)

    def _say_reading(self) -> None:
        """Only over nothing: what is on the page stays until there is something newer."""
        if self._stack.currentWidget() is self.nothing:
            self._say("Reading …", offer=False)

    def _say(self, text: str, offer: bool = True, retry: bool = False) -> None:
        self._announce.stop()
        self.nothing.say(text, offer, retry)
        self._stack.setCurrentWidget(self.nothing)
