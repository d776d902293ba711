"""The page of the newest study: how ours did beside the baselines, and the way to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.domain.errors import Cancelled, UserError
from studio.services.jobs import Job
from studio.services.study.last import LastStudy, last_study
from studio.services.study.report import subtitle
from studio.services.study.step import study_step, usual_folder
from studio.ui.labels import duration, label, set_role
from studio.ui.loaded_page import LoadedPage
from studio.ui.pages import PageTools
from studio.ui.progress_line import progress_line, set_share
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


class StudyPage(LoadedPage):
    """The newest study; new ones run in the compute lane."""

    what, EMPTY, OFFER = "The comparison", EMPTY, "Compare with baselines…"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.study: LastStudy | None = None
        self.result: ResultView | None = None
        self.job: Job | None = None
        self._make()
        self._build()
        tools.themes.changed.connect(self._paint)
        tools.runner.progress.connect(self._progress)
        self._show_state()

    def choose(self) -> None:
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
        self._tell("")
        steps = [study_step(self.session.path, folder, **chosen)]
        self.job = self.tools.runner.steps(TITLE, steps, done=self._done, failed=self._failed)
        if self.study is None:
            self.show_nothing()
        self._show_state()

    def concerns(self, changes: Changes) -> bool:
        return bool(changes.everything or changes.rules)

    def _make(self) -> None:
        self.when, self.message = label("", "muted", wrap=True), label("", "muted", wrap=True)
        self.first_button = self.nothing.button
        self.first_button.clicked.connect(self.choose)
        self.compare_button = QPushButton("Compare again…")
        self.compare_button.clicked.connect(self.choose)
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
        place, body = QWidget(), QWidget()
        self._room = QVBoxLayout(body)
        self._room.setContentsMargins(0, 0, 0, 0)
        self.show_over(body, place)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 0)
        column.setSpacing(8)
        column.addLayout(head)
        for part in (self.when, self.message, self._running):
            column.addWidget(part)
        column.addWidget(place, 1)

    def ask(self) -> None:
        self.read("Reading the study", last_study, done=self._loaded)

    def _loaded(self, found: LastStudy | None) -> None:
        if found is None or found != self.study or self.result is None:
            self.clear()
            self.study = found
        if found is not None and self.result is None:
            self.result = ResultView(found.document, self.tools.themes.theme)
            self._room.addWidget(self.result)
            self.when.setText(subtitle(found.document))
        self.show_body() if found is not None else self.show_nothing()
        self._show_state()

    def clear(self) -> None:
        self.study = None
        if self.result is not None:
            self._room.removeWidget(self.result)
            self.result.deleteLater()
            self.result = None
        self.when.setText("")
        self._show_state()

    def show_nothing(self, text: str = "", offer: bool = True) -> None:
        """While one is made, the page says so."""
        running = self.job is not None and not text
        super().show_nothing(COMING if running else text, offer and not running)

    def _show_state(self) -> None:
        running = self.job is not None
        self._running.setVisible(running)
        self.compare_button.setEnabled(not running)
        self.compare_button.setVisible(self.study is not None)
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
        self._tell("")
        self.load()

    def _failed(self, error: BaseException) -> None:
        self.job = None
        if self.study is None:
            self.show_nothing()
        if isinstance(error, Cancelled):
            self._tell(STOPPED)
        elif isinstance(error, UserError):
            self._tell(str(error), "bad")
        else:
            self._show_state()
            self.tools.runner.failed.emit("The comparison was not made", error)

    def _tell(self, text: str, role: str = "muted") -> None:
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
            self._tell(f"{path} is not there any more. Compare again to make it anew.", "bad")

    def _paint(self, theme: Theme) -> None:
        if self.result is not None:
            self.result.paint(theme)
