"""All acts of the menus; here those of the window itself: pages, jobs, the guide, copying, quitting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from studio.ui.acts.base import Acts
from studio.ui.acts.project import ProjectActs
from studio.ui.acts.settings import SettingsActs
from studio.ui.acts.together import TogetherActs
from studio.ui.dialogs import AboutDialog
from studio.ui.keys.overlay import KeysOverlay
from studio.ui.pages import PAGES

if TYPE_CHECKING:
    from studio.ui.help_viewer import HelpViewer
    from studio.ui.main_window import MainWindow

RUNNING = "A job is still running. It will be stopped; what it has finished is kept, and it can go on later."


class WindowActs(Acts):
    """Owns the acts of the other subjects."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._guide: HelpViewer | None = None
        self.project, self.settings = ProjectActs(window), SettingsActs(window)
        self.together = TogetherActs(window)
        self._overlay = KeysOverlay(window.actions_registry, window.themes, window)

    def acts(self) -> Mapping[str, Callable[..., object]]:
        window = self._window
        pages = {page.action: lambda page=page: window.show_hosted(page) for page in PAGES}
        return {
            **pages,
            "file.quit": window.close,
            "edit.find": self._find,
            "edit.copy_image": self._copy_image,
            "edit.copy_citation": self._copy_citation,
            "view.review": window.show_review,
            "view.training": lambda: window.show_page(window.training),
            "view.jobs": window.jobs.setVisible,
            "view.full_screen": self._full_screen,
            "neurons.compare": self._compare,
            "run.cancel": self._cancel_jobs,
            "help.guide": lambda: self.show_guide("01"),
            "help.keys": self.show_keys,
            "help.about": lambda: self._show(AboutDialog(window)),
        }

    def connect_all(self) -> None:
        super().connect_all()
        for part in (self.project, self.settings, self.together):
            part.connect_all()

    def show_keys(self) -> None:
        """All keys that work now, over the window; once more takes them away."""
        if self._overlay.isVisible():
            self._overlay.leave()
        else:
            self._overlay.open()

    def show_guide(self, page: str) -> None:
        from studio.ui.help_viewer import HelpViewer

        if self._guide is None:
            self._guide = HelpViewer(self._window)
        self._guide.open_page(page)
        self._guide.show()
        self._guide.raise_()

    def may_close(self) -> bool:
        """Whether the window may close now; asks when a job is running."""
        if not self._window.runner.computing() or not self._window.settings.confirm:
            return True
        box = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window, "Quit Concept Studio?", RUNNING, box.Close | box.Cancel, box.Cancel
        )
        return answer == box.Close

    def _find(self) -> None:
        self._window.show_review()
        self._window.top.search.setFocus()
        self._window.top.search.selectAll()

    def _compare(self) -> None:
        """Mark the neuron in front; again on another one: both side by side."""
        spec = next(page for page in PAGES if page.action == "view.compare")
        neuron = self._window.review.controller.current
        page: Any = self._window.hosted.page(spec)
        told = "" if neuron is None else page.take(neuron)
        self._window.status.tell(told)
        if neuron is not None and not told:
            self._window.show_hosted(spec)

    def _copy_image(self) -> None:
        """The example in front, as it is drawn with its regions."""
        copied = self._window.review is not None and self._window.review.evidence.copy_picture()
        self._window.status.tell("Picture copied." if copied else "No picture is in front.")

    def _copy_citation(self) -> None:
        from studio.services.cite import cite

        review, session = self._window.review, self._window.projects.session
        if review is None or session is None or review.controller.current is None:
            return
        detail = review.controller.detail
        if detail is None or (detail.cover is not None and detail.cover.down):
            self._window.status.tell("The citation names the concept, which is hidden. Reveal it first.")
            return
        name = session.annotator
        self._window.runner.db("Citation", cite, detail.neuron, name, done=self._cited)

    def _cited(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.status.tell(f"Copied: {text}")

    def _full_screen(self, on: bool) -> None:
        if on:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def _cancel_jobs(self) -> None:
        self._window.jobs.cancel_running()
