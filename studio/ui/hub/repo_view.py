"""One repo of the Hub: what it is, and the SAEs in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from studio.domain.hub import HubRepo, HubSae
from studio.ui.hub.sae_model import size_words
from studio.ui.hub.sae_table import SaeTable
from studio.ui.labels import ElidedLabel, label, set_role

EMPTY = "Find a repo by its id or by words of its name. What it holds is shown before it is downloaded."
NO_SAE = "This repo holds no SAE in a format that is read here."
LOCKED = (
    "This repo is gated. Accept its terms on its page on the Hub, then log in once with “hf auth login”; the "
    "token stays in the Hub's own store."
)


class RepoView(QFrame):
    """`revision_asked` carries a repo id and the revision to look at instead."""

    revision_asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.shown: HubRepo | None = None
        self.name = ElidedLabel("", "heading")
        self.facts = label("", "muted", wrap=True)
        self.revision = QComboBox()
        self.revision.setAccessibleName("Revision")
        self.revision.setToolTip("Branch or tag")
        self.revision.textActivated.connect(self._revision)
        self.table = SaeTable()
        self.note = label("", "muted", wrap=True)
        self.empty = label(EMPTY, "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()

    @property
    def locked(self) -> bool:
        """Whether this account may not read the files yet."""
        return self.shown is not None and self.shown.locked

    def show_repo(self, repo: HubRepo, revision: str) -> None:
        """Show what was found at a revision."""
        self.shown = repo
        self.name.setText(repo.repo)
        self.facts.setText(facts_of(repo))
        self.revision.clear()
        self.revision.addItems(list(repo.revisions))
        self.revision.setCurrentIndex(self.revision.findText(revision))
        self.empty.setText(NO_SAE if not repo.saes else EMPTY)
        self._stack.setCurrentIndex(1 if repo.saes else 0)
        self.table.set_saes(repo.saes)

    def say_of(self, sae: HubSae | None) -> None:
        """What stands in the way of the SAE in front, or what it would take."""
        problem = LOCKED if self.locked else "" if sae is None else self.problem_of(sae)
        self.note.setText(
            problem or ("" if sae is None or self.shown is None else room_words(sae, self.shown))
        )
        set_role(self.note, "bad" if problem and not self.locked else "warning" if problem else "muted")

    def problem_of(self, sae: HubSae) -> str:
        """Why an SAE of this repo cannot be used: it cannot be read, or the disk has no room for it."""
        if sae.problem or sae.cached or self.shown is None or sae.size <= self.shown.free:
            return sae.problem
        return f"{room_words(sae, self.shown)} Make room, or move HF_HOME."

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name, 1)
        head.addWidget(self.revision)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        nothing = QWidget()
        inside = QVBoxLayout(nothing)
        inside.setContentsMargins(32, 32, 32, 32)
        inside.addWidget(self.empty)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(nothing)
        self._stack.addWidget(full)

    def _revision(self, name: str) -> None:
        if self.shown is not None:
            self.revision_asked.emit(self.shown.repo, name)


def facts_of(repo: HubRepo) -> str:
    """Licence, terms, date and commit in one line."""
    licence = f"Licence: {repo.licence}" if repo.licence else "" if repo.offline else "No licence named"
    gate = "gated" if repo.gated else ""
    parts = (licence, gate, "private" if repo.private else "", repo.modified, f"commit {repo.commit[:8]}")
    return " · ".join(part for part in parts if part)


def room_words(sae: HubSae, repo: HubRepo) -> str:
    """What a download takes, and what there is."""
    if sae.cached:
        return "It is on this machine already."
    return f"Takes {size_words(sae.size)}; {size_words(repo.free)} are free."
