"""The agreement page: how far annotators agree with each other and with gold neurons."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.domain.conflict import listed
from studio.services.agreement import (
    PARTS,
    Agreement,
    AgreementData,
    AgreementRow,
    Part,
    group_names,
    group_rows,
    read_agreement,
    write_csv,
)
from studio.ui.bound import Bound
from studio.ui.file_dialogs import ask_save
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label
from studio.ui.loaded_page import LoadedPage
from studio.ui.pages import PageTools
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


class AgreementPage(LoadedPage):
    """Reckons one part of one group after another, so that a save never waits long."""

    what, EMPTY, OFFER = "Agreement", EMPTY, "Merge copies…"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._runner: JobRunner = tools.runner
        self.data: AgreementData | None = None
        self.rows: dict[tuple[str, str], list[AgreementRow]] = {}
        self._make(tools)
        self._build()

    def _make(self, tools: PageTools) -> None:
        self.merge_button = self.nothing.button
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
        body = QWidget()
        column = QVBoxLayout(body)
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
        self.show_over(body)

    def ask(self) -> None:
        assert self.session is not None
        given = read_agreement, self.session.annotator
        self.read("Reading labels", *given, done=self._read, hidden=False)

    def clear(self) -> None:
        self.data, self.rows = None, {}

    def concerns(self, changes: Changes) -> bool:
        return bool(changes.annotations or changes.scores or changes.everything or changes.rules)

    def _read(self, data: AgreementData) -> None:
        if not data.shared and not data.gold:
            self.clear()
            self.show_nothing()
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
        self.show_body()
        self._show_group()
        self._reckon()

    def _reckon(self) -> None:
        """The next rows that are missing, those of the group in sight first."""
        assert self.data is not None
        names = group_names(self.data)
        all_of = list(itertools.product([names[max(self.group.currentIndex(), 0)], *names], PARTS))
        todo = next(((name, part) for name, part in all_of if (name, part.name) not in self.rows), None)
        count = len(names) * len(PARTS)
        self.state.setText(f"Reckoning … {len(self.rows)} of {count}" if todo else "")
        self.save_button.setEnabled(todo is None)
        if todo is not None:
            given = _group, self.data, *todo
            self.read("Reckoning agreement", *given, done=self._reckoned, hidden=False)

    def _reckoned(self, found: tuple[tuple[str, str], list[AgreementRow]]) -> None:
        key, rows = found
        self.rows[key] = rows
        self._show_group()
        self._reckon()

    def _show_group(self, _text: str = "") -> None:
        names = [] if self.data is None else group_names(self.data)
        place = self.group.currentIndex()
        rows = self._rows_of(names[place]) if 0 <= place < len(names) else []
        shown, before = [], ""
        for row in rows:
            shown.append(TableRow(_cells(row, row.part != before), row))
            before = row.part
        self.model.set_rows(shown)
        self.table.fit(range(DRAWN), 420)

    def _rows_of(self, group: str) -> list[AgreementRow]:
        """As far as they are reckoned."""
        return [row for part in PARTS for row in self.rows.get((group, part.name), ())]

    def _choose_file(self) -> None:
        assert self.session is not None
        start = str(self.session.path.with_name(f"{self.session.path.stem}-agreement.csv"))
        ask_save(self, "Save the table", start, lambda path: self.save(Path(path)), "CSV (*.csv)")

    def save(self, path: Path) -> None:
        """Write all groups as CSV."""
        assert self.data is not None
        rows = tuple(row for name in group_names(self.data) for row in self._rows_of(name))
        table = Agreement(self.data.people, self.data.shared, len(self.data.gold), rows)
        self._runner.db("Saving the table", _save, table, path, done=self._saved)

    def _saved(self, path: Path) -> None:
        self.state.setText(f"Written to {path.name}")


def _group(
    _project: Any, data: AgreementData, group: str, part: Part
) -> tuple[tuple[str, str], list[AgreementRow]]:
    return (group, part.name), group_rows(data, group, parts=[part])


def _save(_project: Any, table: Agreement, path: Path) -> Path:
    write_csv(table, path)
    return path


def _cells(row: AgreementRow, first: bool) -> tuple[str, ...]:
    """The part is named in its first row only."""
    value, _, interval = row.number().partition(" (")
    who = f"{row.who} and gold" if row.group == "gold" else row.who
    part = row.part[0].upper() + row.part[1:] if first else ""
    return (part, NAMES[row.statistic], who, f"{row.neurons:,}", value, interval.rstrip(")"), "")
