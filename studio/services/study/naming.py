"""Names neurons from what each method shows, with the vocabulary explainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.domain.modality import TokenKind
from studio.services.study.gather import Gathered, Item
from studio.services.study.halves import Halves, check_apart
from studio.services.study.methods import NO_TEXT, RANDOM, WHOLE, Method
from studio.services.study.vectors import Vectors, VectorStore

if TYPE_CHECKING:
    from models.explainers.bank import Bank

#: Methods that this explainer cannot tell from ours, and why.
SAME_AS_OURS: Mapping[str, str] = {
    NO_TEXT.name: "the vocabulary explainer reads no text beside the picture, so this is the same as ours"
}


@dataclass(frozen=True, slots=True)
class Named:
    """The best phrase for each neuron (places in the bank), and whether it stands out as a proposal must."""

    phrases: list[int]
    stands_out: list[bool]


def evidence_of(
    method: Method,
    side: TokenKind,
    found: Gathered,
    halves: Mapping[int, Halves],
    run: int,
    store: VectorStore,
) -> Vectors:
    """What the explainer is shown of each neuron, as the mean of unit embeddings: float32 [m, e].

    Raises `LeakError` when that has anything in common with what the names are tested on.
    """
    pool = [(neuron, item) for neuron in halves for item in found.sides[side, neuron].items]
    rows = []
    for neuron, half in halves.items():
        own = found.sides[side, neuron]
        held = [own.items[i] for i in half.held]
        if method is RANDOM:
            shown = strangers(pool, neuron, held, len(half.seen), (run, list(TokenKind).index(side), neuron))
        else:
            shown = [own.items[i] for i in half.seen]
        check_apart(shown, held)
        rows.append(_mean(shown, method, store))
    return np.stack(rows)


def strangers(
    pool: Sequence[tuple[int, Item]], neuron: int, held: Sequence[Item], count: int, seed: tuple[int, ...]
) -> list[Item]:
    """`count` examples of other neurons, none with a picture or a part that is held out here; fewer where
    there are fewer."""
    barred = {key for item in held for key in (("picture", item.picture), ("part", item.part))}
    taken: list[Item] = []
    for place in np.random.default_rng(seed).permutation(len(pool)).tolist():
        other, item = pool[place]
        if other != neuron and ("picture", item.picture) not in barred and ("part", item.part) not in barred:
            taken.append(item)
        if len(taken) == count:
            break
    return taken


def name(evidence: Vectors, phrases: Vectors, bank: Bank) -> Named:
    """The phrase that stands out most on each neuron's evidence, against that of the other neurons.

    Every neuron gets one, so that all methods are tested on the same neurons.
    """
    from models.explainers.vocabulary import background_of, rank

    rankings = rank(evidence, phrases, background_of(evidence, phrases), bank)
    return Named([r.phrases[0] for r in rankings], [r.best is not None for r in rankings])


def _mean(shown: Sequence[Item], method: Method, store: VectorStore) -> Vectors:
    keys = [item.whole if method is WHOLE else item.part for item in shown]
    return np.asarray(store.stack(keys).mean(axis=0, dtype=np.float64), np.float32)
