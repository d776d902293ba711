"""The seen and the held-out half of a side, drawn anew for each run; they share no picture and no part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from studio.services.study.gather import Item, Place, Side


@dataclass(frozen=True, slots=True)
class Halves:
    """Places in `Side.items` and `Side.silent`: what explainers may see, and what concepts are tested on."""

    seen: tuple[int, ...]
    held: tuple[int, ...]
    silent: tuple[int, ...]


def draw_halves(side: Side, count: int, seed: tuple[int, ...]) -> Halves:
    """At most `count` items each, without a common picture; the same for the same seed.

    The groups come in an order drawn by `seed`, each to the half that has fewer items, the seen one first.
    Silent samples whose picture was seen are left out.
    """
    groups = list(dict.fromkeys(item.group for item in side.items))
    order = [groups[i] for i in np.random.default_rng(seed).permutation(len(groups)).tolist()]
    halves: tuple[list[int], list[int]] = ([], [])
    for group in order:
        members = [i for i, item in enumerate(side.items) if item.group == group]
        halves[int(len(halves[1]) < len(halves[0]))].extend(members)
    seen, held = (tuple(sorted(half[:count])) for half in halves)
    shown = {side.items[i].picture for i in seen}
    silent = tuple(i for i, (_, group) in enumerate(side.silent) if group not in shown)
    return Halves(seen, held, silent)


def check_apart(seen: Iterable[Item], held: Iterable[Item]) -> None:
    """Raises `LeakError` when a concept would be tested on a picture or text that its explainer was shown."""
    from models.scorers.detection import LeakError

    shown = {key for item in seen for key in (("picture", item.picture), ("part", item.part))}
    leaked = [
        item.sample_id for item in held if ("picture", item.picture) in shown or ("part", item.part) in shown
    ]
    if leaked:
        raise LeakError(f"{len(leaked)} held-out examples were seen by the explainer, as {leaked[0]!r}")


def fingerprint(sides: Mapping[Place, Side], halves: Mapping[Place, Halves]) -> str:
    """SHA-256 over which samples were held out for which neuron, in hex."""
    rows = [
        [side.value, neuron, [sides[side, neuron].items[i].sample_id for i in halves[side, neuron].held]]
        for side, neuron in sorted(halves, key=lambda place: (place[0].value, place[1]))
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
