"""What a neuron does: header, pictures, texts, histogram."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.domain.evidence import ExampleKind
from studio.services.neurons import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.labels import ElidedLabel, label
from studio.ui.review.facts import firing_text
from studio.ui.review.grid_shape import GridShape
from studio.ui.review.image_grid import ImageGrid
from studio.ui.review.key_button import Segment
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import plain_tip
from studio.ui.review.player import Player
from studio.ui.review.regions import Regions
from studio.ui.review.shots import image_shots, text_shots
from studio.ui.review.similar_panel import SimilarPanel
from studio.ui.review.text_list import TextList
from studio.ui.review.zoom_view import ZoomView
from studio.ui.theme import ThemeKeeper

SIDE_WIDTH, FOLD_BELOW = 248, 640
GRID_SHARE = 0.58
HISTOGRAM_MS = 25
#: Pixels below which the switches stand under the title.
NARROW = 560
REGIONS = ((Regions.MASK, "Mask"), (Regions.HEAT, "Heat"), (Regions.OUTLINE, "Outline"))
KINDS = ((ExampleKind.TOP, "Top"), (ExampleKind.QUANTILE, "Quantiles"), (ExampleKind.SILENT, "Not firing"))
ACTION_OF_KIND = {ExampleKind.TOP: "top", ExampleKind.QUANTILE: "quantiles", ExampleKind.SILENT: "silent"}
NO_PICTURES = {
    ExampleKind.TOP: "This neuron fires on no picture of the data set.",
    ExampleKind.QUANTILE: "No quantile examples with a picture were kept.",
    ExampleKind.SILENT: "No examples with a picture that it does not fire on were kept.",
}


class EvidencePanel(QFrame):
    """`looked` carries the kind of examples that came into sight."""

    looked = Signal(object)

    def __init__(
        self,
        store: PictureStore,
        actions: ActionRegistry,
        themes: ThemeKeeper,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self._actions, self._themes = actions, themes
        self._detail: NeuronDetail | None = None
        self._layer: int | None = None
        self.kind = ExampleKind.TOP
        self.grid = ImageGrid(store, themes)
        self.texts = TextList(themes)
        self._later = QTimer(self, singleShot=True, interval=HISTOGRAM_MS)
        self._later.timeout.connect(self._histogram)
        self.zoom = ZoomView(store, themes, self)
        self.player = Player(self.zoom, self.grid)
        self._assemble(themes)
        self._connect()

    def set_layer(self, layer: int | None) -> None:
        """The layer that the header names."""
        self._layer = layer

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show a neuron's evidence."""
        other = self._detail is None or self._detail.neuron != detail.neuron
        self._detail = detail
        self._title.setText(f"Neuron {detail.neuron}")
        self._facts.setText(firing_text(detail, self._layer))
        self._facts.setToolTip(plain_tip(self._facts.text()))
        self._body.show()
        if other:
            self.zoom.leave()
            self._fill()
            self._scroll.verticalScrollBar().setValue(0)
            self._later.start()

    def show_loading(self, neuron: int) -> None:
        """The neuron is on its way; what was shown must not be taken for it."""
        self._detail = None
        self._title.setText(f"Neuron {neuron}")
        self._facts.setText("Reading …")
        self.zoom.leave()
        self.grid.show_shots([])
        self._body.hide()

    def show_nothing(self, empty: bool) -> None:
        """No neuron is in front; `empty` where the project has none yet."""
        self._detail = None
        self._title.setText("No neurons yet" if empty else "")
        self._later.stop()
        self._facts.setText("They appear here when the extraction is done." if empty else "")
        self.zoom.leave()
        self._body.hide()

    def prepare(self, detail: NeuronDetail) -> None:
        """Have the pictures of a neuron made that is likely next."""
        shots = image_shots(detail, ExampleKind.TOP)
        self.grid.prepare(shots[: self.grid.shape.columns * self._rows_in_sight(len(shots))])
        # Without pictures the texts have nearly all the room.
        self.texts.prepare(text_shots(detail, ExampleKind.TOP), self.height())

    def set_how(self, how: Regions) -> None:
        self.grid.set_how(how)
        self.zoom.set_how(how)

    def set_kind(self, kind: ExampleKind) -> None:
        """Show other examples of the neuron."""
        self.kind = kind
        self.zoom.leave()
        if self._detail is not None:
            self._fill()
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        narrow = self.width() < NARROW
        self._head.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)
        self.zoom.setGeometry(self.rect())
        self._fit()

    def _assemble(self, themes: ThemeKeeper) -> None:
        self._title = label("", "title")
        self._facts = ElidedLabel("", "muted")
        self._none = label("", "muted", wrap=True)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.grid)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self.grid.setAutoFillBackground(False)
        self._side = QWidget()
        self._side.setFixedWidth(SIDE_WIDTH)
        self._side_column = _column(self._side, 6)
        self._side_column.addWidget(label("Activation, all samples (log)", "heading"))
        self._side_column.addWidget(self._legend())
        self.similar = SimilarPanel()
        self._side_column.addWidget(self.similar, 1)
        self._side_column.addStretch()
        self._plot: QWidget | None = None
        self._body = QWidget()
        body = _column(self._body, 8)
        body.addWidget(self._scroll)
        body.addWidget(self._none)
        body.addSpacing(4)
        body.addLayout(self._lower(), 1)
        column = _column(self, 10, 16)
        column.addLayout(self._header())
        column.addWidget(self._body, 1)
        column.addStretch(0)
        self._body.hide()

    def _header(self) -> QVBoxLayout:
        self._top = QWidget()
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._top)
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.setSpacing(8)
        self._head.addWidget(self._title, 1)
        row = QHBoxLayout()
        row.setSpacing(12)
        for switch in switches(self._actions):
            row.addLayout(switch)
        self._head.addLayout(row)
        header = QVBoxLayout()
        header.setSpacing(2)
        header.addWidget(self._top)
        header.addWidget(self._facts)
        return header

    def make_compact(self) -> None:
        """One of two beside each other: title and switches stand above both."""
        self._top.hide()
        self.similar.hide()

    def _lower(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        self._texts_title = label("Texts", "heading")
        texts.addWidget(self._texts_title)
        texts.addWidget(self.texts, 1)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addLayout(texts, 1)
        row.addWidget(self._side)
        return row

    def _legend(self) -> QWidget:
        legend = QWidget()
        row = QHBoxLayout(legend)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for text, modality in (("V images", "visual"), ("T texts", "textual")):
            chip: QLabel = label(text)
            chip.setProperty("modality", modality)
            row.addWidget(chip)
        row.addStretch(1)
        return legend

    def _connect(self) -> None:
        for how, _ in REGIONS:
            self._actions.action(f"view.{how.value}").toggled.connect(
                lambda on, how=how: self.set_how(how) if on else None
            )
        for kind, _ in KINDS:
            self._actions.action(f"view.{ACTION_OF_KIND[kind]}").toggled.connect(
                lambda on, kind=kind: self.set_kind(kind) if on else None
            )
        self._actions.action("view.heat").setChecked(True)
        self._actions.action("view.top").setChecked(True)
        self._actions.shortcuts_changed.connect(lambda _id: self._hint())
        self._hint()
        self.grid.zoomed.connect(lambda place: self.zoom.open(self.grid.shots, place))

    def _hint(self) -> None:
        key = self._actions.key_label
        words = ((key("view.zoom"), "next"), (key("view.play"), "plays"), ("Esc", "closes"))
        self.zoom.hint = " · ".join(f"{name} {what}" for name, what in words if name)

    def _fill(self) -> None:
        assert self._detail is not None
        shots = image_shots(self._detail, self.kind)
        self.grid.show_shots(shots)
        self.texts.show_shots(text_shots(self._detail, self.kind))
        self._none.setText("" if shots else NO_PICTURES[self.kind])
        self._fit()

    def _fit(self) -> None:
        """Give the pictures the rows they need, at most their share; the rest is for the texts."""
        self._side.setVisible(self.width() >= FOLD_BELOW)
        shots = len(self.grid.shots)
        self._none.setVisible(not shots)
        self._scroll.setVisible(bool(shots))
        if not shots:
            return
        whole = self._shape(0)
        rows = min(whole.rows(shots), self._rows_in_sight(shots))
        scrolls = rows < whole.rows(shots)
        inner = self._shape(self._scroll.verticalScrollBar().sizeHint().width() if scrolls else 0)
        self._scroll.setFixedHeight(inner.height(rows) + (8 if scrolls else 0))
        self.grid.setMinimumHeight(inner.height(inner.rows(shots)))

    def _rows_in_sight(self, shots: int) -> int:
        shape = self._shape(0)
        one = shape.height(1) + 12
        return max(1, min(shape.rows(shots), int((self.height() - 80) * GRID_SHARE) // one))

    def _shape(self, taken: int) -> GridShape:
        """The grid in the panel's width less what is `taken` of it."""
        return GridShape(max(self.width() - 32, 64) - taken)

    def _histogram(self) -> None:
        """Drawn a moment after the examples, so that they do not wait for it."""
        detail = self._detail
        if detail is None:
            return
        if self._plot is None:
            # pyqtgraph takes a while to import; the start page does not need it.
            from studio.ui.review.histogram import Histogram

            self._plot = Histogram(self._themes)
            self._plot.setFixedHeight(150)
            self._side_column.insertWidget(2, self._plot)
        self._plot.show_detail(detail)  # type: ignore[attr-defined]


def switches(actions: ActionRegistry) -> list[QHBoxLayout]:
    """How regions are shown, and which examples: two rows of buttons, shared by all panels."""
    regions = [(text, f"view.{how.value}") for how, text in REGIONS]
    kinds = [(text, f"view.{ACTION_OF_KIND[kind]}") for kind, text in KINDS]
    return [_segments(choices, actions) for choices in (regions, kinds)]


def _segments(choices: list[tuple[str, str]], actions: ActionRegistry) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(0)
    for number, (text, action_id) in enumerate(choices):
        place = "first" if number == 0 else "last" if number == len(choices) - 1 else "middle"
        row.addWidget(Segment(text, action_id, place, actions))
    return row


def _column(widget: QWidget, spacing: int, margin: int = 0) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(spacing)
    return column
