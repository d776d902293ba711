"""Alignment is measured on examples that nothing was named from, or not at all (METHOD 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.domain.concept import Proposal
from studio.domain.errors import DataError
from studio.domain.modality import TokenKind
from studio.services.embeddings import SideEvidence
from studio.storage.project import Project


def check_held_out(
    project: Project, proposals: Sequence[Proposal], evidence: Mapping[TokenKind, SideEvidence]
) -> None:
    """Raises `DataError` when a neuron is to be tested on what its explainer saw on that side, or on what
    shows the same: its examples are others than they were when it was named. `evidence` is of the held-out
    half. Proposals that say nothing of what they saw (a person's, an import's) pass."""
    held = {
        (neuron, side): names
        for side, rows in evidence.items()
        for neuron, names in zip(rows.neurons.tolist(), rows.samples, strict=True)
    }
    seen = {
        (p.neuron, p.side): [str(name) for name in p.details.get("seen", ())]
        for p in proposals
        if p.concept is not None
    }
    wanted = {name for found in (*held.values(), *seen.values()) for name in found}
    samples = project.samples.get(sorted(wanted))
    group_of = {name: project.pictures.group_of(sample) for name, sample in samples.items()}
    for key, names in seen.items():
        barred = {group_of[name] for name in names if name in group_of}
        leaked = [name for name in held.get(key, ()) if group_of[name] in barred]
        if leaked:
            raise DataError(
                f"Neuron {key[0]}: {len(leaked)} examples that are to test its concept were seen by the "
                f"explainer, as “{leaked[0]}”. Propose concepts again, then score."
            )
