"""The runs of a study: halves are drawn, every method names every neuron, every name is tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studio.domain.context import Context
from studio.domain.modality import TokenKind
from studio.services.study.gather import Gathered, Place
from studio.services.study.halves import Halves, draw_halves, fingerprint
from studio.services.study.methods import Method
from studio.services.study.naming import Namer, Phrases, Shown, show
from studio.services.study.scoring import HeldOut, Row
from studio.services.study.spec import StudySpec
from studio.services.study.vectors import VectorStore


@dataclass(frozen=True, slots=True)
class Measured:
    """Every row, the fingerprint of the held-out halves of each run, and the methods that the explainer
    could not tell from ours, with the reason."""

    rows: list[Row]
    held_out: dict[int, str]
    same_as_ours: Mapping[str, str]


class Measuring:
    """What all runs share."""

    def __init__(self, found: Gathered, namer: Namer, phrases: Phrases, store: VectorStore) -> None:
        self._found, self._namer, self._phrases, self._store = found, namer, phrases, store

    def run_all(self, spec: StudySpec, methods: Sequence[Method], ctx: Context) -> Measured:
        """Name and test every neuron by every method in every run. Raises `Cancelled`."""
        rows: list[Row] = []
        prints: dict[int, str] = {}
        for number, run in enumerate(spec.runs):
            ctx.report(number, len(spec.runs), "Naming and testing, run by run")
            halves = self._halves(spec, run)
            prints[run] = fingerprint(self._found.sides, halves)
            for side in TokenKind:
                own = {neuron: half for (which, neuron), half in halves.items() if which is side}
                for method in methods if own else ():
                    ctx.check()
                    if side in method.sides and method.name not in self._namer.same_as_ours:
                        rows += self._rows(show(method, side, self._found, own, run), own)
        ctx.report(len(spec.runs), len(spec.runs))
        return Measured(rows, prints, dict(self._namer.same_as_ours))

    def _halves(self, spec: StudySpec, run: int) -> dict[Place, Halves]:
        """The halves of every side that has something on both of them."""
        drawn = {
            place: draw_halves(self._found.sides[place], spec.examples, (run, *_order(place)))
            for place in sorted(self._found.sides, key=_order)
        }
        return {place: half for place, half in drawn.items() if half.seen and half.held}

    def _rows(self, shown: Shown, halves: Mapping[int, Halves]) -> Iterator[Row]:
        if not shown.items:
            return
        named = self._namer.names(shown)
        sides = [self._found.sides[shown.side, neuron] for neuron in shown.items]
        held = HeldOut(sides, [halves[neuron] for neuron in shown.items], self._store)
        measures = np.stack([
            held.alignment(named.vectors),
            held.place(named.vectors, self._phrases.vectors, named.inside),
            held.detection(named.vectors),
        ])  # fmt: skip
        measures[:, [not concept for concept in named.concepts]] = np.nan
        for i, (neuron, items) in enumerate(shown.items.items()):
            half = halves[neuron]
            yield Row(
                neuron, shown.side, shown.run, shown.method.name, named.concepts[i], named.proposed[i],
                len(items), len(half.held), len(half.silent), *measures[:, i].tolist(),
            )  # fmt: skip


def _order(place: Place) -> tuple[int, int]:
    return list(TokenKind).index(place[0]), place[1]
