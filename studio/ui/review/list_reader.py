"""What the list reads in the `db` lane: queues and scores, words of the search index, and its filling."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.services.full_text import Filled, fill, find_words
from studio.services.neuron_facts import NeuronFacts, neuron_facts
from studio.ui.job_runner import JobRunner
from studio.ui.review.neuron_query import Query
from studio.ui.review.neuron_rows import NeuronRows

#: The index is filled while nobody works: so long after the last act, then so long between two turns.
REST_MS, TURN_MS = 1500, 30


class ListReader(QObject):
    """`facts_read`: queues and scores are there, or newer. `words_found` carries what the index has for
    (field, text) pairs. `filled` (done, total): neurons whose words are in the index."""

    facts_read = Signal()
    words_found = Signal(object)
    filled = Signal(int, int)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._rows: NeuronRows | None = None
        self._annotator = ""
        self._round = self._words = 0
        self._old = False
        self._complete = True
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._fill)
        # A turn later: the neuron that comes to the front is read before the queues are.
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._read_facts)

    def read(self, rows: NeuronRows | None, annotator: str) -> None:
        """Other neurons are shown, None for none: read what belongs to them."""
        self._round += 1
        self._rows, self._annotator = rows, annotator
        self._complete = rows is None or not len(rows.columns)
        self._rest.stop()
        self._next.stop()
        if rows is not None:
            self._next.start()
            self.rest()

    def rest(self) -> None:
        """Somebody works: fill the index later."""
        if not self._complete:
            self._rest.start(REST_MS)

    def label_changed(self) -> None:
        """Somebody has said something: queues that several people make are old."""
        self._old = True
        self.rest()

    def asked(self, query: Query) -> None:
        """The list shows something else: queues that are old are read again."""
        self.rest()
        if query.needs_facts and self._old and self._rows is not None:
            self._read_facts()

    def find(self, wanted: list[tuple[str, str]]) -> None:
        """Ask the index; in blind review for one's own words only, as others' are hidden."""
        facts = None if self._rows is None else self._rows.columns.facts
        whose = self._annotator if facts is None or facts.blind else None
        now = self._round, self._words
        self._runner.db("Searching", find_words, whose, wanted, done=lambda found: self._found(now, found))

    def _read_facts(self) -> None:
        now, self._old = self._round, False
        self._runner.db(
            "Reading the queues", neuron_facts, self._annotator, done=lambda facts: self._facts(now, facts)
        )

    def _facts(self, asked_in: int, facts: NeuronFacts) -> None:
        if asked_in == self._round and self._rows is not None:
            columns = self._rows.columns
            if columns.facts is None and not facts.blind:
                # Until now it was not known whether others' words may be found: they were not looked for.
                columns.hits.clear()
                self._words += 1
            columns.set_facts(facts)
            self.facts_read.emit()

    def _found(self, asked_in: tuple[int, int], found: Any) -> None:
        if asked_in == (self._round, self._words):
            self.words_found.emit(found)

    def _fill(self) -> None:
        now = self._round
        # A neuron that cannot be read ends the filling; whoever opens it is told what is wrong.
        self._runner.db(
            "Filling the search index",
            fill,
            done=lambda filled: self._filled(now, filled),
            failed=lambda _error: None,
        )

    def _filled(self, asked_in: int, filled: Filled) -> None:
        if asked_in != self._round:
            return
        self._complete = filled.complete
        self.filled.emit(filled.done, filled.total)
        if not filled.complete:
            self._rest.start(TURN_MS)
        elif self._rows is not None:
            self._rows.columns.hits.clear()
