"""Which examples of a neuron an explainer sees, and which ones its answer is measured on (METHOD 6 and 7).

Both sides are parted together: who names one side may be shown the other as context (METHOD 3), and a
concept is tested on both sides (METHOD 4). So a sample, and every sample whose picture shows the same, is in
one half, whichever side it stands on, and no held-out text says what an explainer was shown, as evidence or
as context.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.domain.evidence import Example
from studio.domain.modality import TokenKind

#: Every side that a neuron has examples on.
Sides = Mapping[TokenKind, Sequence[Example]]


@dataclass(frozen=True, slots=True)
class Halves:
    """The examples of one side by position: what may be shown, and what concepts are tested on."""

    seen: tuple[Example, ...]
    held_out: tuple[Example, ...]


def split(
    sides: Sides, pictures: Mapping[str, Hashable], texts: Mapping[str, Hashable]
) -> dict[TokenKind, Halves]:
    """Both halves of every side. `pictures` and `texts` are equal for sample ids that show or say the same.

    Groups that stand on both sides are dealt first, then those of one, each by its best position to the half
    that has fewer of the sides it stands on, the seen one first: every side with two groups has both halves,
    and both reach from strong to weak examples. Where pictures fire, equal texts link no samples, or those
    that all have one prompt would leave nothing to test the pictures on: copies of a seen text are left out
    of the held-out texts instead. A side with one group has nothing to hold out: that half is empty.
    """
    groups = _groups(sides, pictures, texts)
    half = _dealt(sides, groups)
    said = {texts[name] for name, group in groups.items() if not half[group]}
    found = {}
    for side, examples in sides.items():
        ordered = sorted(examples, key=lambda e: e.position)
        seen = tuple(e for e in ordered if not half[groups[e.sample_id]])
        held = tuple(e for e in ordered if half[groups[e.sample_id]])
        if side is TokenKind.TEXT:
            held = tuple(e for e in held if texts[e.sample_id] not in said)
        found[side] = Halves(seen, held)
    return found


def joined(keys: Sequence[Iterable[Hashable]]) -> list[int]:
    """A number for each place of `keys`: equal where a chain of common keys links them."""
    group, first = list(range(len(keys))), dict[Hashable, int]()
    for i, own in enumerate(keys):
        for key in own:
            old, new = group[i], group[first.setdefault(key, i)]
            group = [new if number == old else number for number in group]
    return group


def _groups(sides: Sides, pictures: Mapping[str, Hashable], texts: Mapping[str, Hashable]) -> dict[str, int]:
    """A number for each sample: equal where they are never parted."""
    names = list(dict.fromkeys(e.sample_id for found in sides.values() for e in found))
    firing = {pictures[e.sample_id] for e in sides.get(TokenKind.IMAGE, ())}
    shows = [("picture", pictures[name]) for name in names]
    says = [("own", name) if pictures[name] in firing else ("text", texts[name]) for name in names]
    return dict(zip(names, joined(list(zip(shows, says, strict=True))), strict=True))


def _dealt(sides: Sides, groups: Mapping[str, int]) -> dict[int, bool]:
    """Of every group, whether it is held out."""
    members: dict[int, list[tuple[int, TokenKind]]] = {}
    for side, found in sides.items():
        for example in found:
            members.setdefault(groups[example.sample_id], []).append((example.position, side))
    counts = {(side, half): 0 for side in sides for half in (False, True)}
    dealt: dict[int, bool] = {}
    for group in sorted(members, key=lambda g: (-len(_sides(members[g])), min(members[g])[0], g)):
        on = _sides(members[group])
        held = sum(counts[side, True] for side in on) < sum(counts[side, False] for side in on)
        dealt[group] = held
        for _, side in members[group]:
            counts[side, held] += 1
    return dealt


def _sides(members: Collection[tuple[int, TokenKind]]) -> set[TokenKind]:
    return {side for _, side in members}
