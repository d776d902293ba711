"""The main window: panels put together, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.ui.actions import REVIEW, ActionRegistry
from studio.ui.acts.window import WindowActs
from studio.ui.fitting import SMALLEST, within_screen
from studio.ui.icons import application_icon
from studio.ui.job_runner import JobRunner
from studio.ui.jobs_pane import JobsPane
from studio.ui.keys.keeper import KeyKeeper
from studio.ui.keys.physical import PhysicalKeys
from studio.ui.menus import RecentMenu, build_menus
from studio.ui.pages import PAGES, PageHost, PageSpec, PageTools
from studio.ui.project_controller import ProjectController
from studio.ui.session import Session
from studio.ui.settings import Settings, WindowState
from studio.ui.start_page import StartPage
from studio.ui.status_bar import StatusBar
from studio.ui.theme import ThemeKeeper
from studio.ui.top_bar import TopBar
from studio.ui.training_page import TrainingPage

SIZE = (1440, 900)
OF_A_PROJECT = (
    "file.close",
    "file.export",
    "file.import",
    "file.info",
    "file.merge",
    "file.copy",
    "neurons.assign",
    "edit.undo",
    "edit.redo",
    "edit.find",
    "view.review",
    "review.blind",
    "run.resume",
    "run.study",
    *(spec.action for spec in PAGES),
)


class MainWindow(QMainWindow):
    """Owns the panels; `projects` opens and closes, `acts` are the dialogs and switches of the menus."""

    def __init__(self, runner: JobRunner, actions: ActionRegistry, themes: ThemeKeeper) -> None:
        super().__init__()
        self.runner, self.actions_registry, self.themes = runner, actions, themes
        self.settings, self.state = Settings(), WindowState()
        self.keys = KeyKeeper(actions, self.settings, self)
        PhysicalKeys(self, actions)
        self.review: Any = None
        self.setWindowIcon(application_icon())
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self.top = TopBar(actions, themes)
        self.start = StartPage(actions, themes)
        self.training = TrainingPage(runner, themes)
        self.jobs = JobsPane(runner)
        self.status = StatusBar(runner, actions)
        self.acts = WindowActs(self)
        self.projects = ProjectController(runner, self.acts.annotator(), self)
        self._assemble()
        self._connect()
        self.show_start()

    def _assemble(self) -> None:
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.pages.addWidget(self.training)
        tools = PageTools(
            self.runner,
            self.actions_registry,
            self.themes,
            self.show_neuron,
            self.show_neurons,
            lambda: self.review,
        )
        self.hosted = PageHost(self.pages, tools)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.addWidget(self.pages)
        self.split.addWidget(self.jobs)
        self.split.setCollapsible(0, False)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([700, 180])
        self.jobs.hide()
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.split, 1)
        self.setCentralWidget(center)
        self.setStatusBar(self.status)
        menus = build_menus(self.menuBar(), self.actions_registry)
        recent = RecentMenu(lambda: self.settings.recent, self.projects.open, self._forget, menus["File"])
        menus["File"].insertMenu(self.actions_registry.action("file.demo"), recent)
        self.actions_registry.attach(self)
        self.resize(within_screen(self, QSize(*SIZE)).expandedTo(self.minimumSizeHint()))
        geometry = self.state.bytes("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        jobs = self.state.bytes("jobs_split")
        if jobs is not None:
            self.split.restoreState(jobs)

    def _connect(self) -> None:
        self.projects.opened.connect(self._opened)
        self.projects.closed.connect(self.hosted.close_project)
        self.projects.closed.connect(self.show_start)
        self.projects.opening.connect(lambda path: self.status.tell(f"Opening {path.name} …"))
        self.projects.computing.connect(self._computing)
        self.projects.computed.connect(self._computed)
        self.projects.failed.connect(self.acts.show_error)
        self.projects.session_changed.connect(self._session_changed)
        self.runner.failed.connect(self.acts.show_error)
        self.runner.changes.connect(self._changed)
        self.start.open_asked.connect(self.projects.open)
        self.start.forget_asked.connect(self._forget)
        self.top.search_changed.connect(lambda text: self.review and self.review.search(text))
        self.top.search_left.connect(lambda: self.review and self.review.setFocus())
        self.acts.connect_all()
        self.acts.settings.apply_settings()

    def show_start(self) -> None:
        """No project is open: the start page."""
        self.start.set_recent(self.settings.recent)
        self.show_page(self.start)
        self.status.set_file(None)
        self.top.set_queue(0, 0, 0.0)
        self.set_uncommitted(False)
        self.setWindowTitle("Concept Studio[*]")
        self.actions_registry.set_enabled(False, *OF_A_PROJECT)

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front; the keys of a page work only while it is there."""
        self.pages.setCurrentWidget(page)
        self.top.setVisible(page is not self.start)
        page.setFocus()
        self.actions_registry.show_scope(REVIEW if page is self.review else getattr(page, "scope", ""))

    def show_review(self) -> None:
        """The review of the open project, made when it is first needed."""
        if self.projects.session is None:
            return
        self._make_review()
        self.show_page(self.review)
        self.review.setFocus()

    def show_hosted(self, spec: PageSpec) -> None:
        """A page of `PAGES`."""
        self.show_page(self.hosted.page(spec))

    def show_neuron(self, neuron: int) -> None:
        """Bring a neuron to the front of the review."""
        self.show_review()
        self.review.controller.show(neuron)

    def show_neurons(self, neurons: Sequence[int], name: str) -> None:
        """Review these neurons and no others."""
        self.show_review()
        self.review.show_list(neurons, name)

    def called(self, path: Path | None) -> None:
        """A later start of the program: come to the front, and open what it was given."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        if path is not None:
            self.projects.open(path)

    def set_uncommitted(self, uncommitted: bool) -> None:
        """The title marks text that was typed and not yet committed, and nothing else."""
        self.setWindowModified(uncommitted)

    def _make_review(self) -> None:
        if self.review is not None:
            return
        from studio.ui.review.resume import Places
        from studio.ui.review.view import ReviewView

        self.review = ReviewView(self.runner, self.actions_registry, self.themes)
        self.pages.addWidget(self.review)
        self.review.queue_changed.connect(self.top.set_queue)
        self.review.saved.connect(self.status.set_saved)
        self.review.policy.connect(self.top.set_policy)
        self.review.controller.advance = self.settings.advance
        self.review.restore_layout(self.state)
        self.review.uncommitted.connect(self.set_uncommitted)
        self.review.place.places = Places(self.state)
        self.top.set_list(self.review)

    def _opened(self, session: Session) -> None:
        self.settings.add_recent(session.path)
        self.setWindowTitle(f"{session.path.name}[*] — Concept Studio")
        self.status.tell("")
        self.status.set_file(session.path)
        self.top.set_reviewer(session.annotator)
        self.actions_registry.set_enabled(True, *OF_A_PROJECT)
        self._make_review()
        self.review.open_project(session)
        self.hosted.open_project(session)
        self.show_review()
        self.acts.settings.ask_reviewer_once()

    def _computing(self) -> None:
        self.actions_registry.action("view.jobs").setChecked(True)
        self.jobs.show()
        self.show_page(self.training)

    def _computed(self) -> None:
        """A pipeline has run to its end: there is something to review now."""
        self.actions_registry.action("view.jobs").setChecked(False)
        self.jobs.hide()
        if self.pages.currentWidget() is self.training:
            self.show_review()

    def _session_changed(self, session: Session) -> None:
        self.top.set_reviewer(session.annotator)
        self.hosted.open_project(session)

    def _changed(self, changes: Changes) -> None:
        if self.review is not None and self.projects.session is not None:
            self.review.refresh(changes)
            self.hosted.refresh(changes)

    def _forget(self, path: Path) -> None:
        self.settings.remove_recent(path)
        self.start.set_recent(self.settings.recent)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if urls and all(url.isLocalFile() for url in urls):
            event.acceptProposedAction()
            self.start.set_drop_hint(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.start.set_drop_hint(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.start.set_drop_hint(False)
        event.acceptProposedAction()
        self.acts.together.dropped([Path(url.toLocalFile()) for url in event.mimeData().urls()])

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.acts.may_close():
            event.ignore()
            return
        self.state.save("geometry", self.saveGeometry())
        self.state.save("jobs_split", self.split.saveState())
        if self.review is not None:
            self.review.keep_layout(self.state)
        if self.review is not None and self.projects.session is not None:
            self.review.close_project()
        self.projects.last_backup()
        self.hide()
        self.runner.shutdown()
        event.accept()
