"""The examples of the cards in sight, read in the `db` lane, kept within bounds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from studio.domain.changes import Changes
from studio.services.cards import Card, read_cards
from studio.ui.job_runner import JobRunner
from studio.ui.review.bounded import Bounded

KEPT = 1500
#: Cards in one read: what the lane does between two decisions.
AT_ONCE = 8
WAIT_MS = 25


class CardStore(QObject):
    """`get` answers at once. `want` names the cards in sight, in order; what is not there is read, a few at
    a time, and always from what was asked for last: scrolling fast reads nothing that has passed by.
    `arrived` carries the numbers of neurons that came."""

    arrived = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._cards: Bounded[Card] = Bounded(KEPT)
        self._wanted: list[int] = []
        self._reading = False
        self._round = 0
        self._soon = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._soon.timeout.connect(self._read)

    def get(self, neuron: int) -> Card | None:
        """The card, None while it is on its way."""
        return self._cards.get(neuron)

    def want(self, neurons: Sequence[int]) -> None:
        """Have these cards read; what was wanted before is not any more."""
        self._wanted = [n for n in neurons if n not in self._cards]
        if self._wanted and not self._reading:
            self._soon.start()

    def idle(self) -> bool:
        """Whether everything that was wanted is there."""
        return not self._wanted and not self._reading

    def forget(self, changes: Changes | None = None) -> None:
        """The examples are others now (any, without `changes`)."""
        if changes is None or changes.everything or changes.evidence:
            self._round += 1
            self._soon.stop()
            self._cards.clear()
            self._wanted, self._reading = [], False

    def _read(self) -> None:
        now, batch = self._round, self._wanted[:AT_ONCE]
        if not batch:
            return
        self._reading = True
        self._runner.db(
            "Reading cards",
            read_cards,
            batch,
            done=lambda cards: self._arrived(now, cards),
            failed=lambda _error: self._arrived(now, [Card(n, (), (), 0.0) for n in batch]),
        )

    def _arrived(self, asked_in: int, cards: list[Card]) -> None:
        if asked_in != self._round:
            return
        self._reading = False
        for card in cards:
            self._cards.put(card.neuron, card)
        self._wanted = [n for n in self._wanted if n not in self._cards]
        self.arrived.emit([card.neuron for card in cards])
        self._read()
