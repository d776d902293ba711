"""What annotators share: adjudicated labels, gold neurons, batches, discussion, guidelines and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from studio.domain.annotation import Decision, Label, Seen
from studio.domain.modality import Modality

#: What blind review hides until the annotator has committed, and a reveal uncovers.
HIDDEN = ("proposal", "class", "peers")


@dataclass(frozen=True, slots=True)
class Final:
    """The adjudicated label of a neuron. `by` decided; `picked` is whose label it was, "" for own words."""

    decision: Decision | None
    concept: str | None
    modality: Modality | None
    rating: int | None
    by: str
    picked: str = ""


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known to be true of a neuron, set by the lead. None says nothing about that part."""

    concept: str | None
    modality: Modality | None
    rating: int | None
    by: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to review a neuron, and in which batch."""

    annotators: tuple[str, ...]
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """All that annotators share about one neuron; None where nothing was said."""

    final: Final | None = None
    gold: Gold | None = None
    assigned: Assignment | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How this project is reviewed. `blind`: the proposal, the automatic class and other annotators' work
    stay hidden until the annotator has committed. `rate_before_reveal`: a rating comes before the proposal
    is shown. `lead` may change this, the guidelines, the gold neurons and the batches; "" means anybody.
    Nothing is hidden from the lead, unless `lead_too`: a lead who annotates as well.
    """

    blind: bool = False
    rate_before_reveal: bool = False
    lead: str = ""
    lead_too: bool = False

    def leads(self, annotator: str) -> bool:
        """Whether this annotator may do what the lead does."""
        return self.lead in ("", annotator)

    def hides_from(self, annotator: str) -> bool:
        """Whether others' work is hidden from this annotator."""
        return self.blind and (self.lead_too or self.lead != annotator)

    def covers(self, annotator: str) -> tuple[str, ...]:
        """What is hidden from this annotator on every neuron until they reveal it: names of `HIDDEN`."""
        if not (self.blind or self.rate_before_reveal) or (self.lead == annotator and not self.lead_too):
            return ()
        return HIDDEN if self.blind else HIDDEN[:2]

    def unsaid(self, label: Label) -> tuple[str, ...]:
        """What the annotator has to say about a neuron before they may reveal it, in words."""
        wanted = (
            (self.blind, label.modality is not None, "a class"),
            (self.rate_before_reveal, label.rating is not None, "a rating"),
            (self.blind, label.reviewed, "a concept in your words, or a rejection"),
        )
        return tuple(words for asked, said, words in wanted if asked and not said)


@dataclass(frozen=True, slots=True)
class Guidelines:
    """One version of the guidelines: Markdown, who wrote it and when (ISO 8601, UTC)."""

    text: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Comment:
    """One contribution to the discussion of a neuron. `id` is that of its event."""

    id: str
    neuron: int
    annotator: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """What was uncovered for an annotator, when, with what they had said (`label`) and seen until then."""

    id: str
    neuron: int
    annotator: str
    at: str
    shown: tuple[str, ...]
    label: Label
    seen: Seen


def shared_json(value: Final | Gold | Assignment | Policy) -> dict[str, Any]:
    """The JSON value that an event keeps."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(value).items()}


def final_of(value: Mapping[str, Any] | None) -> Final | None:
    """From JSON. Raises `KeyError`, `TypeError` or `ValueError` when it says no such thing."""
    if value is None:
        return None
    decision = None if value["decision"] is None else Decision(value["decision"])
    by, picked = str(value["by"]), str(value.get("picked", ""))
    return Final(decision, _text(value["concept"]), _modality(value), _rating(value), by, picked)


def gold_of(value: Mapping[str, Any] | None) -> Gold | None:
    """From JSON; raises like `final_of`."""
    if value is None:
        return None
    return Gold(_text(value["concept"]), _modality(value), _rating(value), str(value["by"]))


def assignment_of(value: Mapping[str, Any] | None) -> Assignment | None:
    """From JSON; raises like `final_of`."""
    if value is None:
        return None
    return Assignment(tuple(str(name) for name in value["annotators"]), str(value["batch"]))


def policy_of(value: Mapping[str, Any] | None) -> Policy:
    """From JSON; raises like `final_of`. Nobody has said anything: nothing is hidden, anybody leads."""
    if value is None:
        return Policy()
    lead_too = bool(value.get("lead_too", False))
    return Policy(bool(value["blind"]), bool(value["rate_before_reveal"]), str(value["lead"]), lead_too)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _modality(value: Mapping[str, Any]) -> Modality | None:
    return None if value["modality"] is None else Modality(value["modality"])


def _rating(value: Mapping[str, Any]) -> int | None:
    return None if value["rating"] is None else int(value["rating"])
