"""The agreement page: how far annotators agree with each other and with gold neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.conflict import listed
from studio.domain.errors import UserError
from studio.services.agreement import (
    Agreement,
    AgreementData,
    AgreementRow,
    group_names,
    group_rows,
    read_agreement,
    write_csv,
)
from studio.ui.bound import Bound
from studio.ui.empty_state import EmptyState
from studio.ui.file_dialogs import ask_save
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label
from studio.ui.pages import Page, PageTools
from studio.ui.session import Session
from studio.ui.together.interval_delegate import IntervalDelegate
from studio.ui.together.rows_model import RowsModel, RowsTable, TableRow

EMPTY = (
    "Agreement appears here once two annotators have decided on the same neurons. Merge their copies first."
)
ABOUT = (
    "Alpha (Krippendorff) and kappa (Cohen) are 1 for full agreement and 0 for what chance alone would give; "
    "raw is the share of pairs of judgements that are equal. For alpha ratings are ordered. Intervals are "
    "95 %, bootstrap over neurons."
)
HEADERS = (
    "Part",
    "Measure",
    "Between",
    "Neurons",
    "Value",
    "95 % interval",
    "From -0.2 to 1, marks at 0, 0.5 and 1",
)
DRAWN = 6
NAMES = {"alpha": "alpha", "kappa": "kappa", "raw": "raw agreement"}


class AgreementPage(Page):
    """Reads in the `db` lane, one group of rows after another, so that a save never waits long."""

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._runner: JobRunner = tools.runner
        self.data: AgreementData | None = None
        self.rows: dict[str, list[AgreementRow]] = {}
        self._make(tools)
        self._build()

    def _make(self, tools: PageTools) -> None:
        self.nothing = EmptyState(EMPTY, "Merge copies…")
        self.empty, self.merge_button = self.nothing.words, self.nothing.button
        Bound(self.merge_button, "file.merge", tools.actions)
        self.who = label("", "", wrap=True)
        self.group = QComboBox()
        self.group.setAccessibleName("Neurons")
        self.group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.group.currentTextChanged.connect(self._show_group)
        self.save_button = QPushButton("Save as CSV…")
        self.save_button.clicked.connect(self._choose_file)
        self.state = label("", "muted")
        self.model = RowsModel(HEADERS, right=(3,))
        self.table = RowsTable(self.model, "Agreement", stretch=(DRAWN,), row_height=30)
        self.table.setItemDelegateForColumn(DRAWN, IntervalDelegate(tools.themes, self.table))

    def _build(self) -> None:
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label("Agreement", "title"))
        column.addWidget(self.who)
        column.addWidget(label(ABOUT, "muted", wrap=True))
        row = QHBoxLayout()
        for part in (label("Neurons"), self.group, self.save_button, self.state):
            row.addWidget(part)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self._body)

    def open_project(self, session: Session) -> None:
        super().open_project(session)
        self._forget()
        if self.isVisible():
            self._load()

    def close_project(self) -> None:
        super().close_project()
        self._forget()

    def refresh(self, changes: Changes) -> None:
        if self.isVisible() and (
            changes.annotations or changes.scores or changes.everything or changes.rules
        ):
            self._load()

    def showEvent(self, event: object) -> None:
        self._load()

    def _forget(self) -> None:
        self.data, self.rows = None, {}
        self._say(EMPTY)

    def _load(self) -> None:
        if self.session is not None:
            name = self.session.annotator
            self._runner.db("Reading labels", read_agreement, name, done=self._read, failed=self._failed)

    def _read(self, data: AgreementData) -> None:
        if self.session is None:
            return
        if not data.shared and not data.gold:
            self._forget()
            return
        self.data, self.rows = data, {}
        said = f"{listed(data.people) or 'Nobody'}: {data.shared:,} neurons were decided by two or more."
        gold = len(data.gold)
        self.who.setText(said + (f" {gold:,} gold neuron{'s' * (gold != 1)}." if gold else ""))
        chosen = self.group.currentText()
        self.group.blockSignals(True)
        self.group.clear()
        self.group.addItems([name[0].upper() + name[1:] for name in group_names(data)])
        self.group.setCurrentIndex(max(self.group.findText(chosen), 0))
        self.group.blockSignals(False)
        self._stack.setCurrentWidget(self._body)
        self._show_group()
        self._reckon()

    def _reckon(self) -> None:
        """The next group that has no rows yet, that in sight first."""
        assert self.data is not None
        names = group_names(self.data)
        names = [names[max(self.group.currentIndex(), 0)], *names]
        todo = next((name for name in names if name not in self.rows), None)
        done = len(self.rows)
        self.state.setText(f"Reckoning … {done} of {len(names) - 1}" if todo else "")
        self.save_button.setEnabled(todo is None)
        if todo is not None:
            self._runner.db(
                "Reckoning agreement", _group, self.data, todo, done=self._reckoned, failed=self._failed
            )

    def _reckoned(self, found: tuple[AgreementData, str, list[AgreementRow]]) -> None:
        data, name, rows = found
        if data is self.data:  # labels may have changed since
            self.rows[name] = rows
            self._show_group()
            self._reckon()

    def _show_group(self, _text: str = "") -> None:
        names = [] if self.data is None else group_names(self.data)
        place = self.group.currentIndex()
        rows = self.rows.get(names[place], []) if 0 <= place < len(names) else []
        shown, before = [], ""
        for row in rows:
            shown.append(TableRow(_cells(row, row.part != before), row))
            before = row.part
        self.model.set_rows(shown)
        self.table.fit(range(DRAWN), 420)

    def _choose_file(self) -> None:
        assert self.session is not None
        start = str(self.session.path.with_name(f"{self.session.path.stem}-agreement.csv"))
        ask_save(self, "Save the table", start, lambda path: self.save(Path(path)), "CSV (*.csv)")

    def save(self, path: Path) -> None:
        """Write all groups as CSV."""
        assert self.data is not None
        rows = tuple(row for name in group_names(self.data) for row in self.rows[name])
        table = Agreement(self.data.people, self.data.shared, len(self.data.gold), rows)
        self._runner.db("Saving the table", _save, table, path, done=self._saved)

    def _saved(self, path: Path) -> None:
        self.state.setText(f"Written to {path.name}")

    def _failed(self, error: BaseException) -> None:
        self.data, self.rows = None, {}
        self._say(str(error) if isinstance(error, UserError) else EMPTY)
        if not isinstance(error, UserError):
            self._runner.failed.emit("Agreement was not reckoned", error)

    def _say(self, text: str) -> None:
        self.nothing.say(text, offer=text == EMPTY)
        self._stack.setCurrentIndex(0)


def _group(_project: Any, data: AgreementData, name: str) -> tuple[AgreementData, str, list[AgreementRow]]:
    return data, name, group_rows(data, name)


def _save(_project: Any, table: Agreement, path: Path) -> Path:
    write_csv(table, path)
    return path


def _cells(row: AgreementRow, first: bool) -> tuple[str, ...]:
    """The part is named in its first row only."""
    value, _, interval = row.number().partition(" (")
    who = f"{row.who} and gold" if row.group == "gold" else row.who
    part = row.part[0].upper() + row.part[1:] if first else ""
    return (part, NAMES[row.statistic], who, f"{row.neurons:,}", value, interval.rstrip(")"), "")
