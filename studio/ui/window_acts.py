"""What the menus do that is no panel's business: dialogs, switches, the guide."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from studio.domain.errors import UserError
from studio.ui.dialogs import AboutDialog, ReviewerDialog
from studio.ui.errors import ErrorDialog
from studio.ui.keys.overlay import KeysOverlay
from studio.ui.pages import PAGES
from studio.ui.together.acts import TogetherActs

if TYPE_CHECKING:
    from studio.domain.shared import Policy
    from studio.domain.specs import SaeSpec
    from studio.services.export import ExportResult
    from studio.ui.help_viewer import HelpViewer
    from studio.ui.main_window import MainWindow

FILTER = "Concept Studio projects (*.cstudio);;All files (*)"
RUNNING = "A job is still running. It will be stopped; what it has finished is kept, and it can go on later."


class WindowActs(QObject):
    """Connected once the window's panels stand. Dialogs are never modal loops: nothing waits for them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._guide: HelpViewer | None = None
        self.together = TogetherActs(window)
        self._overlay = KeysOverlay(window.actions_registry, window.themes, window)

    def annotator(self) -> str:
        """Who reviews: the name that was given, else the name of the account."""
        return self._window.settings.reviewer or account_name()

    def connect_all(self) -> None:
        """Give every action of the window its act."""
        window, actions = self._window, self._window.actions_registry
        acts = {
            "file.new": self.new_project,
            "file.open": self.open_file,
            "file.demo": window.projects.open_demo,
            "file.export": self.export,
            "file.import": self.import_labels,
            "file.info": self.show_project_info,
            "file.close": self.close_project,
            "file.quit": window.close,
            "edit.reviewer": self.ask_reviewer,
            "edit.find": self._find,
            "view.review": window.show_review,
            "view.training": lambda: window.show_page(window.training),
            "view.jobs": window.jobs.setVisible,
            "neurons.compare": self._compare,
            "view.full_screen": self._full_screen,
            "run.resume": window.projects.resume,
            "run.hub": self.browse_hub,
            "run.doctor": self.check_sae,
            "run.study": self.compare_methods,
            "run.cancel": self._cancel_jobs,
            "help.guide": lambda: self.show_guide("01"),
            "help.keys": self.show_keys,
            "edit.keys": self.edit_keys,
            "edit.plugins": self.show_plugins,
            "edit.settings": self.edit_settings,
            "edit.copy_image": self._copy_image,
            "edit.copy_citation": self._copy_citation,
            "review.blind": self.edit_policy,
            "help.about": lambda: self._show(AboutDialog(window)),
        }
        for action_id, act in acts.items():
            actions.connect(action_id, act)
        self.together.connect_all()
        for page in PAGES:
            actions.connect(page.action, lambda page=page: window.show_hosted(page))
        for choice in ("system", "dark", "light"):
            actions.connect(f"view.theme_{choice}", lambda _on, choice=choice: self._theme(choice))
        actions.action(f"view.theme_{window.themes.choice}").setChecked(True)

    def show_error(self, title: str, error: BaseException) -> None:
        """A sentence, or a crash report."""
        self._window.status.tell("")
        self._show(ErrorDialog(title, error, self._window))

    def ask_reviewer_once(self) -> None:
        """Ask who reviews, unless somebody has said so already."""
        if not self._window.settings.reviewer:
            self.ask_reviewer()

    def ask_reviewer(self) -> None:
        dialog = ReviewerDialog(self.annotator(), self._window)
        dialog.chosen.connect(self._reviewer_chosen)
        self._show(dialog)

    def new_project(self) -> None:
        self._project_with(None)

    def _project_with(self, sae: SaeSpec | None) -> None:
        from studio.ui.new_project.dialog import NewProjectDialog

        dialog = NewProjectDialog(self._window.runner, self._window)
        if sae is not None:
            dialog.sae.set_spec(sae)
        dialog.planned.connect(self._window.projects.new_project)
        self._show(dialog)

    def browse_hub(self) -> None:
        """Find an SAE and download it; a new project with it is offered then."""
        from studio.ui.hub.dialog import HubDialog

        dialog = HubDialog(self._window.runner, "", self._window)
        dialog.chosen.connect(self._project_with)
        self._show(dialog)

    def check_sae(self) -> None:
        """The doctor, on what the open project was made with."""
        from studio.ui.hub.doctor_dialog import DoctorDialog
        from studio.ui.project_controller import read_plan

        dialog = DoctorDialog(self._window.runner, self._window)
        self._show(dialog)
        if self._window.projects.session is not None:
            self._window.runner.db("Reading the plan", read_plan, done=dialog.fill)

    def open_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a project", self._folder(), FILTER)
        if name:
            self._window.projects.open(Path(name))

    def close_project(self) -> None:
        if self._window.runner.computing():
            self._window.projects.close()  # says that a job is running
            return
        if self._window.review is not None:
            self._window.review.close_project()
        self._window.projects.close()

    def export(self) -> None:
        from studio.services.blind import check_open
        from studio.ui.exporting.dialog import ExportDialog

        session = self._window.projects.session
        if session is None:
            self.show_error("Nothing was exported", UserError("No project is open."))
            return

        def show(_open: None) -> None:
            dialog = ExportDialog(self._window.runner, session.path, self._window)
            dialog.exported.connect(self._exported)
            dialog.pushed.connect(lambda done: self._window.status.tell(f"Pushed to {done.url}"))
            self._show(dialog)

        def refused(error: BaseException) -> None:
            self.show_error("Nothing was exported", error)

        self._window.runner.db("Export", check_open, session.annotator, done=show, failed=refused)

    def import_labels(self) -> None:
        from studio.ui.exporting.import_dialog import ImportDialog

        if self._window.projects.session is None:
            self.show_error("Nothing was imported", UserError("No project is open."))
        else:
            dialog = ImportDialog(self._window.runner, self.annotator(), self._window)
            dialog.imported.connect(lambda plan: self._window.status.tell(f"Imported: {plan.summary}"))
            self._show(dialog)

    def show_project_info(self) -> None:
        """What is in the project, and which samples were left out."""
        from studio.services.blind import hidden_why
        from studio.ui.project_controller import project_facts
        from studio.ui.project_info import ProjectInfoDialog

        session = self._window.projects.session
        if session is None:
            self.show_error("There is nothing to show", UserError("No project is open."))
            return

        def show(found: tuple[Any, str]) -> None:
            self._show(ProjectInfoDialog(*found, self._window))

        def read(project: Any) -> tuple[Any, str]:
            return project_facts(project), hidden_why(project, session.annotator)

        self._window.runner.db("Reading the project", read, done=show)

    def show_keys(self) -> None:
        """All keys that work now, over the window; once more takes them away."""
        if self._overlay.isVisible():
            self._overlay.leave()
        else:
            self._overlay.open()

    def edit_keys(self) -> None:
        from studio.ui.keys.editor import KeyEditor

        self._show(KeyEditor(self._window.keys, self._window))

    def show_plugins(self) -> None:
        from studio.ui.plugins.dialog import PluginDialog

        dialog = PluginDialog(self._window.themes, self._window)
        dialog.help_asked.connect(lambda: self.show_guide("plugins"))
        self._show(dialog)

    def compare_methods(self) -> None:
        """Ask what to compare, over the page that shows what came out."""
        spec = next(spec for spec in PAGES if spec.action == "view.study")
        self._window.show_hosted(spec)
        self._window.hosted.page(spec).ask()

    def edit_settings(self) -> None:
        from studio.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window.settings, self.annotator(), self._window)
        dialog.changed.connect(self._settings_changed)
        dialog.reviewer.connect(self._reviewer_chosen)
        self._show(dialog)

    def _settings_changed(self) -> None:
        window, settings = self._window, self._window.settings
        if window.themes.choice != settings.theme:
            window.themes.choose(settings.theme)
            window.actions_registry.action(f"view.theme_{settings.theme}").setChecked(True)
        self.apply_settings()

    def apply_settings(self) -> None:
        """Let everything follow what was chosen. The theme is not looked at: a window may have been made with
        another one than that of the settings (`make_window`)."""
        window, settings = self._window, self._window.settings
        window.themes.set_text_percent(settings.text_percent)
        window.themes.set_still(settings.still)
        if window.review is not None:
            window.review.controller.advance = settings.advance

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

    def edit_policy(self) -> None:
        """What blind review hides."""
        from studio.ui.review.policy_dialog import PolicyDialog, read_policy, write_policy

        session = self._window.projects.session
        if session is None:
            return

        def show(policy: Policy) -> None:
            dialog = PolicyDialog(policy, session.annotator, self._window)
            dialog.chosen.connect(
                lambda new: self._window.runner.db("Saving", write_policy, session.annotator, new)
            )
            self._show(dialog)

        self._window.runner.db("Reading the policy", read_policy, done=show)

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

    def _reviewer_chosen(self, name: str) -> None:
        window = self._window
        window.settings.reviewer = name
        window.projects.set_annotator(name)
        window.top.set_reviewer(name)
        if window.review is not None:
            window.review.set_annotator(name)
        if window.projects.session is not None:
            window.hosted.open_project(window.projects.session)

    def _exported(self, result: ExportResult) -> None:
        rows = f"{result.rows:,} row{'s' * (result.rows != 1)}"
        self._window.status.tell(f"{rows} written to {result.path.name}")

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

    def _theme(self, choice: str) -> None:
        self._window.settings.theme = choice
        self._window.themes.choose(choice)

    def _full_screen(self, on: bool) -> None:
        if on:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def _cancel_jobs(self) -> None:
        self._window.jobs.cancel_running()

    def _folder(self) -> str:
        recent = self._window.settings.recent
        return str(recent[0].parent if recent else Path.home())

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def account_name() -> str:
    """The name of the account, "Reviewer" where the system does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "Reviewer"
