"""Which rows an export has, and each of them with everything behind it, read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.domain.agreement import Undefined, raw_agreement
from studio.domain.annotation import Event, Label
from studio.domain.concept import Proposal
from studio.domain.context import Context
from studio.domain.evidence import Example, StoredSample
from studio.domain.export import EVERYTHING, ExportFilter, ExportOptions, ExportRow, Part
from studio.domain.modality import Modality
from studio.domain.shared import Assignment, Final, Gold, Shared
from studio.services.projects import provenance
from studio.storage.project import Project

#: Runs whose settings and hashes an export names.
RUNS = ("extract", "propose", "score")


@dataclass(frozen=True, slots=True)
class Labelled:
    """All that a filter looks at, read once: labels by neuron, what is shared, the automatic class, and the
    neurons that have evidence."""

    labels: Mapping[int, list[Label]]
    finals: Mapping[int, Final]
    golds: Mapping[int, Gold]
    assigned: Mapping[int, Assignment]
    automatic: Mapping[int, Modality]
    evident: frozenset[int]

    @property
    def annotators(self) -> list[str]:
        """Everybody who has a label or has adjudicated, by name."""
        names = {label.annotator for found in self.labels.values() for label in found}
        return sorted(names | {final.by for final in self.finals.values()})

    def shared(self, neuron: int) -> Shared:
        """What all annotators share about a neuron."""
        return Shared(self.finals.get(neuron), self.golds.get(neuron), self.assigned.get(neuron))

    def count(self, where: ExportFilter) -> int:
        """How many rows the filter leaves."""
        return sum(len(labels) for _, labels in self.chosen(where))

    def chosen(self, where: ExportFilter) -> Iterator[tuple[int, list[Label | None]]]:
        """(neuron, labels of its rows) by neuron; a None is the row of a neuron without a label."""
        for neuron in sorted(self._neurons(where)):
            if where.min_agreement is not None and not self._agreed(neuron, where.min_agreement):
                continue
            found = [label for label in self._of(neuron, where) if self._passes(neuron, label, where)]
            if found:
                yield neuron, found

    def _neurons(self, where: ExportFilter) -> Iterable[int]:
        if where.adjudicated:
            return self.finals
        return self.labels if where.reviewed else {*self.labels, *self.evident}

    def _of(self, neuron: int, where: ExportFilter) -> list[Label | None]:
        if where.adjudicated:
            return [final_label(neuron, self.finals[neuron])]
        return [*self.labels.get(neuron, ())] or [None]

    def _passes(self, neuron: int, label: Label | None, where: ExportFilter) -> bool:
        if where.reviewed and (label is None or not label.reviewed):
            return False
        if where.annotator is not None and (label is None or label.annotator != where.annotator):
            return False
        own = label.modality if label is not None else None
        return not where.classes or (own or self.automatic.get(neuron)) in where.classes

    def _agreed(self, neuron: int, least: float) -> bool:
        found = class_agreement(self.labels.get(neuron, ()))
        return found is not None and found >= least


def read_labelled(project: Project) -> Labelled:
    """Read what filters look at: labels by neuron, in the order of annotators."""
    labels: dict[int, list[Label]] = {}
    for label in project.events.labels():
        labels.setdefault(label.neuron, []).append(label)
    verdicts = project.verdicts.columns()
    kinds = tuple(Modality)
    automatic = {
        n: kinds[m] for n, m in zip(verdicts.neuron.tolist(), verdicts.modality.tolist(), strict=True)
    }
    events = project.events
    return Labelled(
        labels, events.finals(), events.golds(), events.assignments(), automatic,
        frozenset(project.evidence.neurons()),
    )  # fmt: skip


def class_agreement(labels: Iterable[Label]) -> float | None:
    """Raw agreement on the class among the annotators who gave one; None for fewer than two of them."""
    found = raw_agreement([[label.modality] for label in labels])
    return None if isinstance(found, Undefined) else found


def final_label(neuron: int, final: Final) -> Label:
    """The adjudicated label as a label of the adjudicator."""
    return Label(neuron, final.by, final.decision, final.concept, final.modality, final.rating)


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
        for neuron, labels in self._labelled.chosen(where):
            yield from self._of(neuron, labels)

    def _of(self, neuron: int, labels: list[Label | None]) -> Iterator[ExportRow]:
        project, everybody = self._project, self._labelled.labels.get(neuron, [])
        verdict, parts = project.verdicts.get(neuron), self._parts
        proposed = verdict.concept if verdict and verdict.concept else None
        proposals: tuple[Proposal, ...] = ()
        if Part.PROPOSALS in parts or proposed is None:
            found = tuple(project.proposals.of(neuron))
            proposed = proposed or next((p.concept for p in found if p.concept is not None), None)
            proposals = found if Part.PROPOSALS in parts else ()
        alignments = tuple(project.alignments.of(neuron)) if Part.ALIGNMENTS in parts else ()
        examples: tuple[Example, ...] = ()
        if Part.EXAMPLES in parts:
            examples = project.evidence.get(neuron, Part.MAPS in parts).examples
        events = project.events.of(neuron) if Part.HISTORY in parts else []
        shared, agreement = self._labelled.shared(neuron), class_agreement(everybody)
        for label in labels:
            history = _history(events, label, {one.annotator for one in everybody})
            yield ExportRow(
                neuron, label, proposed, verdict, proposals, alignments, examples, history, self.provenance,
                shared, agreement,
            )  # fmt: skip


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
