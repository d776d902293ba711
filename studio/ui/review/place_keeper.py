"""Takes an annotator back to where they stopped, and remembers where they are now."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from studio.ui.review.controller import ReviewController
from studio.ui.review.goal import Goal
from studio.ui.review.neuron_panel import NeuronPanel
from studio.ui.review.resume import Place, Places, project_name
from studio.ui.session import Session

#: Where somebody is, is remembered so long after they came there: a crash loses no more.
KEEP_MS = 5000


class PlaceKeeper(QObject):
    """`places` is where it is kept; None remembers nothing."""

    def __init__(self, control: ReviewController, panel: NeuronPanel, goal: Goal, parent: QObject) -> None:
        super().__init__(parent)
        self._control, self._panel, self._goal = control, panel, goal
        self.places: Places | None = None
        self._session: Session | None = None
        self._timer = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._timer.timeout.connect(self.keep)
        control.shown.connect(lambda _detail: self._timer.start())

    def open(self, session: Session) -> None:
        """A project was opened: go on where the annotator stopped."""
        self._session = session
        self._go_on(session)

    def set_annotator(self, name: str) -> None:
        """Somebody else reviews: they go on where they stopped."""
        self.keep()
        if self._session is not None and name != self._session.annotator:
            self.open(replace(self._session, annotator=name))

    def close(self) -> None:
        """The project is about to be closed."""
        self._timer.stop()
        self.keep()
        self._session = None

    def keep(self) -> None:
        """Remember where the annotator is."""
        if self.places is not None and self._session is not None:
            place = Place(self._control.current, self._panel.query, self._goal.goal)
            self.places.keep(project_name(self._session), self._session.annotator, place)

    def _go_on(self, session: Session) -> None:
        place = Place()
        if self.places is not None:
            place = self.places.get(project_name(session), session.annotator)
        self._goal.start(place.goal)
        self._panel.ask(place.query)
        self._control.start_at(place.neuron)
