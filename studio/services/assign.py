"""Give neurons to annotators in batches that overlap, so that their agreement can be measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.shared import Assignment, shared_json
from studio.services.label_values import check_annotator, plain_text
from studio.services.queues import live_neurons
from studio.services.shared_values import about, check_lead, set_shared
from studio.storage.project import Project

LONGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is to be given what. `annotators` by neuron; `counts` by annotator."""

    batch: str
    annotators: dict[int, tuple[str, ...]]
    counts: dict[str, int]


def plan_batches(
    project: Project,
    names: Sequence[str],
    size: int = 0,
    overlap: int = 2,
    neurons: Iterable[int] | None = None,
    seed: int = 0,
    batch: str = "",
) -> Plan:
    """Draw neurons for a batch: each goes to `overlap` annotators, nobody gets more than `size` (0: no
    limit), and nobody gets two more than another. Writes nothing.

    `neurons`: those to draw from; None means all that fired and are in no batch yet. `batch` is the name, ""
    for the next number. Raises `UserError` when the numbers do not fit together.
    """
    people = list(dict.fromkeys(check_annotator(name) for name in names))
    _check(people, size, overlap)
    pool = _pool(project, neurons)
    if not pool:
        raise UserError("There are no neurons left to assign. Choose some that are in a batch already.")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(np.array(pool, np.int64))
    if size:
        chosen = chosen[: size * len(people) // overlap]
    given, counts = _share_out(chosen.tolist(), people, overlap, rng)
    return Plan(_name(project, batch), given, counts)


def assign(project: Project, annotator: str, plan: Plan) -> Changes:
    """Write the plan, as one act. Raises `UserError` when somebody else leads the project."""
    check_lead(project, annotator, "assign batches")
    values = {n: shared_json(Assignment(who, plan.batch)) for n, who in sorted(plan.annotators.items())}
    return set_shared(project, annotator, "assigned", values, about(f"assign {plan.batch}", values))


def unassign(project: Project, annotator: str, neurons: Iterable[int]) -> Changes:
    """Take neurons out of their batches. Raises `UserError` when somebody else leads the project."""
    check_lead(project, annotator, "assign batches")
    todo = dict.fromkeys(neurons)
    return set_shared(project, annotator, "assigned", todo, about("unassign", todo))


def batches(project: Project) -> dict[str, list[int]]:
    """The neurons of each batch, by its name."""
    found: dict[str, list[int]] = {}
    for neuron, given in project.events.assignments().items():
        found.setdefault(given.batch, []).append(neuron)
    return found


def _check(people: Sequence[str], size: int, overlap: int) -> None:
    if not people:
        raise UserError("Name at least one annotator.")
    if not 1 <= overlap <= len(people):
        raise UserError(
            f"Each neuron can go to 1 to {len(people)} of {len(people)} annotators, not to {overlap}. "
            "Name more annotators, or choose a smaller overlap."
        )
    if size < 0:
        raise UserError("The size of a batch is a whole number, 0 for no limit.")


def _pool(project: Project, neurons: Iterable[int] | None) -> list[int]:
    if neurons is not None:
        return sorted(set(neurons))
    taken = project.events.assignments()
    return [n for n in np.flatnonzero(live_neurons(project)).tolist() if n not in taken]


def _share_out(
    neurons: Sequence[int], people: Sequence[str], overlap: int, rng: np.random.Generator
) -> tuple[dict[int, tuple[str, ...]], dict[str, int]]:
    """Each neuron to those who have least, equal ones in random order: loads differ by one at most."""
    load = np.zeros(len(people), np.int64)
    given: dict[int, tuple[str, ...]] = {}
    for neuron in neurons:
        who = np.lexsort((rng.random(len(people)), load))[:overlap]
        load[who] += 1
        given[neuron] = tuple(people[i] for i in sorted(who.tolist()))
    return given, dict(zip(people, load.tolist(), strict=True))


def _name(project: Project, batch: str) -> str:
    name = plain_text("The name of a batch", batch, LONGEST_BATCH).strip()
    if name:
        return name
    known = batches(project)
    number = 1
    while f"batch {number}" in known:
        number += 1
    return f"batch {number}"
