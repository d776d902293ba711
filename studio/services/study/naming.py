"""Names neurons from what each method shows of the seen half."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

from studio.domain.modality import TokenKind
from studio.services.study.gather import Gathered, Item
from studio.services.study.halves import Halves, check_apart
from studio.services.study.methods import NO_TEXT, RANDOM, WHOLE, Method
from studio.services.study.vectors import Vectors, VectorStore

if TYPE_CHECKING:
    from models.explainers.bank import Bank

#: Draws for each stranger that is wanted, before the whole pool is put in an order.
TRIES = 20
READS_NO_TEXT = "the vocabulary explainer reads no text beside the picture, so this is the same as ours"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The bank and its embeddings float32 [b, e]."""

    bank: Bank
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Shown:
    """What each neuron's explainer is shown, and with which method, side and run."""

    method: Method
    side: TokenKind
    run: int
    items: Mapping[int, Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Names:
    """The concept of each neuron, "" where there is none, and whether it would be proposed: the vocabulary
    explainer's best phrase may not stand out. `inside` is the concept's place in the bank, None outside."""

    concepts: list[str]
    vectors: Vectors
    inside: list[int | None]
    proposed: list[bool]


class Namer(Protocol):
    """An explainer in a study. `same_as_ours` says which methods it cannot tell from ours, and why."""

    same_as_ours: Mapping[str, str]

    def names(self, shown: Shown) -> Names:
        """Name every neuron of `shown`, in its order."""


class VocabularyNamer:
    """The phrase of the bank that stands out most against the other neurons' evidence.

    Every neuron gets one, so that all methods are tested on the same neurons.
    """

    same_as_ours: Mapping[str, str] = MappingProxyType({NO_TEXT.name: READS_NO_TEXT})

    def __init__(self, phrases: Phrases, store: VectorStore) -> None:
        self._phrases, self._store = phrases, store

    def names(self, shown: Shown) -> Names:
        from models.explainers.vocabulary import background_of, rank

        bank, vectors = self._phrases.bank, self._phrases.vectors
        evidence = np.stack([self._mean(items, shown.method) for items in shown.items.values()])
        rankings = rank(evidence, vectors, background_of(evidence, vectors), bank)
        best = [ranking.phrases[0] for ranking in rankings]
        proposed = [ranking.best is not None for ranking in rankings]
        return Names([bank.phrases[i] for i in best], vectors[best], list(best), proposed)

    def _mean(self, items: Sequence[Item], method: Method) -> Vectors:
        keys = [item.whole if method is WHOLE else item.part for item in items]
        return np.asarray(self._store.stack(keys).mean(axis=0, dtype=np.float64), np.float32)


def show(method: Method, side: TokenKind, found: Gathered, halves: Mapping[int, Halves], run: int) -> Shown:
    """What the explainer is shown of each neuron.

    Raises `LeakError` when that has anything in common with what the names are tested on.
    """
    everybody = halves if method is RANDOM else ()
    pool = [(neuron, item) for neuron in everybody for item in found.sides[side, neuron].items]
    items: dict[int, Sequence[Item]] = {}
    for neuron, half in halves.items():
        own = found.sides[side, neuron].items
        held = [own[i] for i in half.held]
        if method is RANDOM:
            seed = (run, list(TokenKind).index(side), neuron)
            items[neuron] = strangers(pool, neuron, held, len(half.seen), seed)
        else:
            items[neuron] = [own[i] for i in half.seen]
        check_apart(items[neuron], held)
    return Shown(method, side, run, {neuron: chosen for neuron, chosen in items.items() if chosen})


def strangers(
    pool: Sequence[tuple[int, Item]], neuron: int, held: Sequence[Item], count: int, seed: tuple[int, ...]
) -> list[Item]:
    """`count` examples of other neurons, none with a picture or a part that is held out here; fewer where
    there are fewer."""
    barred = {key for item in held for key in (("picture", item.picture), ("part", item.part))}
    taken: dict[int, Item] = {}
    for place in _places(len(pool), count, seed):
        other, item = pool[place]
        if other != neuron and ("picture", item.picture) not in barred and ("part", item.part) not in barred:
            taken[place] = item
        if len(taken) == count:
            break
    return list(taken.values())


def _places(size: int, count: int, seed: tuple[int, ...]) -> Iterator[int]:
    """Places of a pool in a random order, some more than once: a few tries, and where they do not do, all."""
    rng = np.random.default_rng(seed)
    if size:
        yield from rng.integers(size, size=TRIES * count).tolist()
        yield from rng.permutation(size).tolist()
