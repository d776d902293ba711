"""The evidence for the modality: every line with its numbers, and the class that follows."""

from __future__ import annotations

from math import isnan

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.domain.concept import Alignment
from studio.domain.modality import Modality, TokenKind
from studio.services.neurons import NeuronDetail
from studio.ui.labels import label, number_label, set_role
from studio.ui.review.bars import Bar
from studio.ui.review.facts import (
    CAUSAL_NAMES,
    alignment,
    figure,
    share_text,
    significance,
    verdict_sentence,
)
from studio.ui.review.plain import plain_tip
from studio.ui.theme import ThemeKeeper, number_font

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
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnMinimumWidth(0, 72)
        self._grid.setColumnStretch(1, 1)
        self.bars: dict[str, Bar] = {}
        self.values: dict[str, QLabel] = {}
        self.details: dict[str, QLabel] = {}
        for side, name, modality, tip in SIDES:
            self._row(side.value, f"Alignment, {name.lower()}", Bar(themes, modality), tip, detailed=True)
        mass = Bar(themes, Modality.VISUAL, Modality.TEXTUAL)
        tip = "Share of the mean activation per token that falls on images; the rest is on texts"
        self._row("mass", "Activation", mass, tip)
        for name, shown in CAUSAL_NAMES.items():
            tip = "Share of the activation that stays"
            self._row(name, shown, Bar(themes, Modality.MULTIMODAL), tip)
        self._chips = {modality: modality_chip(modality) for modality in Modality}
        self._q = label("", "muted")
        self._says = label("", "muted", wrap=True)
        self._assemble()

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show the numbers behind a neuron's class."""
        for side, *_ in SIDES:
            self._show_alignment(side.value, alignment(detail, side))
        share = detail.image_share
        self._set("mass", None if isnan(share) else share, share_text(share))
        causal = {} if detail.verdict is None else detail.verdict.causal
        for name in CAUSAL_NAMES:
            self._set(name, causal.get(name), f"{causal.get(name, 0) * 100:.0f} % stays")
            self._show_row(name, name in causal)
        self._show_verdict(detail)

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addWidget(label("Evidence for modality", "heading"))
        column.addLayout(self._grid)
        line = QHBoxLayout()
        line.setSpacing(6)
        for part in (label("Automatic", "muted"), *self._chips.values(), self._q):
            line.addWidget(part)
        line.addStretch(1)
        column.addSpacing(2)
        column.addLayout(line)
        column.addWidget(self._says)

    def _row(self, key: str, name: str, bar: Bar, tip: str, detailed: bool = False) -> None:
        row = self._grid.rowCount()
        bar.setToolTip(tip)
        bar.setAccessibleName(name)
        title = label(name)
        title.setToolTip(tip)
        value = number_label("", "")
        value.setMinimumWidth(74)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(bar, row, 1)
        self._grid.addWidget(value, row, 2)
        self.bars[key], self.values[key] = bar, value
        bar.setProperty("title", title)
        if detailed:
            small = number_label("", "muted")
            small.setFont(number_font(11))
            small.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(small, row + 1, 1, 1, 2)
            self.details[key] = small

    def _show_alignment(self, key: str, found: Alignment | None) -> None:
        if found is None:
            self._set(key, None, "not scored")
            self.details[key].hide()
            return
        self._set(key, found.a, figure(found.a))
        self.details[key].show()
        self.details[key].setText(alignment_text(found))
        self.details[key].setToolTip(
            plain_tip(
                f"z {found.z:.2f}, p {found.p:.2g}, q {found.q:.2g} against the evidence of other neurons; "
                f"rank {found.rank} of {found.bank_size} phrases, softmax {found.softmax:.2g}; "
                f"mean of {found.n} examples; {found.aligner}"
            )
        )

    def _set(self, key: str, value: float | None, text: str) -> None:
        self.bars[key].set_value(value)
        self.bars[key].setAccessibleDescription(text)
        self.values[key].setText(text)
        set_role(self.values[key], "muted" if value is None else "")

    def _show_row(self, key: str, shown: bool) -> None:
        title = self.bars[key].property("title")
        for part in (self.bars[key], self.values[key], title):
            part.setVisible(shown)

    def _show_verdict(self, detail: NeuronDetail) -> None:
        verdict = detail.verdict
        for modality, chip in self._chips.items():
            chip.setVisible(verdict is not None and verdict.modality is modality)
        self._q.setVisible(verdict is not None)
        if verdict is None:
            self._says.setText("This neuron is not scored yet.")
            set_role(self._says, "muted")
            return
        self._q.setText(significance(verdict.q))
        self._says.setText(verdict_sentence(verdict))
        set_role(self._says, "warning" if verdict.flagged else "muted")


def modality_chip(modality: Modality) -> QLabel:
    """A class as a chip: its letter and its word."""
    chip = label(f"{modality.letter} {modality.value}")
    chip.setProperty("modality", modality.value)
    return chip


def alignment_text(found: Alignment) -> str:
    """The numbers under an alignment bar, short."""
    q = "q<.001" if found.q < 0.001 else f"q {figure(found.q, 3)}"
    return f"z {found.z:.1f}  {q}  rank {found.rank:,}/{found.bank_size:,}"
