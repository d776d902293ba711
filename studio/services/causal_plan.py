"""Which stored top samples are run again, and which neurons each of them speaks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Verdict
from studio.domain.evidence import Evidence, ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.services.verdict import TEXTUAL_BELOW, VISUAL_ABOVE
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class Target:
    """A side that a neuron fires on, with the ids of its usable top samples, best first."""

    neuron: int
    side: TokenKind
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CausalPlan:
    """`samples` to run, by id; `wanted[i]`: places in `targets` of those that sample i speaks for."""

    targets: tuple[Target, ...]
    samples: tuple[str, ...]
    wanted: tuple[NDArray[np.int64], ...]


def make_plan(project: Project, verdicts: Sequence[Verdict], examples: int, limit: int) -> CausalPlan:
    """At least `examples` top samples of each neuron and side that it fires on, as far as there are so many.

    A side counts when at least a tenth of the neuron's activation mass is on it. Only samples with a picture
    and a text can lose one of them. With a `limit` (0: none) those samples are taken that are top samples of
    the most neurons, every neuron's first before any neuron's second.
    """
    known: dict[str, bool] = {}
    targets = [t for v in verdicts for t in _targets(project, v, known) if t.samples]
    if limit:
        chosen = _cover([t.samples for t in targets], examples, limit)
    else:
        chosen = {name for t in targets for name in t.samples[:examples]}
    samples = tuple(sorted(chosen))
    place = {name: i for i, name in enumerate(samples)}
    wanted: list[list[int]] = [[] for _ in samples]
    for number, target in enumerate(targets):
        for name in target.samples if limit else target.samples[:examples]:
            if name in place:
                wanted[place[name]].append(number)
    return CausalPlan(tuple(targets), samples, tuple(np.array(w, np.int64) for w in wanted))


def sides_of(image_share: float) -> tuple[TokenKind, ...]:
    """The sides on which a neuron fires: those with at least a tenth of its activation mass."""
    if math.isnan(image_share):
        return ()
    image = (TokenKind.IMAGE,) if image_share >= TEXTUAL_BELOW else ()
    return (*image, TokenKind.TEXT) if image_share <= VISUAL_ABOVE else image


def _targets(project: Project, verdict: Verdict, known: dict[str, bool]) -> list[Target]:
    evidence = project.evidence.get(verdict.neuron)
    return [
        Target(verdict.neuron, side, _usable(project, evidence, side, known))
        for side in sides_of(verdict.image_share)
    ]


def _usable(project: Project, evidence: Evidence, side: TokenKind, known: dict[str, bool]) -> tuple[str, ...]:
    """`known` remembers which samples have both, so that each is read once."""
    found = [e.sample_id for e in evidence.of(side, ExampleKind.TOP) if e.score > 0]
    fresh = [name for name in found if name not in known]
    known |= dict.fromkeys(fresh, False)
    known |= {name: has_both(sample) for name, sample in project.samples.get(fresh).items()}
    return tuple(name for name in found if known[name])


def has_both(sample: StoredSample) -> bool:
    """Whether there is a picture and a text."""
    return sample.picture is not None and len(sample.boxes) > 0 and len(sample.tokens) > 0


def _cover(lists: Sequence[Sequence[str]], examples: int, limit: int) -> set[str]:
    """Greedy: always the sample that helps the most lists that still want one; ties by id."""
    names = sorted({name for names in lists for name in names})
    place = {name: i for i, name in enumerate(names)}
    items = [np.array([place[name] for name in found], np.int64) for found in lists]
    holders: list[list[int]] = [[] for _ in names]
    for number, found in enumerate(items):
        for i in found.tolist():
            holders[i].append(number)
    got, chosen = np.zeros(len(items), np.int64), np.zeros(len(names), bool)
    for level in range(1, examples + 1):
        gain = np.zeros(len(names), np.int64)
        for number in np.flatnonzero(got < level).tolist():
            gain[items[number]] += 1
        gain[chosen] = 0
        while chosen.sum() < limit and gain.max(initial=0) > 0:
            best = int(gain.argmax())
            chosen[best] = True
            for number in holders[best]:
                got[number] += 1
                if got[number] == level:
                    gain[items[number]] -= 1
            gain[best] = 0
            gain[chosen] = 0
    return {names[i] for i in np.flatnonzero(chosen).tolist()}
