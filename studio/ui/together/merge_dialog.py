"""Merge copies: choose files, see what each would bring, merge, and see where words differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.conflict import listed
from studio.services.merge import CopyReport, MergeReport, merge_copies, preview_copies
from studio.ui.file_dialogs import ask_several
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label, set_role
from studio.ui.session import Session
from studio.ui.together.merge_result import MergeResult
from studio.ui.together.rows_model import RowsModel, RowsTable, TableRow

FILTER = "Concept Studio projects (*.cstudio);;All files (*)"
ABOUT = (
    "Add the annotations that others made in their copies of this project. Nothing is lost and nothing is "
    "doubled; a backup is made first. Drop files here, or choose them."
)
HEADERS = ("Copy", "By", "New", "Here already", "Conflicts", "")


class MergeDialog(QDialog):
    """`show_neurons` carries neurons to review, `adjudicate` asks for the adjudication page."""

    show_neurons = Signal(list, str)
    adjudicate = Signal()

    def __init__(
        self, runner: JobRunner, session: Session, paths: Sequence[Path] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._runner, self._session = runner, session
        self.paths: list[Path] = []
        self.reports: list[CopyReport] = []
        self.setWindowTitle("Merge copies")
        self.setObjectName("merge")
        self.setAcceptDrops(True)
        self._make()
        self._build()
        self.resize(820, 480)
        self.add_files(paths)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Look into more files; one that is in the list already is named as such."""
        self.paths += list(paths)
        self._look()

    def merge(self) -> None:
        """Merge the copies that can be merged."""
        good = [report.path for report in self.reports if not report.problem]
        self._tell("Merging …")
        self.merge_button.setEnabled(False)
        name = self._session.annotator
        self._runner.db("Merging copies", merge_now, good, name, done=self._merged, failed=self._failed)

    def _make(self) -> None:
        self.model = RowsModel(HEADERS, right=(2, 3, 4))
        self.table = RowsTable(self.model, "Copies", stretch=(5,))
        self.note = label("", "muted", wrap=True)
        self.add_button = QPushButton("Choose files…")
        self.remove_button = QPushButton("Remove from the list")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.merge_button = self._buttons.addButton("Merge", QDialogButtonBox.ButtonRole.AcceptRole)
        self.merge_button.setProperty("role", "primary")
        self.add_button.clicked.connect(self._choose)
        self.remove_button.clicked.connect(self._remove)
        self._buttons.accepted.connect(self.merge)
        self._buttons.rejected.connect(self.reject)
        self.table.selectionModel().selectionChanged.connect(self._describe)

    def _build(self) -> None:
        choose = QWidget()
        column = QVBoxLayout(choose)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("Merge copies", "title"))
        column.addWidget(label(ABOUT, "muted", wrap=True))
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addWidget(self._buttons)
        self.result = MergeResult()
        self.result.closed.connect(self.accept)
        self.result.show_neurons.connect(self._show_neurons)
        self.result.adjudicate.connect(self._adjudicate)
        self._stack = QStackedWidget()
        self._stack.addWidget(choose)
        self._stack.addWidget(self.result)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _look(self) -> None:
        self.merge_button.setEnabled(False)
        self.remove_button.setEnabled(False)
        if not self.paths:
            self._show([])
            return
        self._tell("Reading the copies …")
        asked = list(self.paths)
        self._runner.db("Reading copies", preview_copies, asked, done=self._previewed, failed=self._failed)

    def _previewed(self, found: list[CopyReport]) -> None:
        if [report.path for report in found] == self.paths:  # files may have come since
            self._show(found)

    def _show(self, reports: list[CopyReport]) -> None:
        self.reports = reports
        self.model.set_rows([TableRow(_cells(report), report) for report in reports])
        self.table.fit((0, 1, 2, 3, 4), 220)
        new = sum(report.new for report in reports)
        self.merge_button.setEnabled(new > 0)
        if new and self.add_button.hasFocus():
            self.merge_button.setFocus()  # Enter does the usual thing next
        self._tell(_sentence(reports))
        wrong = next((i for i, report in enumerate(reports) if report.problem), None)
        if wrong is not None:
            self.table.selectRow(wrong)

    def _describe(self) -> None:
        """The whole sentence about the selected copy."""
        report = self.table.about()
        self.remove_button.setEnabled(report is not None)
        if report is not None:
            self._tell(report.sentence(), "bad" if report.problem else "muted")

    def _tell(self, text: str, role: str = "muted") -> None:
        self.note.setText(text)
        set_role(self.note, role)

    def _choose(self) -> None:
        def add(names: list[str]) -> None:
            self.add_files([Path(name) for name in names])

        ask_several(self, "Copies to merge", str(self._session.path.parent), add, FILTER)

    def _remove(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            del self.paths[rows[0].row()]
            self._look()

    def _merged(self, found: tuple[Changes, MergeReport, bool]) -> None:
        _changes, report, hidden = found
        self.result.show_report(report, hidden, self._session)
        self._stack.setCurrentWidget(self.result)
        self.result.setFocus()

    def _failed(self, error: BaseException) -> None:
        self._tell(str(error), "bad")
        self.merge_button.setEnabled(False)

    def _show_neurons(self, neurons: list[int], name: str) -> None:
        self.show_neurons.emit(neurons, name)
        self.accept()

    def _adjudicate(self) -> None:
        self.adjudicate.emit()
        self.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if urls and all(url.isLocalFile() for url in urls) and self._stack.currentIndex() == 0:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_files([Path(url.toLocalFile()) for url in event.mimeData().urls()])


def merge_now(project: Any, paths: Sequence[Path], annotator: str) -> tuple[Changes, MergeReport, bool]:
    """Merge in the `db` lane; the changes go to every panel. The last says whether what others said is hidden
    from the annotator."""
    report = merge_copies(project, paths)
    return report.changes, report, project.events.policy().hides_from(annotator)


def _cells(report: CopyReport) -> tuple[str, ...]:
    who = listed([name for name, _ in report.new_by]) if report.new_by else ""
    if report.problem:
        return (report.path.name, "", "", "", "", report.problem)
    state = "Ready" if report.new else "Nothing new"
    numbers = (f"{report.new:,}", f"{report.known:,}", f"{len(report.conflicts):,}")
    return (report.path.name, who, *numbers, state)


def _sentence(reports: Sequence[CopyReport]) -> str:
    new = sum(report.new for report in reports)
    wrong = sum(bool(report.problem) for report in reports)
    if not reports:
        return "No copy is chosen yet."
    said = f"{new:,} new annotation{'s' * (new != 1)} will come." if new else "There is nothing new to merge."
    return f"{said} {wrong} of the files cannot be merged and will be left out." if wrong else said
