"""What the search field understands: offered while somebody types, and on a page of its own."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.domain.search import CHOICE_FIELDS, NUMBER_FIELDS, TEXT_FIELDS
from studio.ui.labels import label, number_label

EXAMPLES = (
    ("dog face", "both words, wherever they stand"),
    ('"red fruit"', "the words one after another"),
    ("-dog", "not this"),
    ("class:visual,unclear", "one of these"),
    ("score>0.5  rating:3..5", "more than, between"),
    ("has:note  -is:flagged", "there is a note, there is no flag"),
    ("tag:animal  by:Ada", "with this tag, reviewed by Ada"),
    ("812", "the neuron of this number"),
)


class FieldCompleter(QCompleter):
    """Completes the last word of a search: names of fields, and what a field can be."""

    def __init__(self, field: QLineEdit) -> None:
        self._words = QStringListModel()
        super().__init__(self._words, field)
        self._words.setParent(self)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.set_scores(())

    def set_scores(self, scores: Iterable[str]) -> None:
        """Further number fields that this project has."""
        choices = (f"{name}:{choice}" for name, some in CHOICE_FIELDS.items() for choice in some)
        numbers = (f"{name}>" for name in (*NUMBER_FIELDS, *scores))
        self._words.setStringList(sorted([*choices, *numbers, *(f"{name}:" for name in TEXT_FIELDS)]))

    def splitPath(self, path: str) -> list[str]:
        """The last word; one of a letter or two is not completed: most people type plain words."""
        last = path.rsplit(" ", 1)[-1].removeprefix("-")
        return [last if len(last) > 2 or ":" in last else "\0"]

    def pathFromIndex(self, index: QModelIndex) -> str:
        """The whole text with the last word completed."""
        typed = self.widget().text() if isinstance(self.widget(), QLineEdit) else ""
        before, space, last = typed.rpartition(" ")
        minus = "-" if last.startswith("-") else ""
        return f"{before}{space}{minus}{super().pathFromIndex(index)}"


class SearchHelp(QDialog):
    """All fields with a word for each, and examples."""

    def __init__(self, scores: Iterable[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the search understands")
        self.setObjectName("search_help")
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        self._part(grid, "Examples", EXAMPLES)
        self._part(grid, "Words", ((f"{name}:", what) for name, what in TEXT_FIELDS.items()))
        numbers = [(name, what) for name, what in NUMBER_FIELDS.items()]
        numbers += [(name, "a score of this project") for name in scores]
        self._part(grid, "Numbers: with >, >=, <, <=, :, or a range as in 0.2..0.5", numbers)
        self._part(grid, "Choices", ((f"{name}:", ", ".join(some)) for name, some in CHOICE_FIELDS.items()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(label("Search neurons", "title"))
        words = "Everything that you ask for must hold. Case and accents do not matter."
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self._scrolled(grid), 1)
        column.addWidget(buttons)
        self.setMinimumWidth(560)

    def _scrolled(self, grid: QGridLayout) -> QScrollArea:
        """On a low screen the fields scroll and the button stays."""
        inside = QWidget()
        inside.setLayout(grid)
        grid.setContentsMargins(0, 0, 12, 0)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setAccessibleName("Fields of the search")
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        room = self.screen().availableGeometry().height() - 220
        area.setMinimumHeight(min(inside.sizeHint().height() + 8, max(room, 200)))
        return area

    def _part(self, grid: QGridLayout, title: str, rows: Iterable[tuple[str, str]]) -> None:
        heading = label(title, "heading")
        heading.setContentsMargins(0, 6, 0, 0)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
        for name, what in rows:
            row = grid.rowCount()
            grid.addWidget(number_label(name, ""), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(what, "muted", wrap=True), row, 1)
