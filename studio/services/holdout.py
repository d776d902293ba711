"""Which examples an explainer sees, and which ones its answer is measured on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from studio.domain.evidence import Example


def split(
    examples: Sequence[Example], groups: Mapping[str, Hashable], count: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """(seen, held out): at most `count` of `examples` (by position) each, without a common group.

    `groups` gives the group of a sample id: samples with the same picture belong together, or the
    answer would be tested on what was seen (METHOD 7). By position, each new group goes to the half that has
    fewer, the seen one first. A neuron with one group has nothing to hold out: that half is empty.
    """
    halves: tuple[list[Example], list[Example]] = ([], [])
    where: dict[Hashable, int] = {}
    for example in sorted(examples, key=lambda e: e.position):
        group = groups[example.sample_id]
        half = where.setdefault(group, int(len(halves[1]) < len(halves[0])))
        halves[half].append(example)
    seen, held = (tuple(half[:count]) for half in halves)
    return seen, held
