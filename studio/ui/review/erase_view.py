"""Erase to verify: brush a region away or strike words out, and see what the neuron does then."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio.services.reactivate import Edits, Reactivation, change_sentence
from studio.ui.labels import label, number_label, set_role
from studio.ui.review.activation_change import ActivationChange
from studio.ui.review.erase_canvas import LARGEST, SMALLEST, USUAL, EraseCanvas
from studio.ui.review.erase_run import EraseRun
from studio.ui.review.picture_store import PictureStore
from studio.ui.review.plain import plain_tip
from studio.ui.review.shot import sample_name
from studio.ui.review.strike_text import StrikeText
from studio.ui.review.text_turns import TextShot
from studio.ui.review.tile import TileKey, TileOrder, fitted
from studio.ui.theme import ThemeKeeper

WAYS = {"Blur": "blur", "Black": "black", "Mean colour": "mean"}
HINT = "Brush a region of the picture away, or click words to strike them out."
WAITING = "Waiting for the running job to end …"
LOADING = "Running the model …"
LARGEST_PICTURE = 1024


class EraseView(QFrame):
    """Covers the evidence while it is open. `result` is what the last run found, `problem` why it did not."""

    closed = Signal()

    def __init__(self, run: EraseRun, store: PictureStore, themes: ThemeKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._run, self._store = run, store
        run.setParent(self)
        self._shots: list[TextShot] = []
        self.place = 0
        self.result: Reactivation | None = None
        self.problem = ""
        self.canvas, self.text = EraseCanvas(themes), StrikeText(themes)
        self._make(themes)
        self._build()
        self._connect()
        parent.installEventFilter(self)
        self.hide()

    def open(self, shots: list[TextShot], place: int = 0) -> None:
        """Show the example at `place`, unedited."""
        if shots:
            self._shots = shots
            self.setGeometry(self.parentWidget().rect())
            self.show()
            self.raise_()
            self.go(place)

    def go(self, place: int) -> None:
        """Show another example, unedited."""
        self.place = max(0, min(place, len(self._shots) - 1))
        shot = self._shots[self.place]
        self.result, self.problem = None, ""
        which = f", {shot.sample.shown_as}" if shot.sample.several else ""
        name = f"{sample_name(shot.sample.id)}{which}"
        self._title.setText(f"Erase to verify · neuron {shot.neuron}, sample {name}")
        self._count.setText(f"{self.place + 1} / {len(self._shots)}")
        pictured = shot.sample.picture is not None
        for part in (self.canvas, *self._brushes):
            part.setVisible(pictured)
        self.canvas.show_sample(shot.sample)
        self.text.show_shot(shot)
        self._show_picture()
        self.change.show_change(None)
        self._tell(LOADING)
        self._run.start(shot.neuron, shot.sample)
        (self.canvas if pictured else self.text).setFocus()

    @property
    def shot(self) -> TextShot:
        """The example in front."""
        return self._shots[self.place]

    def leave(self) -> None:
        """Close the view."""
        if self.isVisible():
            self._run.stop()
            self.hide()
            self.closed.emit()

    def clear(self) -> None:
        """Bring everything back."""
        self.canvas.clear()
        self.text.clear()
        self._edited()

    def edits(self) -> Edits:
        """What is taken out now."""
        how = WAYS[self.how.currentText()]
        return Edits(self.canvas.mask.boxes(), how, frozenset(self.text.struck))  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pages = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in pages:
            self.go(self.place + pages[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self.parentWidget().rect())
        return False

    def _make(self, themes: ThemeKeeper) -> None:
        self._title = label("", "title")
        self._count = number_label("")
        self._previous, self._next = QPushButton("‹"), QPushButton("›")
        self._close = QPushButton("Close")
        self._close.setToolTip("Close (Esc)")
        names = ("Previous example", "Next example")
        for button, name, key in zip((self._previous, self._next), names, ("Page up", "Page down")):
            button.setAccessibleName(name)
            button.setToolTip(plain_tip(f"{name} ({key})"))
            button.setFixedWidth(32)
        self.how = QComboBox()
        self.how.addItems(list(WAYS))
        self.how.setAccessibleName("How erased regions are hidden")
        self.brush_size = QSlider(Qt.Orientation.Horizontal)
        self.brush_size.setRange(round(SMALLEST * 100), round(LARGEST * 100))
        self.brush_size.setValue(round(USUAL * 100))
        self.brush_size.setAccessibleName("Size of the brush")
        self.brush_size.setToolTip("Size of the brush (+ and -)")
        self.brush_size.setMaximumWidth(160)
        self.clear_button = QPushButton("Clear")
        self.clear_button.setToolTip("Bring everything back (Delete)")
        self._said = label("", "", wrap=True)
        self.change = ActivationChange(themes)
        hide, brush = label("Hide with", "muted"), label("Brush", "muted")
        self._brushes = (hide, self.how, brush, self.brush_size)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addLayout(_row((self._title,), (self._previous, self._count, self._next, self._close)))
        column.addWidget(self.canvas, 1)
        column.addLayout(_row((*self._brushes, self.clear_button), ()))
        column.addWidget(self.text)
        column.addWidget(self.change)
        column.addWidget(self._said)
        column.addStretch(0)

    def _connect(self) -> None:
        self._run.found.connect(self._found)
        self._run.failed.connect(self._failed)
        self._run.busy.connect(self._busy)
        self._store.arrived.connect(lambda _key: self._show_picture())
        self._close.clicked.connect(self.leave)
        self._previous.clicked.connect(lambda: self.go(self.place - 1))
        self._next.clicked.connect(lambda: self.go(self.place + 1))
        self.clear_button.clicked.connect(self.clear)
        self.canvas.erased.connect(self._edited)
        self.text.changed.connect(self._edited)
        self.how.currentTextChanged.connect(self._how_changed)
        self.brush_size.valueChanged.connect(lambda value: self.canvas.set_radius(value / 100))
        self.canvas.radius_changed.connect(self._radius_changed)

    def _how_changed(self, name: str) -> None:
        self.canvas.set_how(WAYS[name])
        self._edited()

    def _radius_changed(self, radius: float) -> None:
        self.brush_size.blockSignals(True)
        self.brush_size.setValue(round(radius * 100))
        self.brush_size.blockSignals(False)

    def _edited(self) -> None:
        self._run.edit(self.edits())

    def _busy(self, busy: bool) -> None:
        if busy and self.result is None:
            self._tell(WAITING if self._run.waits else LOADING)

    def _found(self, found: Reactivation) -> None:
        if not self.isVisible():
            return
        self.result, self.problem = found, ""
        edited = self.edits() != Edits(how=self.edits().how)
        self.canvas.show_heat(found, self._peak(found))
        self.change.show_change(found)
        self._tell(change_sentence(found) if edited else f"{HINT} {change_sentence(found)}")

    def _failed(self, text: str) -> None:
        self.result, self.problem = None, text
        self.canvas.show_heat(None, 1.0)
        self._tell(text, "bad")

    def _peak(self, found: Reactivation) -> float:
        """The strongest activation the heat is measured by: of the example as it was kept."""
        kept = self._shots[self.place].example.map.image_value
        return float(max(kept.max(initial=0.0), found.image.max(initial=0.0), 1e-12))

    def _tell(self, text: str, role: str = "") -> None:
        self._said.setText(text)
        set_role(self._said, role)

    def _show_picture(self) -> None:
        if not self._shots or self._shots[self.place].sample.picture is None:
            return
        shot = self._shots[self.place]
        width, height = fitted(shot.sample, LARGEST_PICTURE, LARGEST_PICTURE)
        key = TileKey(shot.neuron, shot.sample.id, None, width, height, (0, 0, 0))
        picture = self._store.tile(TileOrder(key, shot.sample, shot.example.map, shot.peak))
        if picture is not None and self.isVisible():
            self.canvas.show_picture(picture)


def _row(left: tuple[QWidget, ...], right: tuple[QWidget, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for part in left:
        row.addWidget(part)
    row.addStretch(1)
    for part in right:
        row.addWidget(part)
    return row
