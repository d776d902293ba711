"""The rows of an export, each with everything behind it, read as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from studio.domain.annotation import Event, Label
from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.context import Context
from studio.domain.evidence import Example, ExampleKind, StoredSample
from studio.domain.export import EVERYTHING, ExportFilter, ExportOptions, ExportRow, Part
from studio.services.export.labelled import class_agreement, read_labelled
from studio.services.projects import provenance
from studio.storage.project import Project

#: Runs whose settings and hashes an export names.
RUNS = ("extract", "propose", "score")
#: Neurons that are read at once: one query a table for all of them, and no more of them in memory.
AT_ONCE = 128
_Item = TypeVar("_Item", Proposal, Alignment, Event)


class StoredRows:
    """`ExportRows` of an open project, with the `parts` that are used; `count` says how many rows were taken.
    Checks for cancel at each."""

    def __init__(
        self,
        project: Project,
        where: ExportFilter,
        options: ExportOptions,
        ctx: Context,
        title: str = "",
        parts: frozenset[Part] = EVERYTHING,
    ) -> None:
        self.options = options
        self.provenance: Mapping[str, Any] = _provenance(project)
        self.count = 0
        self._project, self._ctx, self._title, self._parts = project, ctx, title, parts
        self._labelled = read_labelled(project)
        self._total = self._labelled.count(where)
        self._rows = self._read(where)

    def __iter__(self) -> Iterator[ExportRow]:
        return self

    def __next__(self) -> ExportRow:
        self._ctx.check()
        row = next(self._rows)
        self.count += 1
        if self.count % 64 == 0:
            self._ctx.report(self.count, self._total, self._title)
        return row

    def samples(self, ids: Iterable[str]) -> Mapping[str, StoredSample]:
        """The samples that examples refer to, by id."""
        return self._project.samples.get(sorted(set(ids)))

    def picture(self, row: int) -> bytes:
        """The JPEG of `StoredSample.picture`. Raises `ProjectError` when it is missing."""
        return self._project.pictures.get(row)

    def _read(self, where: ExportFilter) -> Iterator[ExportRow]:
        chosen = self._labelled.chosen(where)
        while some := list(islice(chosen, AT_ONCE)):
            behind = _Behind(self._project, [neuron for neuron, _ in some], self._parts)
            for neuron, labels in some:
                yield from self._of(neuron, labels, behind)

    def _of(self, neuron: int, labels: list[Label | None], behind: _Behind) -> Iterator[ExportRow]:
        everybody = self._labelled.labels.get(neuron, [])
        shared, agreement = self._labelled.shared(neuron), class_agreement(everybody)
        for label in labels:
            history = _history(behind.history.get(neuron, []), label, {one.annotator for one in everybody})
            yield ExportRow(
                neuron, label, behind.proposed(neuron), behind.verdicts.get(neuron),
                tuple(behind.proposals.get(neuron, ())) if Part.PROPOSALS in self._parts else (),
                tuple(behind.alignments.get(neuron, ())), behind.examples(neuron), history, self.provenance,
                shared, agreement, behind.evidence_ids(neuron),
            )  # fmt: skip


class _Behind:
    """What stands behind the rows of some neurons: one query for each table that `parts` need."""

    def __init__(self, project: Project, neurons: Sequence[int], parts: frozenset[Part]) -> None:
        self.verdicts = project.verdicts.some(neurons)
        nameless = [neuron for neuron in neurons if not _concept(self.verdicts.get(neuron))]
        asked = neurons if Part.PROPOSALS in parts else nameless
        self.proposals = _by_neuron(project.proposals.some(asked)) if asked else {}
        with_alignments, with_history = Part.ALIGNMENTS in parts, Part.HISTORY in parts
        self.alignments = _by_neuron(project.alignments.some(neurons)) if with_alignments else {}
        self.history = _by_neuron(project.events.some(neurons)) if with_history else {}
        with_ids, with_examples = Part.EVIDENCE_IDS in parts, Part.EXAMPLES in parts
        self._evidence = project.evidence.some(neurons, Part.MAPS in parts) if with_examples else {}
        self._ids = project.evidence.top_ids(neurons) if with_ids and not with_examples else {}
        self._with_ids = with_ids

    def proposed(self, neuron: int) -> str | None:
        """The concept the program proposed: that of the verdict, or else the first of the explainers'."""
        concepts = (proposal.concept for proposal in self.proposals.get(neuron, ()))
        return _concept(self.verdicts.get(neuron)) or next((c for c in concepts if c is not None), None)

    def evidence_ids(self, neuron: int) -> tuple[str, ...]:
        """The names of the top examples."""
        if neuron in self._ids or not self._with_ids:
            return self._ids.get(neuron, ())
        top = (e for e in self.examples(neuron) if e.kind is ExampleKind.TOP)
        return tuple(example.evidence_id(neuron) for example in top)

    def examples(self, neuron: int) -> tuple[Example, ...]:
        """All kept examples."""
        evidence = self._evidence.get(neuron)
        return () if evidence is None else evidence.examples


def _concept(verdict: Verdict | None) -> str | None:
    return verdict.concept if verdict is not None and verdict.concept else None


def _by_neuron(items: Iterable[_Item]) -> dict[int, list[_Item]]:
    found: dict[int, list[_Item]] = {}
    for item in items:
        found.setdefault(item.neuron, []).append(item)
    return found


def _history(events: list[Event], label: Label | None, labelled: set[str]) -> tuple[Event, ...]:
    """The annotator's events, and those of people without a label; everybody's where it is the final one."""
    if label is None or label.annotator not in labelled:
        return tuple(events)
    return tuple(e for e in events if e.annotator == label.annotator or e.annotator not in labelled)


def _provenance(project: Project) -> dict[str, Any]:
    meta = {name: project.meta.get(name) for name in ("project_id", "title")}
    extraction = {name: provenance(project).get(name) for name in ("model", "layer", "sae", "data")}
    return {**meta, **extraction, "runs": {kind: _asked(project, kind) for kind in RUNS}}


def _asked(project: Project, kind: str) -> dict[str, Any] | None:
    """What the newest run of a kind was asked for, with the hashes of what it used; None without one."""
    run = project.runs.last(kind)
    return None if run is None else {"id": run.id, "finished": run.finished, **run.config}
