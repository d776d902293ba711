"""What agreement is reckoned from, read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.domain.annotation import Label
from studio.domain.modality import Modality
from studio.domain.shared import Gold
from studio.services.blind import BlindError
from studio.services.neurons import MODALITIES
from studio.services.queues import labels_by_neuron
from studio.storage.project import Project

ALL = "all neurons"


@dataclass(frozen=True, slots=True)
class AgreementData:
    """What the table is made from, read at once: decided labels, gold neurons, and the labels of each neuron
    by group (`grouped`)."""

    labels: tuple[Label, ...]
    gold: dict[int, Gold]
    groups: dict[str, list[list[Label]]]

    @property
    def people(self) -> tuple[str, ...]:
        """Who has decided on at least one neuron."""
        return tuple(sorted({label.annotator for label in self.labels}))

    @property
    def shared(self) -> int:
        """How many neurons two or more have decided on."""
        return sum(len(labels) > 1 for labels in self.groups[ALL])


def read_agreement(project: Project, annotator: str = "") -> AgreementData:
    """What `agreement_of` needs, so that it can be reckoned without the project. Raises like `agreement`."""
    check_may_compare(project, annotator)
    found = project.verdicts.columns()
    classes = zip(found.neuron.tolist(), found.modality.tolist(), strict=True)
    labels = tuple(label for label in project.events.labels() if label.reviewed)
    by_class = {neuron: MODALITIES[code] for neuron, code in classes}
    return AgreementData(labels, project.events.golds(), grouped(labels, by_class))


def check_may_compare(project: Project, annotator: str) -> None:
    """Raises `BlindError` when others' work is hidden from this annotator; "" sees everything."""
    policy = project.events.policy()
    if annotator and policy.hides_from(annotator):
        raise BlindError(
            f"This project is reviewed blind. Only {policy.lead}, who leads it, compares what was said."
        )


def grouped(labels: Iterable[Label], classes: Mapping[int, Modality]) -> dict[str, list[list[Label]]]:
    """The labels of all neurons; of those of one automatic class; of those of one median rating (the lower of
    two)."""
    by_neuron = labels_by_neuron(labels)
    found = {ALL: list(by_neuron.values())}
    for modality in MODALITIES:
        some = [labels for n, labels in by_neuron.items() if classes.get(n) is modality]
        found[f"class {modality.value}"] = some
    for rating in range(1, 6):
        found[f"rating {rating}"] = [x for x in by_neuron.values() if _median_rating(x) == rating]
    return {name: some for name, some in found.items() if some or name == ALL}


def _median_rating(labels: Sequence[Label]) -> int | None:
    ratings = sorted(label.rating for label in labels if label.rating is not None)
    return ratings[(len(ratings) - 1) // 2] if ratings else None
