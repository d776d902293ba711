"""Opening, making and closing projects: the window asks, the lanes do, signals tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.domain.changes import Changes
from studio.domain.errors import ProjectError, UserError
from studio.ui.history_watch import HistoryWatch
from studio.ui.job_runner import JobRunner
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.domain.specs import ProjectPlan

BUSY = "A job is still running on the open project. Wait until it is done, or cancel it in the jobs pane."
BACKUP_MS = 5 * 60 * 1000
NO_PLAN = "This file does not say how it was made, so there is nothing to go on with."


class ProjectController(QObject):
    """`opened` carries a Session, `session_changed` the same with newer counts; `failed` as the runner."""

    opened = Signal(object)
    session_changed = Signal(object)
    opening = Signal(Path)
    closed = Signal()
    computing = Signal()
    computed = Signal()
    failed = Signal(str, object)

    def __init__(self, runner: JobRunner, annotator: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner, self.annotator = runner, annotator
        self.session: Session | None = None
        runner.changes.connect(self._refresh_info)
        self._history = HistoryWatch(runner, self)
        self._history.damaged.connect(self._damaged)
        self._backups = QTimer(self, interval=BACKUP_MS)
        self._backups.timeout.connect(self.back_up)

    def open(self, path: Path) -> None:
        """Open a project file. One that is open already stays as it is."""
        from studio.services import projects

        if self._free(f"{path.name} was not opened", path):
            self._swap(path, projects.open_project, path)

    def open_demo(self, folder: Path | None = None) -> None:
        """Open the demo project; the first time, make it."""
        from studio.services import demo

        plan = demo.demo_plan(folder or demo.demo_folder())
        if self._free("The demo was not opened", Path(plan.path)):
            self._swap(Path(plan.path), open_or_create, Path(plan.path), plan.title, then=self._demo_opened)

    def new_project(self, plan: ProjectPlan) -> None:
        """Create the file of `plan` and run its steps in the compute lane."""
        from studio.services import projects

        path = Path(plan.path)
        if self._free("The project was not made", path):
            self._swap(path, projects.create_project, path, plan.title, then=lambda: self._keep_and_run(plan))

    def resume(self) -> None:
        """Run the steps of the open project again; what is done already is not done twice."""
        from studio.services import demo

        if self._runner.computing() or self.session is None:
            self.failed.emit("The pipeline was not started", UserError(BUSY))
        elif self.session.path == Path(demo.demo_plan(self.session.path.parent).path):
            self._make_demo(complete=False)
        else:
            self._runner.db("Reading the plan", read_plan, done=self._run_plan)

    def last_backup(self) -> None:
        """The window closes: a last backup when one is due, and no more."""
        self._backups.stop()
        self._history.stop()
        self.back_up()
        self.session = None

    def back_up(self) -> None:
        """Make a timed backup when one is due."""
        from studio.services import projects

        if self.session is not None:
            self._runner.db("Making a backup", projects.backup_if_due)

    def close(self) -> None:
        """Close the open project."""
        if self.session is None or not self._free("The project was not closed", None):
            return
        self.back_up()
        self._runner.close_project(done=self._project_closed)

    def set_annotator(self, name: str) -> None:
        """Who reviews from now on."""
        self.annotator = name
        if self.session is not None:
            self.session = replace(self.session, annotator=name)

    def _free(self, title: str, path: Path | None) -> bool:
        """Whether another project may be opened now; says so when not."""
        if self.session is not None and path == self.session.path:
            self.opened.emit(self.session)
            return False
        if self._runner.computing():
            self.failed.emit(title, UserError(BUSY))
            return False
        return True

    def _swap(self, path: Path, opener: Any, *args: Any, then: Any = None) -> None:
        def read(_: object) -> None:
            self._runner.db("Reading the project", project_facts, done=lambda info: show(info))

        def show(info: Any) -> None:
            self.session = Session(path, info.title or path.stem, self.annotator, info)
            self._backups.start()
            self._history.start()
            self.opened.emit(self.session)
            if then is not None:
                then()

        self.back_up()
        self.opening.emit(path)
        self._runner.swap_project(f"Opening {path.name}", opener, *args, done=read)

    def _demo_opened(self) -> None:
        from studio.services import demo

        self._runner.db("Looking at the demo", demo.is_complete, done=self._make_demo)

    def _make_demo(self, complete: bool) -> None:
        from studio.services import demo

        if complete or self.session is None:
            return
        steps = demo.demo_steps(self.session.path.parent)
        self.computing.emit()
        self._runner.steps("Making the demo", steps, done=self._demo_made)

    def _demo_made(self, _changes: Changes) -> None:
        from studio.services import demo

        self._runner.db("Finishing the demo", demo.mark_complete)
        self.computed.emit()

    def _keep_and_run(self, plan: ProjectPlan) -> None:
        self._runner.db("Keeping the plan", keep_plan, plan, done=lambda _: self._run_plan(plan))

    def _run_plan(self, plan: ProjectPlan | None) -> None:
        from studio.services.pipeline import plan_steps

        if plan is None:
            self.failed.emit("The pipeline was not started", UserError(NO_PLAN))
            return
        self.computing.emit()
        title = f"Making {Path(plan.path).name}"
        self._runner.steps(title, plan_steps(plan), done=lambda _: self.computed.emit())

    def _refresh_info(self, changes: Changes) -> None:
        if self.session is not None and (changes.everything or changes.evidence):
            self._runner.db("Reading the project", project_facts, done=self._info)

    def _info(self, info: Any) -> None:
        if self.session is not None:
            self.session = replace(self.session, info=info)
            self.session_changed.emit(self.session)

    def _project_closed(self, _: object) -> None:
        self.session = None
        self._backups.stop()
        self._history.stop()
        self.closed.emit()

    def _damaged(self, said: str) -> None:
        self.failed.emit("Annotations are damaged", ProjectError(said))


def project_facts(project: Any) -> Any:
    """The ProjectInfo of the open project."""
    from studio.services import projects

    return projects.project_info(project)


def open_or_create(path: Path, title: str) -> Any:
    """Open the project at `path`, or make it together with its folder."""
    from studio.services import projects

    if path.exists():
        return projects.open_project(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {path.parent} cannot be made: {error.strerror}.") from error
    return projects.create_project(path, title)


def keep_plan(project: Any, plan: ProjectPlan) -> None:
    """Remember in the project how it is made."""
    from studio.ui.new_project.plan_json import plan_to_json

    project.meta.set("plan", plan_to_json(plan))


def read_plan(project: Any) -> ProjectPlan | None:
    """How the project was made, None where it does not say."""
    from studio.ui.new_project.plan_json import plan_from_json

    return plan_from_json(project.meta.get("plan", None), str(project.path))
