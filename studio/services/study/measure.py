"""One run of a study: halves are drawn, every method names every neuron, every name is tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.domain.context import Context
from studio.domain.modality import TokenKind
from studio.services.study.gather import Gathered, Place
from studio.services.study.halves import Halves, draw_halves, fingerprint
from studio.services.study.methods import Method
from studio.services.study.naming import SAME_AS_OURS, evidence_of, name
from studio.services.study.scoring import HeldOut, Row
from studio.services.study.spec import StudySpec
from studio.services.study.vectors import Vectors, VectorStore

if TYPE_CHECKING:
    from models.explainers.bank import Bank


@dataclass(frozen=True, slots=True)
class Measured:
    """Every row, and the fingerprint of the held-out halves of each run."""

    rows: list[Row]
    held_out: dict[int, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The bank and its embeddings float32 [b, e]."""

    bank: Bank
    vectors: Vectors


def measure(
    spec: StudySpec,
    methods: Sequence[Method],
    found: Gathered,
    phrases: Phrases,
    store: VectorStore,
    ctx: Context,
) -> Measured:
    """Name and test every neuron by every method in every run."""
    rows: list[Row] = []
    prints: dict[int, str] = {}
    for number, run in enumerate(spec.runs):
        ctx.report(number, len(spec.runs), "Naming and testing, run by run")
        halves = _halves(spec, found, run)
        prints[run] = fingerprint(found.sides, halves)
        for side in TokenKind:
            own = {neuron: half for (which, neuron), half in halves.items() if which is side}
            for method in methods:
                ctx.check()
                if own and side in method.sides and method.name not in SAME_AS_OURS:
                    rows += _rows(method, side, run, own, found, phrases, store)
    ctx.report(len(spec.runs), len(spec.runs))
    return Measured(rows, prints)


def _halves(spec: StudySpec, found: Gathered, run: int) -> dict[Place, Halves]:
    """The halves of every side that has something on both of them."""
    drawn = {
        place: draw_halves(found.sides[place], spec.examples, (run, *_order(place)))
        for place in sorted(found.sides, key=_order)
    }
    return {place: half for place, half in drawn.items() if half.seen and half.held}


def _order(place: Place) -> tuple[int, int]:
    return list(TokenKind).index(place[0]), place[1]


def _rows(
    method: Method,
    side: TokenKind,
    run: int,
    halves: dict[int, Halves],
    found: Gathered,
    phrases: Phrases,
    store: VectorStore,
) -> Iterator[Row]:
    named = name(evidence_of(method, side, found, halves, run, store), phrases.vectors, phrases.bank)
    held = HeldOut([found.sides[side, neuron] for neuron in halves], list(halves.values()), store)
    concepts = phrases.vectors[named.phrases]
    measured = zip(
        halves.items(), named.phrases, named.stands_out,
        held.alignment(concepts), held.place(phrases.vectors, named.phrases), held.detection(concepts),
        strict=True,
    )  # fmt: skip
    for (neuron, half), phrase, stands_out, alignment, place, detection in measured:
        yield Row(
            neuron, side, run, method.name, phrases.bank.phrases[phrase], stands_out,
            len(half.seen), len(half.held), len(half.silent),
            float(alignment), float(place), float(detection),
        )  # fmt: skip
