"""What two copies of a project say differently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from studio.domain.annotation import Decision, Label


class ConflictKind(StrEnum):
    """Annotators who differ; one annotator who said two things; two words on what all share."""

    ANNOTATORS = "annotators"
    SAME_ANNOTATOR = "same annotator"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A neuron on which words differ. `parts` names where ("concept", "rating" ...), `said` who said what.

    Of one annotator, and of what all share, the later word counts after the merge: it is the last of `said`.
    """

    neuron: int
    kind: ConflictKind
    parts: tuple[str, ...]
    said: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        said = [{"who": who, "what": what} for who, what in self.said]
        return {"neuron": self.neuron, "kind": self.kind.value, "parts": list(self.parts), "said": said}

    def sentence(self) -> str:
        """The same on one line."""
        return f"Neuron {self.neuron} ({', '.join(self.parts)}): " + "; ".join(
            f"{who}: {what}" for who, what in self.said
        )


def in_words(label: Label, parts: Iterable[str] = ()) -> str:
    """A label on one line: "accepted “dog”, visual, rating 4". `parts` adds further fields by name."""
    concept = f" “{label.concept}”" if label.concept and label.decision is not Decision.REJECTED else ""
    words = [f"{label.decision.value}{concept}" if label.decision else concept.strip()]
    words += [label.modality.value] if label.modality else []
    words += [f"rating {label.rating}"] if label.rating else []
    words += [text for name in parts if (text := _further(label, name))]
    return ", ".join(word for word in words if word) or "nothing"


def _further(label: Label, name: str) -> str:
    if name == "note":
        return f"note “{_short(label.note)}”" if label.note else ""
    if name == "tags":
        return f"tags {', '.join(label.tags)}" if label.tags else ""
    return name if name in ("skipped", "flagged") and getattr(label, name) else ""


def _short(text: str, most: int = 60) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def listed(names: Sequence[str]) -> str:
    """Names as people list them: "Ada, Bo and Cy"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
