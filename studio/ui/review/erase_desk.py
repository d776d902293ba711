"""Opens erase-to-verify on the example in front, and closes it when another neuron comes."""

from __future__ import annotations

from PySide6.QtCore import QObject

from studio.domain.evidence import ExampleKind
from studio.domain.modality import TokenKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.job_runner import JobRunner
from studio.ui.review.controller import ReviewController
from studio.ui.review.erase_run import EraseRun
from studio.ui.review.erase_view import EraseView
from studio.ui.review.evidence_panel import EvidencePanel
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.text_turns import TextShot
from studio.ui.theme import ThemeKeeper


class EraseDesk(QObject):
    """`view` is made when it is first asked for."""

    def __init__(
        self, evidence: EvidencePanel, store: PictureStore, runner: JobRunner, actions: ActionRegistry,
        themes: ThemeKeeper, control: ReviewController,
    ) -> None:  # fmt: skip
        super().__init__(evidence)
        self._evidence, self._store, self._runner = evidence, store, runner
        self._themes, self._control = themes, control
        self.view: EraseView | None = None
        actions.connect("view.erase", self.toggle)
        control.shown.connect(lambda _detail: self.leave())
        control.loading.connect(lambda _neuron: self.leave())
        control.rows_replaced.connect(lambda _rows: self.leave())

    def toggle(self) -> None:
        """Open it on the example that is enlarged, else on the first; close it when it is open."""
        if self.view is not None and self.view.isVisible():
            self.view.leave()
            return
        detail = self._control.detail
        shots = [] if detail is None else erase_shots(detail, self._evidence.kind)
        if not shots:
            return
        if self.view is None:
            self.view = EraseView(EraseRun(self._runner), self._store, self._themes, self._evidence)
            self.view.closed.connect(self._evidence.setFocus)
        self.view.open(shots, self._enlarged(shots))

    def leave(self) -> None:
        """Close it."""
        if self.view is not None:
            self.view.leave()

    def _enlarged(self, shots: list[TextShot]) -> int:
        zoom = self._evidence.zoom
        if not zoom.isVisible():
            return 0
        shown = self._evidence.grid.shots[zoom.place].sample.id
        zoom.leave()
        return next((i for i, shot in enumerate(shots) if shot.sample.id == shown), 0)


def erase_shots(detail: NeuronDetail, kind: ExampleKind) -> list[TextShot]:
    """The examples of both sides, those of pictures first, each sample once."""
    found: dict[str, TextShot] = {}
    for side in TokenKind:
        for example in detail.evidence.of(side, kind):
            sample = detail.samples.get(example.sample_id)
            if sample is not None:
                shot = TextShot(detail.neuron, example, sample.seen_by(example.map), detail.text.max)
                found.setdefault(sample.id, shot)
    return list(found.values())
