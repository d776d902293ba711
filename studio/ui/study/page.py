"""The page of the newest study: how ours did beside the baselines, and the way to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, UserError
from studio.services.blind import BlindError
from studio.services.jobs import Job
from studio.services.study.last import LastStudy, last_study
from studio.services.study.report import subtitle
from studio.services.study.step import study_step, usual_folder
from studio.ui.empty_state import EmptyState
from studio.ui.labels import duration, label, set_role
from studio.ui.pages import Page, PageTools
from studio.ui.progress_line import progress_line, set_share
from studio.ui.session import Session
from studio.ui.study.dialog import StudyDialog
from studio.ui.study.result_view import ResultView
from studio.ui.theme import Theme

TITLE = "Comparing with baselines"
EMPTY = (
    "Nothing was compared on this project yet. A comparison names neurons by the project's own way and by "
    "simpler ones, tests the names on held-out examples, and writes a report."
)
COMING = "What comes out appears here when the comparison is done. You can go on reviewing meanwhile."
STOPPED = "Stopped. Compare again to go on where it was."


class StudyPage(Page):
    """Reads the newest study in the `db` lane when it comes into sight; new ones run in the compute lane."""

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.study: LastStudy | None = None
        self.hidden = ""
        self.result: ResultView | None = None
        self.job: Job | None = None
        self._make()
        self._build()
        tools.themes.changed.connect(self._paint)
        tools.runner.progress.connect(self._progress)
        self._show_state()

    def ask(self) -> None:
        """Ask what to compare; unless that is going on already."""
        if self.session is None or self.job is not None:
            return
        self.read_open("Comparing with baselines", lambda _project: None, done=self._ask)

    def _ask(self, _open: None) -> None:
        if self.session is None:
            return
        dialog = StudyDialog(usual_folder(self.session.path), self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.start)
        dialog.open()

    def start(self, folder: Path, chosen: dict[str, Any]) -> None:
        """Compare; the report goes into `folder`, and `chosen` are fields of a `StudySpec`."""
        if self.session is None or self.job is not None:
            return
        self._say("")
        steps = [study_step(self.session.path, folder, **chosen)]
        self.job = self.tools.runner.steps(TITLE, steps, done=self._done, failed=self._failed)
        self._show_state()

    def open_project(self, session: Session) -> None:
        other = self.session is None or self.session.path != session.path
        super().open_project(session)
        if other:
            self._forget()
        if self.isVisible():
            self._load()

    def close_project(self) -> None:
        super().close_project()
        self._forget()

    def showEvent(self, event: object) -> None:
        self._load()

    def refresh(self, changes: Changes) -> None:
        if self.isVisible() and (changes.everything or changes.rules):
            self._load()

    def _make(self) -> None:
        self.when, self.message = label("", "muted", wrap=True), label("", "muted", wrap=True)
        self.nothing = EmptyState(EMPTY, "Compare with baselines…")
        self.empty, self.first_button = self.nothing.words, self.nothing.button
        self.first_button.clicked.connect(self.ask)
        self.compare_button = QPushButton("Compare again…")
        self.compare_button.clicked.connect(self.ask)
        self.report_button = QPushButton("Open the report")
        self.report_button.setToolTip("In the browser, where it can be printed")
        self.report_button.clicked.connect(lambda: self._open(lambda study: study.report))
        self.folder_button = QPushButton("Show in folder")
        self.folder_button.clicked.connect(lambda: self._open(lambda study: study.folder))
        self.bar = progress_line("Progress of the comparison")
        self.doing = label("", "muted")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setAccessibleName("Cancel the comparison")
        self.cancel_button.clicked.connect(self._cancel)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Ours and the baselines", "title"))
        head.addStretch(1)
        for button in (self.report_button, self.folder_button, self.compare_button):
            head.addWidget(button)
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.doing, 2)
        row.addWidget(self.cancel_button)
        self._place = QWidget()
        self._shown = QStackedLayout(self._place)
        self._shown.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 0)
        column.setSpacing(8)
        column.addLayout(head)
        for part in (self.when, self.message, self._running):
            column.addWidget(part)
        column.addWidget(self._place, 1)

    def _load(self) -> None:
        self.read_open("Reading the study", last_study, done=self._loaded, failed=self._not_read)

    def _not_read(self, error: BaseException) -> None:
        self._forget()
        self.hidden = str(error) if isinstance(error, BlindError) else ""
        self._show_state()
        if not self.hidden:
            self.tools.runner.failed.emit("The study was not read", error)

    def _loaded(self, found: LastStudy | None) -> None:
        if found == self.study and (self.result is None) == (found is None) and not self.hidden:
            return
        self._forget()
        self.study = found
        if found is not None:
            self.result = ResultView(found.document, self.tools.themes.theme)
            self._shown.addWidget(self.result)
            self._shown.setCurrentWidget(self.result)
            self.when.setText(subtitle(found.document))
        self._show_state()

    def _forget(self) -> None:
        self.study, self.hidden = None, ""
        if self.result is not None:
            self._shown.removeWidget(self.result)
            self.result.deleteLater()
            self.result = None
        self.when.setText("")
        self._show_state()

    def _show_state(self) -> None:
        running = self.job is not None
        self._running.setVisible(running)
        self.compare_button.setEnabled(not running)
        self.compare_button.setVisible(self.study is not None)
        self.nothing.say(self.hidden or (COMING if running else EMPTY), not running and not self.hidden)
        self.when.setVisible(self.study is not None)
        self.message.setVisible(bool(self.message.text()))
        for button in (self.report_button, self.folder_button):
            button.setVisible(self.study is not None)

    def _progress(self, job: Job) -> None:
        if job is not self.job:
            return
        now = job.progress
        set_share(self.bar, now.share)
        left = "" if now.seconds_left is None else f", {duration(now.seconds_left)} left"
        self.doing.setText(f"{now.text}{left}")

    def _cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _done(self, _changes: Changes) -> None:
        self.job = None
        self._say("")
        self._load()

    def _failed(self, error: BaseException) -> None:
        self.job = None
        if isinstance(error, Cancelled):
            self._say(STOPPED)
        elif isinstance(error, UserError):
            self._say(str(error), "bad")
        else:
            self._show_state()
            self.tools.runner.failed.emit("The comparison was not made", error)

    def _say(self, text: str, role: str = "muted") -> None:
        self.message.setText(text)
        set_role(self.message, role)
        self._show_state()

    def _open(self, which: Any) -> None:
        if self.study is None:
            return
        path = which(self.study)
        if path.exists():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        else:
            self._say(f"{path} is not there any more. Compare again to make it anew.", "bad")

    def _paint(self, theme: Theme) -> None:
        if self.result is not None:
            self.result.paint(theme)
