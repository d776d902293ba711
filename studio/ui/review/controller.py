"""What the review does: which neuron is in front, what is saved, what comes next. No widgets."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.domain.annotation import Label
from studio.domain.changes import Changes
from studio.domain.evidence import ExampleKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.job_runner import JobRunner
from studio.ui.review import verbs
from studio.ui.review.detail_reader import DetailReader
from studio.ui.review.facts import seen
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_query import Query
from studio.ui.review.neuron_rows import NeuronRows
from studio.ui.review.pace import Pace
from studio.ui.review.reading import Loaded, load_table
from studio.ui.review.save_queue import MANY, Decision, Saved, SaveQueue
from studio.ui.review.says import Says
from studio.ui.review.typed_ahead import Said, TypedAhead
from studio.ui.session import Session

#: After an act on more neurons than this, all are read anew in the lane.
REREAD = 1000


class ReviewController(Says):
    """Talks to the project through the runner's `db` lane only.

    `rows_replaced` (NeuronRows or None): other neurons. `loading` (neuron): asked for, not here yet. `shown`
    (NeuronDetail): in front now. `updated` (NeuronDetail): the same neuron, labelled anew. `label_changed`
    (neuron): a row of the list; `labels_changed`: many of them. `prefetched` (NeuronDetail): likely next.
    `progress` (done, total, per hour). `titles` (undo, redo): names or None. `finished`: no neuron of the
    list is open any more. `decided`: a decision that leads on was saved.
    """

    rows_replaced = Signal(object)
    loading = Signal(int)
    shown = Signal(object)
    updated = Signal(object)
    label_changed = Signal(int)
    labels_changed = Signal()
    prefetched = Signal(object)
    progress = Signal(int, int, float)
    titles = Signal(object, object)
    finished = Signal()
    told = Signal(str)
    decided = Signal()
    facts = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.saves = SaveQueue(runner, self)
        self.saves.saved.connect(self._saved)
        self.saves.problem.connect(self._problem)
        self.rows: NeuronRows | None = None
        self.current: int | None = None
        self.annotator = ""
        self.advance = True
        self._open = False
        self._details = DetailReader(runner, self)
        self._details.arrived.connect(self._arrived)
        self._details.near.connect(self.prefetched)
        self._looked: set[ExampleKind] = {ExampleKind.TOP}
        self._typed = TypedAhead()
        self._pace = Pace(monotonic)
        self._round = 0
        self._query = Query()
        self._start_at: int | None = None

    @property
    def detail(self) -> NeuronDetail | None:
        """The neuron in front, None while it is on its way."""
        return self._details.get(self.current)

    # Opening and closing

    def open(self, session: Session) -> None:
        """Show the neurons of the project that was opened."""
        self.close()
        self._open, self.annotator = True, session.annotator
        self._forget()
        self._read()

    def start_at(self, neuron: int | None) -> None:
        """The neuron that comes to the front first when the neurons were read."""
        self._start_at = neuron

    def close(self) -> None:
        """Hand over what is not saved yet and forget the project."""
        self.saves.hand_over()
        self._round += 1
        self._open, self._typed.leading_on = False, False
        self.rows, self.current = None, None
        self._pace = Pace(monotonic)
        self._forget()
        self.rows_replaced.emit(None)

    def set_annotator(self, name: str) -> None:
        """Somebody else reviews: other labels."""
        if name != self.annotator:
            self.annotator = name
            self._pace = Pace(monotonic)
            self._reread()

    def refresh(self, changes: Changes) -> None:
        """Take over what a job changed. Decisions of this window come back with their own save."""
        if not self._open:
            return
        others = bool(changes.annotations) and not self.saves.busy
        if (
            changes.rules
            or changes.everything
            or changes.proposals
            or changes.scores
            or changes.evidence
            or others
        ):
            self._reread()

    # Which neuron

    def ask(self, query: Query) -> None:
        """Remember what the list shows; the neuron in front stays."""
        self._query = query

    def show(self, neuron: int) -> None:
        """Bring a neuron to the front."""
        if self.rows is None or neuron == self.current:
            return
        self.current = neuron
        self._looked = {ExampleKind.TOP}
        detail = self._details.get(neuron)
        if detail is None:
            self.loading.emit(neuron)
            self._details.fetch(neuron)
        else:
            self._show(detail)

    def step(self, by: int) -> None:
        """The neuron `by` rows on, if there is one."""
        neuron = None if self.rows is None else self.rows.step(self.current, by)
        if neuron is not None:
            self.show(neuron)

    def first_open(self) -> None:
        """The next neuron that is not reviewed."""
        neuron = None if self.rows is None else self.rows.next_open(self.current)
        if neuron is None:
            self.finished.emit()
        else:
            self.show(neuron)

    def look(self, kind: ExampleKind) -> None:
        """These examples were in front of the reviewer; the record of the decision names them."""
        self._looked.add(kind)

    def reveal(self) -> None:
        """Show what blind review hides of the neuron in front, if what the policy asks for is said."""
        detail = self.detail
        if detail is None or self._typed.leading_on:
            return
        if detail.cover is None or not detail.cover.down:
            self.told.emit("Nothing is hidden of this neuron.")
            return
        write = verbs.reveal(detail.cover.hidden)(detail.neuron, seen(detail, self._looked))
        title = f"reveal, neuron {detail.neuron}"
        self._put(Decision(title, detail.neuron, self.annotator, write, reveals=True))

    # Inside

    def _decide(self, title: str, verb: verbs.Verb) -> None:
        """A decision that leads on to the next neuron. One at a time: the next one is not seen yet."""
        detail = self.detail
        if detail is None or self._typed.leading_on:
            return
        self._typed.leading_on = True
        write = verb(detail.neuron, seen(detail, self._looked))
        self._put(Decision(title, detail.neuron, self.annotator, write, leads_on=True))

    def _say(self, title: str, verb: verbs.Verb) -> None:
        """Something said about the neuron in front. Typed ahead, it is about the one that comes."""
        self._tell(Said(title, verb))

    def _tell(self, said: Said) -> None:
        if self._typed.leading_on:
            self._typed.hold(said)
        elif self.detail is not None:
            self._tell_of(self.detail, said)
        elif self.current is not None:
            self._typed.wait(self.current, said)

    def _tell_of(self, detail: NeuronDetail, said: Said) -> None:
        write = said.verb(detail.neuron, seen(detail, self._looked))
        self._put(Decision(said.title, detail.neuron, self.annotator, write))

    def _put(self, decision: Decision) -> None:
        if self._open:
            self.saves.put(decision)

    def _saved(self, saved: Saved) -> None:
        if saved.decision.annotator != self.annotator:
            self._typed.leading_on = False  # somebody else reviews by now: the rows and undo are theirs
            return
        if len(saved.labels) > MANY:
            self._relabel_many(saved)
        else:
            for neuron, label in saved.labels.items():
                self._relabel(neuron, label, saved)
        self.titles.emit(saved.undo, saved.redo)
        decision = saved.decision
        if decision.reveals:
            self._revealed(saved)
            return
        if decision.leads_on:
            self._pace.count()
            self.decided.emit()
        self._tell_progress()
        if decision.leads_on and decision.neuron == self.current:
            self._lead_on() if self.advance else self.updated.emit(self.detail)
        elif decision.neuron is None and len(saved.labels) == 1 and not decision.quiet:
            self.show(next(iter(saved.labels)))
        if decision.leads_on:
            for said in self._typed.arrived():
                self._tell(said)

    def _revealed(self, saved: Saved) -> None:
        if saved.labels:
            self._reread()
        elif self.detail is not None and self.detail.cover is not None:
            self.told.emit(f"Before you reveal it, say {', '.join(self.detail.cover.unsaid)}.")

    def _lead_on(self) -> None:
        assert self.rows is not None
        neuron = self.rows.next_open(self.current)
        if neuron is None:
            if self.detail is not None:
                self.updated.emit(self.detail)
            self.finished.emit()
        else:
            self.show(neuron)

    def _problem(self, problem: object) -> None:
        if problem is not None:
            self._typed.drop_next()

    def _relabel(self, neuron: int, label: Label, saved: Saved) -> None:
        if self.rows is not None:
            self.rows.set_label(label)
            self.label_changed.emit(neuron)
        detail = self._details.get(neuron)
        if detail is not None:
            detail = replace(detail, label=label, history=saved.histories[neuron], cover=saved.covers[neuron])
            self._details.put(detail)
            if neuron == self.current and not saved.decision.leads_on:
                self.updated.emit(detail)

    def _relabel_many(self, saved: Saved) -> None:
        """A bulk act: the rows together, and what is kept of the neurons is read again when it is shown."""
        if len(saved.labels) > REREAD or self.rows is None:
            self._reread()
            return
        for label in saved.labels.values():
            self.rows.set_label(label)
        for neuron in saved.labels:
            self._details.drop(neuron)
        self.labels_changed.emit()
        if self.current in saved.labels:
            self._details.fetch(self.current)

    def _tell_progress(self) -> None:
        if self.rows is not None:
            done, total = self.rows.columns.progress()
            self.progress.emit(done, total, self._pace.per_hour())

    def _show(self, detail: NeuronDetail) -> None:
        self.shown.emit(detail)
        self._details.look_ahead(self._likely_next)

    def _likely_next(self) -> list[int]:
        return [] if self.rows is None else self.rows.neighbours(self.current)

    def _arrived(self, detail: NeuronDetail) -> None:
        if detail.neuron == self.current:
            self._show(detail)
        else:
            self.prefetched.emit(detail)
        # What was said while its evidence was still being read is not lost.
        for said in self._typed.read(detail.neuron):
            self._tell_of(detail, said)

    def _reread(self) -> None:
        self._round += 1
        self._forget()
        self._read()

    def _forget(self) -> None:
        self._details.forget(self.annotator)
        self._typed.forget()

    def _read(self) -> None:
        now = self._round
        self._runner.db(
            "Reading the neurons", load_table, self.annotator, done=lambda loaded: self._loaded(now, loaded)
        )

    def _loaded(self, asked_in: int, loaded: Loaded) -> None:
        if asked_in != self._round or not self._open:
            return
        before = self.current if self._start_at is None else self._start_at
        self.current, self._start_at = None, None
        columns: NeuronColumns = loaded.columns
        self.rows = NeuronRows(columns, self._query)
        self.facts.emit(loaded)
        self.rows_replaced.emit(self.rows)
        self.titles.emit(loaded.undo, loaded.redo)
        self._tell_progress()
        first: Any = before if before is not None and before < len(columns) else None
        if first is None:
            first = self.rows.next_open(None)
        if first is None:
            first = self.rows.step(None, 0)
        if first is not None:
            self.show(first)
