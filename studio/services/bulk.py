"""One act on many neurons: what it would change is said first, then it is written in parts, undone as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from studio.domain.annotation import Decision
from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.shared import Assignment, shared_json
from studio.services.annotate import Act, annotate_many
from studio.services.label_values import check_annotator, check_values
from studio.services.neurons import STATUSES, NeuronTable, neuron_table
from studio.services.shared_values import check_lead, set_shared
from studio.storage.label_fold import EMPTY, label_values
from studio.storage.project import Project

#: Neurons of one transaction: the lane is free for a decision in between.
PART = 250
EXAMPLES = 6
DECIDED, NOTHING, SAME = "already decided", "without a proposed concept", "as asked already"
COVERED = "covered in blind review"


class BulkKind(StrEnum):
    """What can be done to several neurons at once."""

    ACCEPT = "accept"
    TAG = "tag"
    UNTAG = "untag"
    FLAG = "flag"
    SKIP = "skip"
    REOPEN = "reopen"
    RESET = "reset"
    ASSIGN = "assign"


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a bulk act changes: `new` values by neuron, in the order given. `left`: how many are left alone,
    by reason. `examples`: (neuron, what becomes of it) of the first. `group` joins its events for undo."""

    kind: BulkKind
    title: str
    new: Mapping[int, Mapping[str, Any]]
    left: Mapping[str, int]
    examples: tuple[tuple[int, str], ...]
    group: str

    def parts(self) -> list[list[int]]:
        """The neurons in portions that are written one after another."""
        todo = list(self.new)
        return [todo[i : i + PART] for i in range(0, len(todo), PART)]


def plan_bulk(
    project: Project, annotator: str, kind: BulkKind, neurons: Sequence[int], value: Any = None
) -> BulkPlan:
    """See what the act would change. Writes nothing.

    `value`: the tags (TAG, UNTAG), or (names, batch) (ASSIGN). Raises `UserError` for values that cannot be
    and, for ASSIGN, when somebody else leads the project.
    """
    annotator = check_annotator(annotator)
    if kind is BulkKind.ASSIGN:
        new, left = _assignments(project, annotator, neurons, value)
    else:
        new, left = _labels(project, annotator, kind, neurons, value)
    examples = tuple((neuron, describe(kind, values)) for neuron, values in list(new.items())[:EXAMPLES])
    return BulkPlan(kind, _title(kind, new, value), new, left, examples, uuid4().hex)


def apply_part(project: Project, annotator: str, plan: BulkPlan, neurons: Collection[int]) -> Changes:
    """Write one part of a plan, in one transaction."""
    if plan.kind is BulkKind.ASSIGN:
        values = {neuron: plan.new[neuron]["assigned"] for neuron in neurons}
        return set_shared(project, annotator, "assigned", values, plan.title, plan.group)
    acts = [Act(neuron, plan.new[neuron]) for neuron in neurons]
    return annotate_many(project, annotator, acts, plan.title, plan.group)


def describe(kind: BulkKind, values: Mapping[str, Any]) -> str:
    """What becomes of one neuron, in words."""
    if kind is BulkKind.ACCEPT:
        return str(values["concept"])
    if "tags" in values and kind is not BulkKind.RESET:
        return ", ".join(values["tags"]) or "no tags"
    if kind is BulkKind.ASSIGN:
        return ", ".join(values["assigned"]["annotators"])
    return {
        BulkKind.FLAG: "flagged",
        BulkKind.SKIP: "skipped",
        BulkKind.REOPEN: "not reviewed",
        BulkKind.RESET: "nothing said",
    }[kind]


def _labels(
    project: Project, annotator: str, kind: BulkKind, neurons: Sequence[int], value: Any
) -> tuple[dict[int, dict[str, Any]], dict[str, int]]:
    table = neuron_table(project, annotator)
    said = {label.neuron: label_values(label) for label in project.events.labels(annotator)}
    tags = set(check_values({"tags": value})["tags"]) if kind in (BulkKind.TAG, BulkKind.UNTAG) else set()
    if kind in (BulkKind.TAG, BulkKind.UNTAG) and not tags:
        raise UserError("Name at least one tag.")
    new: dict[int, dict[str, Any]] = {}
    left: dict[str, int] = {}
    for neuron in dict.fromkeys(n for n in neurons if 0 <= n < len(table)):
        now = said.get(neuron, EMPTY)
        found = _asked(kind, neuron, table, now, tags)
        if isinstance(found, str):
            left[found] = left.get(found, 0) + 1
        elif all(now[name] == to for name, to in found.items()):
            left[SAME] = left.get(SAME, 0) + 1
        else:
            new[neuron] = found
    return new, left


def _asked(
    kind: BulkKind, neuron: int, table: NeuronTable, now: Mapping[str, Any], tags: set[str]
) -> dict[str, Any] | str:
    """The values that the act gives a neuron, or why it is left alone."""
    if kind is BulkKind.ACCEPT:
        return _accepted(neuron, table)
    if kind is BulkKind.SKIP:
        return DECIDED if table.reviewed[neuron] else {"skipped": True}
    if kind is BulkKind.FLAG:
        return {"flagged": True}
    if kind is BulkKind.RESET:
        return dict(EMPTY)
    if kind is BulkKind.REOPEN:
        return {"decision": None, "concept": None, "skipped": False}
    have = set(now["tags"])
    return {"tags": sorted(have | tags if kind is BulkKind.TAG else have - tags)}


def _accepted(neuron: int, table: NeuronTable) -> dict[str, Any] | str:
    if table.reviewed[neuron] or table.status[neuron] == STATUSES.index("skipped"):
        return DECIDED
    if table.blind and neuron not in table.revealed:
        return COVERED
    if not table.concept[neuron]:
        return NOTHING
    return {"decision": Decision.ACCEPTED.value, "concept": table.concept[neuron], "skipped": False}


def _assignments(
    project: Project, annotator: str, neurons: Sequence[int], value: Any
) -> tuple[dict[int, dict[str, Any]], dict[str, int]]:
    check_lead(project, annotator, "assign batches")
    names, batch = value
    people = tuple(dict.fromkeys(check_annotator(name) for name in names))
    if not people:
        raise UserError("Name at least one annotator.")
    to = shared_json(Assignment(people, str(batch).strip() or "by hand"))
    now = {n: shared_json(given) for n, given in project.events.assignments().items()}
    count = project.neuron_count()
    wanted = [n for n in dict.fromkeys(neurons) if 0 <= n < count]
    new = {n: {"assigned": to} for n in wanted if now.get(n) != to}
    same = len(wanted) - len(new)
    return new, {SAME: same} if same else {}


def _title(kind: BulkKind, new: Mapping[int, Any], value: Any) -> str:
    what = kind.value
    if kind in (BulkKind.TAG, BulkKind.UNTAG):
        what = f"{what} {', '.join(sorted(value))}"
    if kind is BulkKind.ASSIGN:
        what = f"assign to {', '.join(value[0])}"
    count = len(new)
    return f"{what}, neuron {next(iter(new))}" if count == 1 else f"{what}, {count:,} neurons"
