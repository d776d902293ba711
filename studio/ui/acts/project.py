"""New, open, close, export, import, and what a project or an SAE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.ui.acts.base import Acts
from studio.ui.file_dialogs import ask_open
from studio.ui.pages import PAGES

if TYPE_CHECKING:
    from studio.domain.specs import SaeSpec
    from studio.services.export import ExportResult

FILTER = "Concept Studio projects (*.cstudio);;All files (*)"


class ProjectActs(Acts):
    """Acts on the open project, or that end with one open."""

    def acts(self) -> Mapping[str, Callable[..., object]]:
        return {
            "file.new": self.new_project,
            "file.open": self.open_file,
            "file.demo": self._window.projects.open_demo,
            "file.export": self.export,
            "file.import": self.import_labels,
            "file.info": self.show_project_info,
            "file.close": self.close_project,
            "run.resume": self._window.projects.resume,
            "run.hub": self.browse_hub,
            "run.doctor": self.check_sae,
            "run.study": self.compare_methods,
        }

    def new_project(self) -> None:
        self._project_with(None)

    def open_file(self) -> None:
        def open_it(name: str) -> None:
            self._window.projects.open(Path(name))

        ask_open(self._window, "Open a project", self._folder(), open_it, FILTER)

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

        session = self._session("Nothing was exported")
        if session is None:
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

        if self._session("Nothing was imported") is not None:
            dialog = ImportDialog(self._window.runner, self.annotator(), self._window)
            dialog.imported.connect(lambda plan: self._window.status.tell(f"Imported: {plan.summary}"))
            self._show(dialog)

    def show_project_info(self) -> None:
        """What is in the project, and which samples were left out."""
        from studio.services.blind import hidden_why
        from studio.ui.project_controller import project_facts
        from studio.ui.project_info import ProjectInfoDialog

        session = self._session("There is nothing to show")
        if session is None:
            return

        def show(found: tuple[Any, str]) -> None:
            self._show(ProjectInfoDialog(*found, self._window))

        def read(project: Any) -> tuple[Any, str]:
            return project_facts(project), hidden_why(project, session.annotator)

        self._window.runner.db("Reading the project", read, done=show)

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

    def compare_methods(self) -> None:
        """Ask what to compare, over the page that shows what came out."""
        spec = next(spec for spec in PAGES if spec.action == "view.study")
        self._window.show_hosted(spec)
        self._window.hosted.page(spec).choose()

    def _project_with(self, sae: SaeSpec | None) -> None:
        from studio.ui.new_project.dialog import NewProjectDialog

        dialog = NewProjectDialog(self._window.runner, self._window)
        if sae is not None:
            dialog.sae.set_spec(sae)
        dialog.planned.connect(self._window.projects.new_project)
        self._show(dialog)

    def _exported(self, result: ExportResult) -> None:
        rows = f"{result.rows:,} row{'s' * (result.rows != 1)}"
        self._window.status.tell(f"{rows} written to {result.path.name}")

    def _folder(self) -> str:
        recent = self._window.settings.recent
        return str(recent[0].parent if recent else Path.home())
