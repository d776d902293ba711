"""The evidence for the modality: every line with its numbers, and the class that follows."""

from __future__ import annotations

from math import isnan

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.domain.concept import Alignment
from studio.domain.modality import Modality, TokenKind
from studio.services.answers_report import neuron_line, neuron_sentences
from studio.services.causal_lines import percent, stays
from studio.services.neuron_detail import NeuronDetail
from studio.ui.labels import label, set_role
from studio.ui.review.bars import Bar
from studio.ui.review.facts import (
    alignment,
    figure,
    share_text,
    significance,
)
from studio.ui.review.line_strip import LineStrip
from studio.ui.review.plain import plain_tip
from studio.ui.review.score_list import ScoreList
from studio.ui.review.still_text import RIGHT, StillText
from studio.ui.review.three_lines import agreement, three_lines
from studio.ui.theme import ThemeKeeper, number_font

VALUE_WIDTH = 74
BLANK_NAMES = {"blank_image": "Blank image", "blank_text": "Blank text"}
SIDES = (
    (TokenKind.IMAGE, "Seen", Modality.VISUAL, "A_v: mean cosine of the concept with the firing regions"),
    (TokenKind.TEXT, "Read", Modality.TEXTUAL, "A_t: mean cosine of the concept with the text windows"),
)


class ScoreCard(QFrame):
    """Rows are made once; numbers are set."""

    def __init__(self, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._themes = themes
        self._tight = self._low = False
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnMinimumWidth(0, 72)
        self._grid.setColumnStretch(1, 1)
        self.bars: dict[str, Bar] = {}
        self.values: dict[str, StillText] = {}
        self.details: dict[str, StillText] = {}
        for side, name, modality, tip in SIDES:
            self._row(side.value, f"Alignment, {name.lower()}", Bar(themes, modality), tip, detailed=True)
        mass = Bar(themes, Modality.VISUAL, Modality.TEXTUAL)
        tip = "Share of the mean activation per token that falls on images; the rest is on texts"
        self._row("mass", "Activation", mass, tip)
        for name, shown in BLANK_NAMES.items():
            tip = "Share of the activation that stays, on the side that loses most"
            self._row(name, shown, Bar(themes, Modality.MULTIMODAL), tip)
        self.lines = LineStrip(themes)
        self._q = label("", "muted")
        self._says = label("", "muted", wrap=True)
        self._answers = label("", "muted", wrap=True)
        self.more = ScoreList()
        self._assemble()

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show the numbers behind a neuron's class."""
        for side, *_ in SIDES:
            self._show_alignment(side.value, alignment(detail, side))
        share = detail.image_share
        self._set("mass", None if isnan(share) else share, share_text(share))
        causal = {} if detail.verdict is None else detail.verdict.causal
        for name in BLANK_NAMES:
            share = stays(causal, name)
            self._set(name, share, "" if share is None else f"{percent(share)} stays")
            self._show_row(name, share is not None)
        self._show_verdict(detail)
        self._answers.setText(neuron_line(detail.scores))
        self._answers.setToolTip(plain_tip("\n".join(neuron_sentences(detail.scores))))
        self._answers.setVisible(bool(self._answers.text()) and not self._tight)
        self.more.show_detail(detail)

    def set_tight(self, tight: bool) -> None:
        """Take less room, on a low screen: the sentences are in the tooltips then."""
        self._tight = tight
        self.lines.set_tight(tight)
        self._answers.setVisible(bool(self._answers.text()) and not tight)

    def set_low(self, low: bool) -> None:
        """Take the least room, on the smallest screen: the tests' numbers are in the tooltips then."""
        self._low = low
        for small in self.details.values():
            small.setVisible(bool(small.text()) and not low)

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label("Evidence for modality", "heading"), 1)
        head.addWidget(self._q)
        column.addLayout(head)
        column.addWidget(self.lines)
        column.addWidget(self._says)
        column.addLayout(self._grid)
        column.addWidget(self._answers)
        column.addWidget(self.more)

    def _row(self, key: str, name: str, bar: Bar, tip: str, detailed: bool = False) -> None:
        row = self._grid.rowCount()
        bar.setToolTip(tip)
        bar.setAccessibleName(name)
        title = label(name)
        title.setToolTip(tip)
        value = StillText(self._themes, number_font(), "text", width=VALUE_WIDTH, side=RIGHT)
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(bar, row, 1)
        self._grid.addWidget(value, row, 2, RIGHT)
        self.bars[key], self.values[key] = bar, value
        bar.setProperty("title", title)
        if detailed:
            small = StillText(self._themes, number_font(11), side=RIGHT)
            self._grid.addWidget(small, row + 1, 1, 1, 2)
            self.details[key] = small

    def _show_alignment(self, key: str, found: Alignment | None) -> None:
        if found is None:
            self._set(key, None, "not scored")
            self.details[key].show_text("")
            self.details[key].hide()
            return
        self._set(key, found.a, figure(found.a))
        self.details[key].setVisible(not self._low)
        self.details[key].show_text(alignment_text(found))
        tip = plain_tip(
            f"z {found.z:.2f}, p {found.p:.2g}, q {found.q:.2g} against the evidence of other neurons; "
            f"rank {found.rank} of {found.bank_size} phrases, softmax {found.softmax:.2g}; "
            f"mean of {found.n} examples; {found.aligner}"
        )
        for part in (self.details[key], self.values[key]):
            part.setToolTip(tip)

    def _set(self, key: str, value: float | None, text: str) -> None:
        self.bars[key].set_value(value)
        self.bars[key].setAccessibleDescription(text)
        self.values[key].show_text(text, "muted" if value is None else "text")

    def _show_row(self, key: str, shown: bool) -> None:
        title = self.bars[key].property("title")
        for part in (self.bars[key], self.values[key], title):
            part.setVisible(shown)

    def _show_verdict(self, detail: NeuronDetail) -> None:
        verdict = detail.verdict
        lines = three_lines(detail)
        self.lines.show_lines(lines)
        self._q.setVisible(verdict is not None)
        if verdict is None:
            self._says.setText("This neuron is not scored yet.")
            set_role(self._says, "muted")
            return
        self._q.setText(significance(verdict.q))
        self._says.setText(agreement(lines, verdict))
        set_role(self._says, "warning" if verdict.flagged else "muted")


def alignment_text(found: Alignment) -> str:
    """The numbers under an alignment bar, short."""
    q = "q<.001" if found.q < 0.001 else f"q {figure(found.q, 3)}"
    return f"z {found.z:.1f}  {q}  rank {found.rank:,}/{found.bank_size:,}"
