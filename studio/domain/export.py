"""A row of an export: one neuron in the words of one annotator, with everything behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.domain.annotation import Event, Label
from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.evidence import Example
from studio.domain.modality import Modality

#: Version of the exported layout; it changes when a field changes its meaning.
EXPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One neuron and one annotator; `label` is None for a neuron nobody has annotated.

    `proposed` is the concept the program proposed. `examples` are all kept examples, `history` the events of
    this annotator on this neuron, oldest first. `provenance` is JSON: project, model, layer, SAE, data.
    """

    neuron: int
    label: Label | None
    proposed: str | None
    verdict: Verdict | None
    proposals: tuple[Proposal, ...]
    alignments: tuple[Alignment, ...]
    examples: tuple[Example, ...]
    history: tuple[Event, ...]
    provenance: Mapping[str, Any]

    @property
    def concept(self) -> str | None:
        """The concept the annotator decided on; None when rejected or not decided."""
        if self.label is None or self.label.decision is None:
            return None
        return self.label.concept

    @property
    def modality(self) -> Modality | None:
        """The annotator's class, or else the automatic one."""
        if self.label is not None and self.label.modality is not None:
            return self.label.modality
        return self.automatic

    @property
    def automatic(self) -> Modality | None:
        """The class by line 1 of the evidence (METHOD 5); None when not scored."""
        return None if self.verdict is None else self.verdict.modality
