"""Import labels: look first, then write all of them as one act, which one undo takes back, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.annotation import Decision, Label
from studio.domain.changes import Changes
from studio.domain.context import Context, Quiet, watched
from studio.domain.errors import UserError
from studio.services.annotate import Act, annotate_many
from studio.services.importing.reading import Found, Wrong, lines_of, read_labels_file
from studio.services.label_values import check_annotator, check_values
from studio.storage.label_fold import label_values
from studio.storage.project import Project

#: Problems that a plan names; the others are counted.
NAMED = 20


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; nothing was written.

    `new`, `changed`, `same`: neurons that get a first label of `annotator`, another one, or stay. `unknown`:
    rows of neurons that the project does not have. `others`: annotators in the file whose rows were left
    out. `problems`: the first sentences; `wrong` says how many there are. With one, nothing is imported.
    """

    path: Path
    annotator: str
    new: int
    changed: int
    same: int
    unknown: int
    wrong: int
    problems: tuple[str, ...]
    acts: tuple[Act, ...]
    annotators: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The counts in words."""
        return f"{self.new:,} new, {self.changed:,} changed, {self.same:,} the same, {self.unknown:,} unknown"


def plan_import(
    project: Project, path: Path | str, annotator: str, of: str | None = None, ctx: Context | None = None
) -> ImportPlan:
    """Read labels and compare them with those of `annotator`; `of` takes the rows of one annotator only.

    Rows that say nothing are passed over; a field without a value leaves the label's own alone. A concept
    without a decision counts as accepted where it is the proposed one, else as edited. Raises `DataError`
    when the file cannot be read at all.
    """
    path, annotator = Path(path), check_annotator(annotator)
    now = {label.neuron: label for label in project.events.labels(annotator)}
    reading = _Reading(project, now, annotator)
    for row in watched(read_labels_file(path), lines_of(path), ctx or Quiet(), f"Reading {path.name}"):
        if isinstance(row, Found) and row.annotator:
            reading.annotators.add(row.annotator)
        if isinstance(row, Wrong):
            reading.wrong(row.line, row.why)
        elif of is None or row.annotator == of:
            reading.take(row)
    return reading.plan(path)


def import_labels(project: Project, plan: ImportPlan, ctx: Context | None = None) -> Changes:
    """Write a plan as one act. Raises `UserError` when it has problems, `Cancelled` when `ctx` was; nothing
    is written then."""
    if plan.problems:
        raise UserError(refusal(plan))
    with project.transaction():
        return annotate_many(project, plan.annotator, plan.acts, f"import {plan.path.name}", ctx=ctx)


def refusal(plan: ImportPlan) -> str:
    """The first problems of a plan as one text."""
    more = f" There are {plan.wrong - 3:,} more." if plan.wrong > 3 else ""
    return f"{plan.path.name} was not imported, and nothing was changed. {' '.join(plan.problems[:3])}{more}"


class _Reading:
    """Takes rows one after another, and keeps what they would change."""

    def __init__(self, project: Project, now: Mapping[int, Label], annotator: str) -> None:
        self._project, self._now, self._annotator = project, now, annotator
        self._count = project.neuron_count()
        self._id = str(project.meta.get("project_id", ""))
        self._lines: dict[int, int] = {}
        self._acts: list[Act] = []
        self._new = self._changed = self._unknown = self._wrong = 0
        self._problems: list[str] = []
        self.annotators: set[str] = set()

    def take(self, row: Found) -> None:
        """One row of the file."""
        if not row.values:
            return
        if row.project and row.project != self._id:
            self.wrong(row.line, "it was exported from another project, whose neurons are others.")
        elif row.neuron >= self._count:
            self._unknown += 1
            self.wrong(row.line, f"there is no neuron {row.neuron}; the project has {self._count:,}.")
        elif row.neuron in self._lines:
            hint = " Choose whose rows to take." if len(self.annotators) > 1 else ""
            first = self._lines[row.neuron]
            self.wrong(row.line, f"neuron {row.neuron} stands in line {first} already.{hint}")
        else:
            self._lines[row.neuron] = row.line
            self._compare(row)

    def wrong(self, line: int, why: str) -> None:
        """Note a problem."""
        self._wrong += 1
        if len(self._problems) < NAMED:
            self._problems.append(f"Line {line}: {why.rstrip('.')}.")

    def plan(self, path: Path) -> ImportPlan:
        """What all rows add up to."""
        same = len(self._lines) - self._new - self._changed
        return ImportPlan(
            path, self._annotator, self._new, self._changed, same, self._unknown, self._wrong,
            tuple(self._problems), tuple(self._acts), tuple(sorted(self.annotators)),
        )  # fmt: skip

    def _compare(self, row: Found) -> None:
        try:
            values = check_values(_decided(row.values, self._proposed(row)))
        except UserError as error:
            self.wrong(row.line, str(error))
            del self._lines[row.neuron]
            return
        had = self._now.get(row.neuron)
        old = label_values(had or Label(row.neuron, self._annotator))
        new = {name: value for name, value in values.items() if value != old[name]}
        if new:
            self._new += had is None
            self._changed += had is not None
            self._acts.append(Act(row.neuron, new))

    def _proposed(self, row: Found) -> Iterable[str | None]:
        """The proposed concepts, where they have to tell an accepted concept from an edited one."""
        if "decision" in row.values or "concept" not in row.values:
            return ()
        verdict = self._project.verdicts.get(row.neuron)
        return [
            verdict.concept if verdict else None,
            *(p.concept for p in self._project.proposals.of(row.neuron)),
        ]


def _decided(values: Mapping[str, Any], proposed: Iterable[str | None]) -> dict[str, Any]:
    """The values with the decision that they imply."""
    if values.get("decision") == Decision.REJECTED:
        return {**values, "concept": None}
    if "concept" in values and "decision" not in values:
        decision = Decision.ACCEPTED if values["concept"] in proposed else Decision.EDITED
        return {**values, "decision": decision.value}
    return dict(values)
