"""A row of an export: one neuron in the words of one annotator, with everything behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from studio.domain.annotation import Event, Label
from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.evidence import Example, StoredSample
from studio.domain.modality import Modality
from studio.domain.shared import Shared

#: Version of the exported layout; it changes when a field changes its meaning.
EXPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which rows an export has; the defaults leave nothing out.

    `reviewed`: labels with a decision only. `adjudicated`: adjudicated neurons only, one row each, with the
    final label. `classes`: the annotator's class, or else the automatic one; empty for every class.
    `min_agreement`: raw agreement on the class, 0 to 1, of the annotators who gave the neuron one; neurons
    that fewer than two have classed are left out. `annotator`: rows of one person only.
    """

    reviewed: bool = False
    adjudicated: bool = False
    classes: frozenset[Modality] = frozenset()
    min_agreement: float | None = None
    annotator: str | None = None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How rows are written. `pictures`: with the pictures of the evidence, None where the format decides.
    `licence`: what a data set card says, as the Hub names licences ("cc-by-4.0")."""

    pictures: bool | None = None
    licence: str = ""


class Part(StrEnum):
    """A part of a row that takes time to read. A format that names what it uses (`Exporter.parts`) gets the
    others empty. `EVIDENCE_IDS` are the names of the top examples alone, `MAPS` the activations of all."""

    PROPOSALS = "proposals"
    ALIGNMENTS = "alignments"
    EVIDENCE_IDS = "evidence_ids"
    EXAMPLES = "examples"
    MAPS = "maps"
    HISTORY = "history"


#: What a row has where the format does not say what it uses.
EVERYTHING = frozenset(Part)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One neuron and one annotator; `label` is None for a neuron nobody has annotated.

    `proposed` is the concept the program proposed. `examples` are all kept examples, `evidence_ids` the names
    of the top ones. `history` are the events of this annotator on this neuron and those of people who have no
    label there (comments, adjudication), oldest first. `provenance` is JSON: project, model and so on.
    `shared` is what all annotators share about the neuron, `agreement` the raw agreement on its class (None
    below two annotators).
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
    shared: Shared = field(default_factory=Shared)
    agreement: float | None = None
    evidence_ids: tuple[str, ...] = ()

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


class ExportRows(Protocol):
    """The rows of an export, by neuron and annotator, read as they are asked for, once."""

    provenance: Mapping[str, Any]
    options: ExportOptions

    def __iter__(self) -> Iterator[ExportRow]: ...

    def __next__(self) -> ExportRow: ...

    def samples(self, ids: Iterable[str]) -> Mapping[str, StoredSample]:
        """The samples that examples refer to, by id."""

    def picture(self, row: int) -> bytes:
        """The JPEG of `StoredSample.picture`."""
