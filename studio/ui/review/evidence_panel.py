"""What a neuron does: header, examples, and one of them enlarged over it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.domain.evidence import ExampleKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.review.evidence_body import EvidenceBody
from studio.ui.review.evidence_header import ACTION_OF_KIND, REGIONS, EvidenceHeader
from studio.ui.review.facts import firing_text
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.player import Player
from studio.ui.review.regions import Regions
from studio.ui.review.zoom_view import ZoomView
from studio.ui.theme import ThemeKeeper

MARGIN = 16
#: Pixels below which the switches stand under the title.
NARROW = 560


class EvidencePanel(QFrame):
    """`looked` carries the kind of examples that came into sight."""

    looked = Signal(object)

    def __init__(
        self, store: PictureStore, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self._actions = actions
        self._detail: NeuronDetail | None = None
        self._layer: int | None = None
        self.kind = ExampleKind.TOP
        self.header = EvidenceHeader(actions, themes)
        self.body = EvidenceBody(store, themes, 2 * MARGIN)
        self.grid, self.texts, self.similar = self.body.grid, self.body.texts, self.body.side.similar
        self.zoom = ZoomView(store, themes, self)
        self.player = Player(self.zoom, self.grid)
        self._assemble()
        self._connect()

    def set_layer(self, layer: int | None) -> None:
        """The layer that the header names."""
        self._layer = layer

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show a neuron's evidence."""
        other = self._detail is None or self._detail.neuron != detail.neuron
        self._detail = detail
        self.header.say(f"Neuron {detail.neuron}", firing_text(detail, self._layer))
        self.body.show()
        if other:
            self.zoom.leave()
            self.body.show_examples(detail, self.kind)
            self.body.to_top()
            self.body.side.show_detail(detail)

    def show_loading(self, neuron: int) -> None:
        """The neuron is on its way; what was shown must not be taken for it."""
        self._leave(f"Neuron {neuron}", "Reading …")
        self.body.clear()

    def show_nothing(self, empty: bool) -> None:
        """No neuron is in front; `empty` where the project has none yet."""
        words = "They appear here when the extraction is done."
        self._leave("No neurons yet" if empty else "", words if empty else "")

    def prepare(self, detail: NeuronDetail) -> None:
        """Have the examples of a neuron made that is likely next."""
        self.body.prepare(detail)

    def set_how(self, how: Regions) -> None:
        """Show firing regions another way."""
        self.grid.set_how(how)
        self.zoom.set_how(how)

    def set_kind(self, kind: ExampleKind) -> None:
        """Show other examples of the neuron."""
        self.kind = kind
        self.zoom.leave()
        if self._detail is not None:
            self.body.show_examples(self._detail, kind)
            self.looked.emit(kind)

    def step_zoom(self) -> None:
        """Open the first example large; the next one when it is open. Not behind another page."""
        if not self.isVisible():
            return
        if self.zoom.isVisible():
            self.zoom.step()
        else:
            self.zoom.open(self.grid.shots, 0)

    def copy_picture(self) -> bool:
        """Put the example in front on the clipboard as it is drawn; whether there is one."""
        place = self.zoom.place if self.zoom.isVisible() else 0
        if self._detail is None or not self.grid.shots:
            return False
        tile = self.zoom.drawn(self.grid.shots[place])
        if tile is not None:
            QGuiApplication.clipboard().setImage(tile)
        return tile is not None

    def make_compact(self) -> None:
        """One of two beside each other: title and switches stand above both."""
        self.header.make_compact()
        self.similar.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.set_narrow(self.width() < NARROW)
        self.zoom.setGeometry(self.rect())
        self.body.fit(self.width(), self.height())

    def _leave(self, title: str, facts: str) -> None:
        self._detail = None
        self.header.say(title, facts)
        self.body.side.show_detail(None)
        self.zoom.leave()
        self.body.hide()

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(10)
        column.addWidget(self.header)
        column.addWidget(self.body, 1)
        column.addStretch(0)
        self.body.hide()

    def _connect(self) -> None:
        for how in REGIONS:
            self._actions.action(f"view.{how.value}").toggled.connect(self._region_chosen)
        for name in ACTION_OF_KIND.values():
            self._actions.action(f"view.{name}").toggled.connect(self._kind_chosen)
        self._actions.action("view.heat").setChecked(True)
        self._actions.action("view.top").setChecked(True)
        self._actions.shortcuts_changed.connect(self._hint)
        self._hint()
        self.grid.zoomed.connect(lambda place: self.zoom.open(self.grid.shots, place))

    def _region_chosen(self, on: bool) -> None:
        chosen = [how for how in REGIONS if self._actions.action(f"view.{how.value}").isChecked()]
        if on and chosen:
            self.set_how(chosen[0])

    def _kind_chosen(self, on: bool) -> None:
        names = ACTION_OF_KIND.items()
        chosen = [kind for kind, name in names if self._actions.action(f"view.{name}").isChecked()]
        if on and chosen:
            self.set_kind(chosen[0])

    def _hint(self, _action_id: str = "") -> None:
        key = self._actions.key_label
        words = ((key("view.zoom"), "next"), (key("view.play"), "plays"), ("Esc", "closes"))
        self.zoom.hint = " · ".join(f"{name} {what}" for name, what in words if name)
