"""What the fields of a label may say, and how an act on them is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.domain.annotation import FIELDS, Decision
from studio.domain.errors import UserError
from studio.domain.modality import Modality

LONGEST = {"concept": 2_000, "note": 100_000}
LONGEST_NAME = 200
LONGEST_TAG = 100
MOST_TAGS = 50


def check_annotator(name: str) -> str:
    """The name without space around it. Raises `UserError` when there is none."""
    name = plain_text("Your name", name, LONGEST_NAME).strip()
    if not name:
        raise UserError("Say who is reviewing first: annotations are kept by name.")
    return name


def check_values(new: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as JSON. Raises `UserError` for one that no label can have."""
    return {name: _check(name, value) for name, value in new.items()}


def title_of(acts: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """The name of an act: "rate 4, neuron 812", or "skip, 30 neurons" for a bulk one."""
    if not acts:
        return ""
    neuron, new = acts[0]
    what = _verb(new)
    return f"{what}, neuron {neuron}" if len(acts) == 1 else f"{what}, {len(acts)} neurons"


def _verb(new: Mapping[str, Any]) -> str:
    if "decision" in new:
        verbs = {"accepted": "accept", "edited": "edit concept", "rejected": "reject", None: "reopen"}
        return verbs[new["decision"]]
    name, value = next(iter(new.items()))
    if name in ("skipped", "flagged"):
        verb = "skip" if name == "skipped" else "flag"
        return verb if value else f"un{verb}"
    if name == "rating":
        return "clear rating" if value is None else f"rate {value}"
    if name == "modality":
        return "clear class" if value is None else f"class {value}"
    return {"concept": "edit concept", "tags": "tag"}.get(name, name)


def _check(name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise UserError(f"A label has no field “{name}”. Its fields are {', '.join(FIELDS)}.")
    if name in ("skipped", "flagged"):
        return bool(value)
    if name == "note":
        return plain_text("A note", value, LONGEST["note"])
    if name == "tags":
        return _tags(value)
    if value is None:
        return None
    if name == "concept":
        return plain_text("A concept", value, LONGEST["concept"])
    return _rating(value) if name == "rating" else _choice(name, value)


def _tags(value: Any) -> list[str]:
    """Sorted, each once, without space around them."""
    if not isinstance(value, (list, tuple)):
        raise UserError(f"Tags are a list of words, not {value!r}.")
    tags = {plain_text("A tag", tag, LONGEST_TAG).strip() for tag in value} - {""}
    if len(tags) > MOST_TAGS:
        raise UserError(f"A neuron can have {MOST_TAGS} tags, not {len(tags)}. Leave some out.")
    return sorted(tags)


def _rating(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise UserError(f"A rating is a whole number from 1 to 5, not {value!r}.")
    return value


def _choice(name: str, value: Any) -> str:
    choices = Decision if name == "decision" else Modality
    try:
        return choices(value).value
    except ValueError as error:
        known = ", ".join(choice.value for choice in choices)
        raise UserError(f"“{value}” is no {name}. Choose one of: {known}.") from error


def plain_text(what: str, value: Any, longest: int) -> str:
    """A text that UTF-8 and SQLite can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        raise UserError(f"{what} is a text, not {value!r}.")
    if len(value) > longest:
        raise UserError(f"{what} has {len(value):,} characters; {longest:,} is the most. Shorten it.")
    return value.replace("\0", "").encode("utf-8", "replace").decode()
