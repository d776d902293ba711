"""Above the evidence: which neuron, how often it fires, and the switches for regions and examples."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.domain.evidence import ExampleKind
from studio.ui.actions import ActionRegistry
from studio.ui.labels import label
from studio.ui.review.key_button import Segment
from studio.ui.review.plain import plain_tip
from studio.ui.review.regions import Regions
from studio.ui.review.still_text import StillText
from studio.ui.theme import ThemeKeeper, text_font

REGIONS = {Regions.MASK: "Mask", Regions.HEAT: "Heat", Regions.OUTLINE: "Outline"}
KINDS = {ExampleKind.TOP: "Top", ExampleKind.QUANTILE: "Quantiles", ExampleKind.SILENT: "Not firing"}
ACTION_OF_KIND = {ExampleKind.TOP: "top", ExampleKind.QUANTILE: "quantiles", ExampleKind.SILENT: "silent"}
ACROSS, DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class EvidenceHeader(QWidget):
    """Title, switches beside it (below it where it is `narrow`), and a line of facts."""

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label("", "title")
        self.facts = StillText(themes, text_font())
        self._top = QWidget()
        self._row = QBoxLayout(ACROSS, self._top)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.title, 1)
        both = QHBoxLayout()
        both.setSpacing(12)
        for switch in switches(actions):
            both.addLayout(switch)
        self._row.addLayout(both)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._top)
        column.addWidget(self.facts)

    def say(self, title: str, facts: str) -> None:
        """Show a title and the line below it."""
        self.title.setText(title)
        self.facts.show_text(facts)
        self.facts.setToolTip(plain_tip(facts))

    def set_narrow(self, narrow: bool) -> None:
        """Whether there is no room for the switches beside the title."""
        self._row.setDirection(DOWN if narrow else ACROSS)

    def make_compact(self) -> None:
        """Leave the facts only: title and switches stand above it."""
        self._top.hide()


def switches(actions: ActionRegistry) -> list[QHBoxLayout]:
    """How regions are shown, and which examples: two rows of buttons, shared by all panels."""
    regions = [(text, f"view.{how.value}") for how, text in REGIONS.items()]
    kinds = [(text, f"view.{ACTION_OF_KIND[kind]}") for kind, text in KINDS.items()]
    return [_segments(choices, actions) for choices in (regions, kinds)]


def _segments(choices: list[tuple[str, str]], actions: ActionRegistry) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(0)
    for number, (text, action_id) in enumerate(choices):
        place = "first" if number == 0 else "last" if number == len(choices) - 1 else "middle"
        row.addWidget(Segment(text, action_id, place, actions))
    return row
