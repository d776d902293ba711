"""The parts of a label that agreement is measured on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.domain.agreement import Level
from studio.domain.annotation import Decision, Label
from studio.domain.disagreement import same_words
from studio.services.neurons import MODALITIES


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a label that agreement is measured on. `values` are those it can have, in their order; None
    for words, of which there is no list: they have raw agreement only."""

    name: str
    level: Level
    values: tuple[Any, ...] | None
    value_of: Callable[[Label], Any]


def _kept(label: Label) -> Any:
    return None if label.decision is None else label.decision is not Decision.REJECTED


def _class(label: Label) -> Any:
    return None if label.modality is None else label.modality.value


def _words(label: Label) -> Any:
    return same_words(label.concept) if _kept(label) and label.concept else None


#: Whether the concept was kept (accepted or edited) or rejected.
DECISION = Part("decision", "nominal", (True, False), _kept)
PARTS = (
    DECISION,
    Part("class", "nominal", tuple(modality.value for modality in MODALITIES), _class),
    Part("rating", "ordinal", (1, 2, 3, 4, 5), lambda label: label.rating),
    Part("concept", "nominal", None, _words),
)
