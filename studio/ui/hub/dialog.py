"""The Hub browser: find a repo, see what SAEs it holds, download one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import Cancelled, UserError
from studio.domain.hub import HubHit, HubRepo, HubSae
from studio.domain.specs import SaeSpec
from studio.services import hub
from studio.ui.fitting import within_screen
from studio.ui.hub.hit_list import HitList
from studio.ui.hub.repo_view import RepoView
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, set_role
from studio.ui.progress_line import progress_line, set_share

if TYPE_CHECKING:
    from studio.services.jobs import Job

WAITS = "Waits until the job that is running has ended."
SIZE = (1000, 600)


class HubDialog(QDialog):
    """`chosen` carries the SaeSpec of an SAE that is on this machine now; cancelled, nothing is changed.

    Asking the Hub is a job of the compute lane: the window never waits, and a running job comes first.
    """

    chosen = Signal(object)

    def __init__(self, runner: JobRunner, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("SAEs on the Hub")
        self.setObjectName("hub")
        self._runner = runner
        self._job: Job | None = None
        self._revision: str | None = None
        self.asked = QLineEdit(text)
        self.asked.setPlaceholderText("Repo id such as owner/name, or words to search for")
        self.asked.setAccessibleName("Repo id or words")
        self.find = QPushButton("Find")
        self.hits = HitList()
        self.repo = RepoView()
        self.state = label("", "muted", wrap=True)
        self.bar = progress_line("Download")
        self.stop = QPushButton("Cancel download")
        self.use = QPushButton("Download and use")
        self.use.setProperty("role", "primary")
        self._build()
        self._connect()
        runner.progress.connect(self._progressed)
        self._busy(None)
        if text:
            self.ask()

    def ask(self) -> None:
        """Look at the repo that was named, or search for the words."""
        text = self.asked.text().strip()
        if text.count("/") == 1 and " " not in text:
            self._look(text, None)
        elif text:
            self._start("Searching the Hub", hub.search_hub, text, done=self._found)

    def download(self) -> None:
        """Bring the SAE in front to this machine."""
        repo, sae = self.repo.shown, self.repo.table.sae()
        if repo is not None and sae is not None and self.use.isEnabled():
            spec = SaeSpec(repo.repo, sae.hookpoint or None, self._revision)
            self._start(f"Downloading {repo.repo}", hub.download_sae, spec, done=self._downloaded)

    def cancel_job(self) -> None:
        """Stop what runs; a download goes on where it stopped when it is asked for again."""
        if self._job is not None:
            self._job.cancel()

    def done(self, result: int) -> None:
        self.cancel_job()
        super().done(result)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.asked, 1)
        top.addWidget(self.find)
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self.hits, 3)
        middle.addWidget(self.repo, 8)
        below = QHBoxLayout()
        below.setSpacing(8)
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        below.addWidget(self.state, 1)
        for part in (self.bar, self.stop, close, self.use):
            below.addWidget(part)
        self.bar.setFixedWidth(160)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label("SAEs on the Hub", "title"))
        layout.addLayout(top)
        layout.addLayout(middle, 1)
        layout.addLayout(below)
        self.resize(within_screen(self, QSize(*SIZE)))
        for button in (close, self.find, self.stop):
            button.setAutoDefault(False)
        self.use.setAutoDefault(False)

    def _connect(self) -> None:
        self.asked.returnPressed.connect(self.ask)
        self.find.clicked.connect(self.ask)
        self.hits.chosen.connect(lambda name: self._look(name, None))
        self.repo.revision_asked.connect(self._look)
        self.repo.table.chosen.connect(self._sae_chosen)
        self.repo.table.doubleClicked.connect(lambda _index: self.download())
        self.use.clicked.connect(self.download)
        self.stop.clicked.connect(self.cancel_job)

    def _look(self, repo: str, revision: str | None) -> None:
        self._revision = revision
        self.asked.setText(repo)
        self._start(f"Looking at {repo}", hub.look_at, repo, revision, done=self._looked)

    def _start(self, title: str, fn: Any, *args: Any, done: Any) -> None:
        self.cancel_job()
        waits = self._runner.computing()

        job = self._runner.compute(
            title,
            fn,
            *args,
            done=lambda result: self._ended(job, done, result),
            failed=lambda error: self._ended(job, self._failed, error),
        )
        self._busy(job)
        self._say(WAITS if waits else f"{title} …")

    def _ended(self, job: Job, then: Any, result: Any) -> None:
        if self._job is job:
            self._busy(None)
            then(result)

    def _busy(self, job: Job | None) -> None:
        self._job = job
        for part in (self.bar, self.stop):
            part.setVisible(job is not None)
        set_share(self.bar, 0.0)
        self._sae_chosen(self.repo.table.sae())

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            set_share(self.bar, job.progress.share)

    def _found(self, hits: list[HubHit]) -> None:
        self.hits.set_hits(hits)
        self._say(f"{len(hits)} found" if hits else "No repo has these words in its name.")

    def _looked(self, repo: HubRepo) -> None:
        self.repo.show_repo(repo, self._revision or "main")
        self._say("The Hub does not answer; this is what is on this machine." if repo.offline else "")

    def _downloaded(self, spec: SaeSpec) -> None:
        self.chosen.emit(spec)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._say("Stopped. What was downloaded is kept.")
        elif isinstance(error, UserError):
            self._say(str(error), "bad")
        else:
            self._say("", "muted")
            self._runner.failed.emit("The Hub was not read", error)

    def _sae_chosen(self, sae: HubSae | None) -> None:
        fits = sae is not None and not self.repo.problem_of(sae) and not self.repo.locked
        self.use.setEnabled(fits and self._job is None)
        self.use.setText("Use" if sae is not None and sae.cached else "Download and use")
        self.repo.say_of(sae)

    def _say(self, text: str, role: str = "muted") -> None:
        self.state.setText(text)
        set_role(self.state, role)
        self.state.setAlignment(Qt.AlignmentFlag.AlignVCenter)
