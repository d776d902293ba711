"""Text from data sets as plain text: a tooltip that can load no file and lose no tag."""

from __future__ import annotations

import html

LONGEST = 4000


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` as it is, with its line breaks, wrapped at a readable width."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"<div style='white-space: pre-wrap'>{html.escape(text)}</div>"


def full_text(turns: object) -> str:
    """All turns of a sample, one below the other."""
    return "\n".join(f"{role_name(turn.role)}: {turn.text}" for turn in turns)  # type: ignore[attr-defined]


def role_name(role: str) -> str:
    """How a turn is called."""
    return {"user": "Question", "assistant": "Answer"}.get(role, role)
