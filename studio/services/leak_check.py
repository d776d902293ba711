"""A concept is measured on examples that nothing was named from, or not at all (METHOD 7)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.domain.concept import Proposal
from studio.domain.errors import DataError
from studio.domain.evidence import StoredSample
from studio.domain.modality import TokenKind
from studio.services.embeddings import SideEvidence
from studio.services.evidence_reader import text_of
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class Told:
    """What a sample tells who is shown it: the group of its picture (`Pictures.group_of`), and its text."""

    group: Hashable
    text: str

    @classmethod
    def by(cls, project: Project, sample: StoredSample) -> Told:
        return cls(project.pictures.group_of(sample), text_of(sample))


class Barred:
    """What may not test the concepts of a neuron: all that its explainers were told, on whichever side."""

    def __init__(self, told: Iterable[Told]) -> None:
        found = list(told)
        self.groups = frozenset(one.group for one in found)
        self.texts = frozenset(one.text for one in found)

    def bars(self, told: Told, side: TokenKind) -> bool:
        """Whether this side of a sample is barred: its picture shows what was shown, or its text, where the
        text is what is tested on, says the same."""
        return told.group in self.groups or (side is TokenKind.TEXT and told.text in self.texts)


def seen_of(proposals: Iterable[Proposal]) -> dict[int, frozenset[str]]:
    """By neuron, the ids of all samples that an explainer was shown to name either side. Proposals that say
    nothing of what they saw (a person's, an import's) add none."""
    found: dict[int, set[str]] = {}
    for p in proposals:
        found.setdefault(p.neuron, set()).update(map(str, p.details.get("seen", ())))
    return {neuron: frozenset(names) for neuron, names in found.items()}


def check_held_out(
    project: Project, proposals: Sequence[Proposal], evidence: Mapping[TokenKind, SideEvidence]
) -> None:
    """Raises `DataError` when a neuron is to be tested on what its explainers saw on either side, or on what
    shows or says the same: its examples are others than they were when it was named. `evidence` is of the
    held-out half."""
    seen = seen_of(p for p in proposals if p.concept is not None)
    held = {
        (neuron, side): names
        for side, rows in evidence.items()
        for neuron, names in zip(rows.neurons.tolist(), rows.samples, strict=True)
    }
    wanted = {name for names in (*seen.values(), *held.values()) for name in names}
    told = {n: Told.by(project, sample) for n, sample in project.samples.get(sorted(wanted)).items()}
    for (neuron, side), names in held.items():
        barred = Barred(told[n] for n in seen.get(neuron, ()) if n in told)
        refuse_leaked(neuron, [n for n in names if barred.bars(told[n], side)])


def refuse_leaked(neuron: int, leaked: Sequence[str]) -> None:
    """Raises `DataError` where there are ids of samples that would be tested on and were shown."""
    if leaked:
        raise DataError(
            f"Neuron {neuron}: {len(leaked)} examples that are to test its concept were seen by the "
            f"explainer, as “{leaked[0]}”. Propose concepts again, then score."
        )
