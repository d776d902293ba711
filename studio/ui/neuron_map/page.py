"""The page of the neuron map: colours, the card of the point in front, and choosing for the list."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.changes import Changes
from studio.services.similar import NeuronMap, neuron_map
from studio.ui.labels import label
from studio.ui.loaded_page import LoadedPage
from studio.ui.neuron_map.colors import ColorBy, legend, point_colors
from studio.ui.neuron_map.hover_card import HoverCard
from studio.ui.neuron_map.legend import Legend
from studio.ui.neuron_map.point_map import PointMap
from studio.ui.overview.card_model import spoken
from studio.ui.overview.card_painter import CardPainter
from studio.ui.overview.card_store import CardStore
from studio.ui.pages import PageTools
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.similar_job import SimilarJob

HINT = "Arrows go to the nearest neuron · Enter opens · + − 0 zoom · Shift and drag draws a lasso"
NEAR_MEANS = (
    "Neurons stand near those whose decoder vectors point in a similar direction. Distances between far "
    "groups say little."
)
NO_MAP = (
    "This project has no map yet. It is computed from the decoder of the SAE, once, and kept in the file."
)
NO_NEURONS = "The map appears here once neurons were extracted."


class MapPage(LoadedPage):
    """Places are read; labels are the review's own columns."""

    what, EMPTY, OFFER = "The map", NO_MAP, "Compute the map"

    def __init__(self, tools: PageTools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._review: Any = tools.review()
        self.neurons: NDArray[np.int64] = np.zeros(0, np.int64)
        self._places: NDArray[np.float32] | None = None
        self._shown_for: NeuronColumns | None = None
        self.job = SimilarJob(tools.runner, self)
        self.map = PointMap(tools.themes)
        self.setFocusProxy(self.map)
        store = CardStore(tools.runner, self)
        self.store, painter = store, CardPainter(self._review.pictures)
        self.card = HoverCard(store, painter, tools.themes, self.map)
        self._assemble()
        self._connect()

    @property
    def columns(self) -> NeuronColumns | None:
        """What the review knows of all neurons, and may show."""
        rows = self._review.controller.rows
        return None if rows is None else rows.columns

    def ask(self) -> None:
        self.read("Reading the map", neuron_map, done=self._loaded, hidden=False)

    def clear(self) -> None:
        self.store.forget()
        self._places, self._shown_for = None, None
        self.map.show_points(np.zeros((0, 2), np.float32), np.zeros(0, np.uint32))
        self.card.leave()

    def concerns(self, changes: Changes) -> bool:
        return self._places is None

    def refresh(self, changes: Changes) -> None:
        self.store.forget(changes)
        if changes.everything or changes.evidence:
            self._places = None
        super().refresh(changes)

    def showEvent(self, event: object) -> None:
        super().showEvent(event) if self._places is None else self._draw()

    def _assemble(self) -> None:
        self.by = QComboBox()
        self.by.addItems([by.value for by in ColorBy])
        self.by.setAccessibleName("Colour by")
        self.lasso = QPushButton("Lasso")
        self.lasso.setCheckable(True)
        self.lasso.setToolTip("Draw round neurons to choose them (Shift and drag)")
        self.in_sight = QPushButton("Choose what is in sight")
        self.whole = QPushButton("Show all")
        self.legend = Legend()
        top = QHBoxLayout()
        top.setSpacing(8)
        title = label("Neuron map", "title")
        top.addWidget(title)
        top.addSpacing(8)
        for part in (label("Colour by"), self.by, self.legend):
            top.addWidget(part)
        top.addStretch(1)
        for button in (self.lasso, self.in_sight, self.whole):
            top.addWidget(button)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.map, 1)
        column.addLayout(self._bottom())
        self.compute = self.nothing.button
        self.told: QLabel = label("", "muted")
        self.nothing.add(self.told)
        self.show_over(body)

    def _bottom(self) -> QHBoxLayout:
        self.chosen = label("", "")
        self.list_button = QPushButton("Show these in the list")
        self.list_button.setProperty("role", "primary")
        hint = label(HINT, "muted")
        hint.setToolTip(NEAR_MEANS)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(hint)
        row.addStretch(1)
        row.addWidget(self.chosen)
        row.addWidget(self.list_button)
        return row

    def _connect(self) -> None:
        self.by.currentTextChanged.connect(self._recolor)
        self.lasso.toggled.connect(lambda on: setattr(self.map, "lasso_on", on))
        self.in_sight.clicked.connect(self.map.choose_in_sight)
        self.whole.clicked.connect(self.map.show_all)
        self.list_button.clicked.connect(self._list)
        self.compute.clicked.connect(lambda: self.session and self.job.start(self.session))
        self.job.told.connect(self.told.setText)
        self.job.told.connect(lambda text: self.compute.setEnabled(not text.startswith("Computing")))
        self.job.done.connect(lambda *_: self.load())
        self.map.pointed.connect(self._pointed)
        self.map.opened.connect(lambda point: self.tools.show_neuron(int(self.neurons[point])))
        self.map.chosen.connect(self._chosen)
        self.tools.themes.changed.connect(lambda _theme: self._recolor())
        self._review.controller.label_changed.connect(lambda _neuron: self._recolor())
        self._review.controller.facts.connect(lambda _loaded: self.isVisible() and self._draw())
        self._review.pictures.arrived.connect(lambda _key: self.card.update())

    def _loaded(self, found: NeuronMap) -> None:
        self._places = found.places
        if found.places is None:
            known = self.columns is not None and len(self.columns) > 0
            self.show_nothing(f"{NO_MAP}\n{found.missing}".strip() if known else NO_NEURONS, offer=known)
            if self.isVisible() and known:
                self.compute.setFocus()
            return
        self._shown_for = None
        self.show_body()
        self._draw()

    def _draw(self) -> None:
        """Points of the neurons that fire and have a place."""
        columns, places = self.columns, self._places
        if columns is None or places is None or len(places) != len(columns):
            return
        if self._shown_for is columns:
            self._recolor()
            return
        self._shown_for = columns
        neurons = np.flatnonzero(columns.table.live & ~np.isnan(places).any(1))
        points = places[neurons]
        if np.array_equal(neurons, self.neurons) and np.array_equal(points, self.map.points):
            self._recolor()  # labels were read again: zoom and choice stay
            return
        self.neurons = neurons
        self.map.show_points(points, self._colors(columns))
        self._chosen(self.map.choice)
        self._show_legend(columns)
        if self.isVisible():
            self.map.setFocus()

    def _colors(self, columns: NeuronColumns) -> NDArray[np.uint32]:
        by = ColorBy(self.by.currentText())
        return point_colors(columns, by, self.tools.themes.theme)[self.neurons]

    def _recolor(self, _by: str = "") -> None:
        columns = self.columns
        if columns is not None and self._shown_for is columns and self.isVisible():
            self.map.recolor(self._colors(columns))
            self._show_legend(columns)

    def _show_legend(self, columns: NeuronColumns) -> None:
        self.legend.show_entries(legend(columns, ColorBy(self.by.currentText()), self.tools.themes.theme))

    def _pointed(self, point: int | None) -> None:
        columns = self.columns
        if point is None or columns is None:
            self.card.leave()
            return
        neuron = int(self.neurons[point])
        self.card.show_at(self.map.place_of(point), neuron, columns)
        self.map.setAccessibleDescription(spoken(columns, neuron))

    def _chosen(self, places: NDArray[np.int64]) -> None:
        count = len(places)
        self.chosen.setText("" if not count else "1 neuron chosen" if count == 1 else f"{count:,} chosen")
        self.list_button.setVisible(bool(count))

    def _list(self) -> None:
        self.tools.show_neurons(self.neurons[self.map.choice].tolist(), "Chosen on the map")
