"""The examples: pictures above, texts below them, and at the side what is known of all samples."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.domain.evidence import ExampleKind
from studio.services.neuron_detail import NeuronDetail
from studio.ui.labels import label
from studio.ui.review.evidence_side import EvidenceSide
from studio.ui.review.grid_shape import GridShape
from studio.ui.review.image_grid import ImageGrid
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.shots import image_shots, text_shots
from studio.ui.review.text_list import TextList
from studio.ui.theme import ThemeKeeper

#: The panel is at least so wide where the side has room.
FOLD_BELOW = 640
#: Pictures take at most this share of the panel's height; the rest is for the texts.
GRID_SHARE, HEAD = 0.58, 80
NO_PICTURES = {
    ExampleKind.TOP: "This neuron fires on no picture of the data set.",
    ExampleKind.QUANTILE: "No quantile examples with a picture were kept.",
    ExampleKind.SILENT: "No examples with a picture that it does not fire on were kept.",
}


class EvidenceBody(QWidget):
    """`fit` gives it the room of the panel, of which `margins` are taken on both sides together."""

    def __init__(
        self, store: PictureStore, themes: ThemeKeeper, margins: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._panel_width, self._panel_height, self._margins = 640, 480, margins
        self.grid, self.texts, self.side = ImageGrid(store, themes), TextList(themes), EvidenceSide(themes)
        self._none = label("", "muted", wrap=True)
        self._scroll = _scroll(self.grid)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._scroll)
        column.addWidget(self._none)
        column.addSpacing(4)
        column.addLayout(self._lower(), 1)

    def show_examples(self, detail: NeuronDetail, kind: ExampleKind) -> None:
        """Show the examples of a kind, from the first ones."""
        shots = image_shots(detail, kind)
        self.grid.show_shots(shots)
        self.texts.show_shots(text_shots(detail, kind))
        self._none.setText("" if shots else NO_PICTURES[kind])
        self._fit()

    def to_top(self) -> None:
        """Scroll back to the first picture."""
        self._scroll.verticalScrollBar().setValue(0)

    def clear(self) -> None:
        """Show no pictures: those of another neuron are on their way."""
        self.grid.show_shots([])

    def prepare(self, detail: NeuronDetail) -> None:
        """Have what a neuron that is likely next shows at first sight made."""
        shots = image_shots(detail, ExampleKind.TOP)
        self.grid.prepare(shots[: self.grid.shape.columns * self._rows_in_sight(len(shots))])
        # Without pictures the texts have nearly all the room.
        self.texts.prepare(text_shots(detail, ExampleKind.TOP), self._panel_height)

    def fit(self, width: int, height: int) -> None:
        """The panel has another size."""
        self._panel_width, self._panel_height = width, height
        self._fit()

    def _fit(self) -> None:
        """Give the pictures the rows they need, at most their share."""
        self.side.setVisible(self._panel_width >= FOLD_BELOW)
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
        room = int((self._panel_height - HEAD) * GRID_SHARE)
        return max(1, min(shape.rows(shots), room // (shape.height(1) + 12)))

    def _shape(self, taken: int) -> GridShape:
        """The grid in the panel's width less what is `taken` of it."""
        return GridShape(max(self._panel_width - self._margins, 64) - taken)

    def _lower(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(label("Texts", "heading"))
        texts.addWidget(self.texts, 1)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addLayout(texts, 1)
        row.addWidget(self.side)
        return row


def _scroll(grid: ImageGrid) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidget(grid)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.viewport().setAutoFillBackground(False)
    grid.setAutoFillBackground(False)
    return scroll
