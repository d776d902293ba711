"""The review view: three columns put together, actions connected, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from studio.domain.changes import Changes
from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.job_runner import JobRunner
from studio.ui.review.controller import ReviewController
from studio.ui.review.decision_panel import DecisionPanel
from studio.ui.review.erase_desk import EraseDesk
from studio.ui.review.evidence_panel import EvidencePanel
from studio.ui.review.list_acts import ListActs
from studio.ui.review.list_reader import ListReader
from studio.ui.review.neuron_panel import NeuronPanel
from studio.ui.review.neuron_rows import NeuronRows
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.place_keeper import PlaceKeeper
from studio.ui.review.problem_bar import ProblemBar
from studio.ui.review.reading import Loaded
from studio.ui.review.review_acts import ReviewActs
from studio.ui.review.similar_reader import SimilarReader
from studio.ui.session import Session
from studio.ui.settings import WindowState
from studio.ui.theme import ThemeKeeper

LIST_WIDTH, DECISION_WIDTH = 328, 352


class ReviewView(QWidget):
    """Which neuron, what it does, what the reviewer says.

    `queue_changed` (done, total, per hour), `saved` (everything is in the file, a word), `uncommitted`
    (words were typed that are not saved), `policy` (how the project is reviewed, for whom).
    """

    queue_changed = Signal(int, int, float)
    saved = Signal(bool, str)
    uncommitted = Signal(bool)
    policy = Signal(object)

    def __init__(
        self,
        runner: JobRunner,
        actions: ActionRegistry,
        themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions, self._runner = actions, runner
        self.controller = ReviewController(runner, self)
        self.reader = ListReader(runner, self)
        self.pictures = PictureStore(runner, self)
        self.neurons = NeuronPanel(actions, themes)
        self.evidence = EvidencePanel(self.pictures, actions, themes)
        self.similar = SimilarReader(self.evidence.similar, runner, self.controller, self)
        self.erase = EraseDesk(self.evidence, self.pictures, runner, actions, themes, self.controller)
        self.decision = DecisionPanel(actions, themes)
        self.problem = ProblemBar(self.controller.saves)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.neurons.table)
        self._assemble()
        self._connect()
        self.list_acts = ListActs(self, self.neurons, self.controller, runner)
        self.list_acts.connect_actions(actions)
        self.place = PlaceKeeper(self.controller, self.neurons, self.list_acts.goal, self)

    def open_project(self, session: Session) -> None:
        """Show the neurons of the project that was opened."""
        self.similar.session = session
        self.pictures.clear()
        self.place.open(session)
        self.list_acts.views_menu.read()
        self.controller.open(session)

    def close_project(self) -> None:
        """Commit what was typed, hand over what is not saved, forget the rest."""
        self.place.close()
        self.decision.close_project()
        self.controller.close()
        self.similar.close()
        self.pictures.clear()

    def refresh(self, changes: Changes) -> None:
        """Take over what a job changed."""
        if changes.everything or changes.evidence:
            self.pictures.clear()
        self.controller.refresh(changes)

    def search(self, text: str) -> None:
        """Show neurons whose concept or number has `text`; the neuron in front stays."""
        self.neurons.search(text)

    def show_list(self, neurons: Iterable[int], name: str) -> None:
        """List these neurons and no others."""
        self.neurons.show_only(neurons, name)

    def set_annotator(self, name: str) -> None:
        """Somebody else reviews."""
        self.decision.note.commit()
        self.place.set_annotator(name)
        self.controller.set_annotator(name)

    def keep_layout(self, state: WindowState) -> None:
        """Remember how wide the columns are and which pane is open."""
        side = self.decision.side
        state.save("review_columns", self._split.saveState())
        state.save("review_side", self.decision.split.saveState())
        state.save_text("review_tab", f"{side.tabs.currentIndex()} {int(not side.isHidden())}")

    def restore_layout(self, state: WindowState) -> None:
        """Put the columns and the pane back; nonsense in the file changes nothing."""
        for split, key in ((self._split, "review_columns"), (self.decision.split, "review_side")):
            found = state.bytes(key)
            if found is not None:
                split.restoreState(found)
        tab, _, shown = state.text("review_tab").partition(" ")
        if tab.isdigit():
            self.decision.side.tabs.setCurrentIndex(int(tab))
            self.decision.side.setVisible(shown == "1")

    def _assemble(self) -> None:
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        for part in (self.neurons, self.evidence, self.decision):
            split.addWidget(part)
            split.setCollapsible(split.count() - 1, False)
        self.neurons.setMinimumWidth(240)
        self.evidence.setMinimumWidth(430)
        self.decision.setMinimumWidth(352)
        split.setStretchFactor(1, 1)
        split.setSizes([LIST_WIDTH, 10_000, DECISION_WIDTH])
        split.splitterMoved.connect(lambda _at, _handle: self.evidence.updateGeometry())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.problem)
        column.addWidget(split, 1)

    def _connect(self) -> None:
        control = self.controller
        control.rows_replaced.connect(self._rows_replaced)
        control.facts.connect(self._facts)
        control.loading.connect(self._loading)
        control.shown.connect(self._shown)
        control.updated.connect(self._updated)
        control.label_changed.connect(self.neurons.label_changed)
        control.prefetched.connect(self._prefetched)
        control.progress.connect(self._progress)
        self._acts = ReviewActs(self, self._actions)
        control.titles.connect(self._acts.name_undo)
        control.saves.state.connect(self.saved)
        self.neurons.chosen.connect(control.show)
        self.neurons.asked.connect(control.ask)
        self.evidence.looked.connect(control.look)
        self.decision.concept.edited.connect(control.edit)
        self.decision.note.committed.connect(control.note)
        self.decision.side.discussion.said.connect(control.comment)
        self.decision.side.guidelines.written.connect(self._write_guidelines)
        self.decision.typing.connect(self.uncommitted)
        control.finished.connect(self._finished)
        control.told.connect(lambda text: self.saved.emit(True, text))
        self.similar.list_asked.connect(self.show_list)
        self.neurons.asked.connect(self.reader.asked)
        self.neurons.words_asked.connect(self.reader.find)
        self.reader.words_found.connect(self.neurons.words_found)
        self.reader.facts_read.connect(self.neurons.facts_read)
        control.label_changed.connect(lambda _neuron: self.reader.label_changed())
        control.labels_changed.connect(self.neurons.labels_changed)
        control.labels_changed.connect(self.reader.label_changed)
        self.decision.tags.added.connect(control.tag)
        self.decision.tags.removed.connect(lambda neuron, tag: control.tag(neuron, remove=[tag]))

    def _rows_replaced(self, rows: NeuronRows | None) -> None:
        self.neurons.set_rows(rows)
        self.reader.read(rows, self.controller.annotator)
        self.decision.tags.set_known(rows.columns.tags() if rows is not None else ())
        self.evidence.setVisible(True)
        if rows is None or not len(rows.columns):
            self.evidence.show_nothing(rows is not None)
            self.decision.show_loading()

    def _facts(self, loaded: Loaded) -> None:
        self.evidence.set_layer(loaded.layer)
        self.policy.emit(loaded.rules.policy)
        self.decision.side.guidelines.show_rules(loaded.rules, self.controller.annotator)

    def _write_guidelines(self, text: str) -> None:
        from studio.services.guidelines import set_guidelines

        self._runner.db("Saving the guidelines", set_guidelines, self.controller.annotator, text)

    def _loading(self, neuron: int) -> None:
        self.neurons.select(neuron)
        self.evidence.show_loading(neuron)
        self.decision.show_loading()

    def _shown(self, detail: NeuronDetail) -> None:
        self.reader.rest()
        self.pictures.give(detail.pictures)
        self.neurons.select(detail.neuron)
        self.evidence.show_detail(detail)
        self.decision.show_detail(detail)

    def _updated(self, detail: NeuronDetail) -> None:
        self.decision.show_detail(detail)

    def _prefetched(self, detail: NeuronDetail) -> None:
        self.pictures.give(detail.pictures)
        self.evidence.prepare(detail)

    def _progress(self, done: int, total: int, per_hour: float) -> None:
        self.neurons.refresh_counts()
        self.queue_changed.emit(done, total, per_hour)

    def _finished(self) -> None:
        self.saved.emit(True, "Saved. Every neuron of this list is reviewed or skipped.")
