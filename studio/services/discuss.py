"""The discussion of a neuron."""

from __future__ import annotations

from uuid import uuid4

from studio.domain.annotation import EventKind
from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.services.annotate import check_neuron
from studio.services.label_values import check_annotator, plain_text
from studio.storage.project import Project

LONGEST = 20_000


def comment(project: Project, annotator: str, neuron: int, text: str) -> Changes:
    """Add to the discussion. What was said stays said: undo leaves it alone.

    Raises `UserError` for a text without words or a longer one than `LONGEST` characters.
    """
    annotator = check_annotator(annotator)
    text = plain_text("A comment", text, LONGEST).strip()
    if not text:
        raise UserError("A comment needs at least one word.")
    with project.transaction():
        check_neuron(project, neuron)
        project.events.append(
            annotator,
            neuron,
            {"comment": text},
            old={},
            kind=EventKind.COMMENT,
            group=uuid4().hex,
            title=f"comment, neuron {neuron}",
        )
    return Changes(annotations=frozenset({neuron}))
