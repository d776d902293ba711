"""The reviewer's tags on the neuron in front: each with a cross, and a field for another one."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QPushButton, QWidget

from studio.ui.review.flow import FlowLayout
from studio.ui.review.plain import plain_tip

LONGEST = 100
NARROWEST = 96


class TagRow(QWidget):
    """The tags, hidden where there are none; `field` stands where its owner puts it. `added` (neuron, tags),
    `removed` (neuron, tag). Enter or a comma adds what was typed; tags given before are offered."""

    added = Signal(int, list)
    removed = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._neuron: int | None = None
        self._tags: tuple[str, ...] = ()
        self._known = QStringListModel(self)
        self.field = QLineEdit()
        self.field.setAccessibleName("Add a tag")
        self.field.setMaxLength(LONGEST)
        self.field.setMinimumWidth(NARROWEST)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.field.returnPressed.connect(self.commit)
        self.field.textEdited.connect(self._typed)
        self._flow = FlowLayout(self, 4)
        self.hide()
        self.chips: dict[str, QPushButton] = {}

    def show_tags(self, neuron: int, tags: tuple[str, ...]) -> None:
        """Show a neuron's tags. What is typed for another neuron is dropped: it was not entered."""
        if neuron != self._neuron:
            self.field.clear()
        if (neuron, tags) == (self._neuron, self._tags):
            return
        place = self._place_in_focus() if neuron == self._neuron else None
        self._neuron, self._tags = neuron, tags
        for chip in self.chips.values():
            chip.hide()  # which hands the keyboard on; with the chip it would be gone
            self._flow.removeWidget(chip)
            chip.deleteLater()
        self.chips = {tag: self._chip(tag) for tag in tags}
        self.setVisible(bool(tags))
        self.updateGeometry()
        if place is not None and tags:
            self.chips[tags[min(place, len(tags) - 1)]].setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_in_focus(self) -> int | None:
        """Which chip has the keyboard: whoever takes several tags away goes on from there."""
        chips = list(self.chips.values())
        return next((place for place, chip in enumerate(chips) if chip.hasFocus()), None)

    def clear(self) -> None:
        """The project is closed."""
        self.field.clear()

    def set_known(self, tags: Iterable[str]) -> None:
        """Tags that are offered while somebody types."""
        self._known.setStringList(sorted(set(tags), key=str.casefold))

    def _know(self, tags: Iterable[str]) -> None:
        """Offer these beside those that are known."""
        known = self._known.stringList()
        if new := [tag for tag in tags if tag not in known]:
            self.set_known([*known, *new])

    def commit(self) -> None:
        """Add what was typed; several tags stand between commas."""
        typed = [" ".join(tag.split()) for tag in self.field.text().split(",")]
        self.field.clear()
        if self._neuron is not None and (new := [tag for tag in typed if tag]):
            self._know(new)
            self.added.emit(self._neuron, new)

    def _typed(self, text: str) -> None:
        if text.endswith(","):
            self.commit()

    def _chip(self, tag: str) -> QPushButton:
        chip = QPushButton(f"{tag if len(tag) <= 24 else tag[:23] + '…'}  ×".replace("&", "&&"))
        chip.setProperty("role", "pill")
        chip.setAccessibleName(f"Take away the tag {tag}")
        chip.setToolTip(plain_tip(f"{tag}: take it away"))
        chip.clicked.connect(lambda: self._remove(tag))
        self._flow.addWidget(chip)
        return chip

    def _remove(self, tag: str) -> None:
        if self._neuron is not None:
            self.removed.emit(self._neuron, tag)
