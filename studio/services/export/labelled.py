"""All that the filters of an export look at, read once, and which rows they leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from studio.domain.agreement import Undefined, raw_agreement
from studio.domain.annotation import Label
from studio.domain.export import ExportFilter
from studio.domain.modality import Modality
from studio.domain.shared import Assignment, Final, Gold, Shared
from studio.services.queues import labels_by_neuron
from studio.storage.project import Project


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
    labels = labels_by_neuron(project.events.labels())
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


def class_agreement(labels: Sequence[Label]) -> float | None:
    """Raw agreement on the class among the annotators who gave one; None for fewer than two of them."""
    if len(labels) < 2:
        return None
    found = raw_agreement([[label.modality] for label in labels])
    return None if isinstance(found, Undefined) else found


def final_label(neuron: int, final: Final) -> Label:
    """The adjudicated label as a label of the adjudicator."""
    return Label(neuron, final.by, final.decision, final.concept, final.modality, final.rating)
