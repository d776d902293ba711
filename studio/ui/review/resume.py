"""Where each annotator stopped in each project: the neuron in front and what the list showed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

from studio.ui.review.neuron_query import Query
from studio.ui.review.query_json import query_from_json, query_to_json
from studio.ui.session import Session
from studio.ui.settings import WindowState

#: A longer list of chosen neurons is not remembered.
LONGEST_LIST = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """`neuron` None where nothing was in front; `goal` 0 for none."""

    neuron: int | None = None
    query: Query = field(default_factory=Query)
    goal: int = 0


class Places:
    """Kept with the state of the window, apart from the settings."""

    def __init__(self, state: WindowState) -> None:
        self._state = state

    def get(self, project: str, annotator: str) -> Place:
        """Where this annotator stopped; the usual start where nothing (or nonsense) was kept."""
        try:
            found = json.loads(self._state.text(_key(project, annotator)) or "{}")
            neuron, goal = found.get("neuron"), found.get("goal", 0)
            query = query_from_json(found.get("query", {}))
        except (ValueError, AttributeError, TypeError):
            return Place()
        return Place(neuron if _whole(neuron) else None, query, goal if _whole(goal) else 0)

    def keep(self, project: str, annotator: str, place: Place) -> None:
        """Remember it."""
        query = place.query
        if query.only is not None and len(query.only) > LONGEST_LIST:
            query = replace(query, only=None, only_name="")
        found = {"neuron": place.neuron, "query": query_to_json(query), "goal": place.goal}
        self._state.save_text(_key(project, annotator), json.dumps(found))


def project_name(session: Session) -> str:
    """What tells a project apart: its id, which its copies share, or else its file."""
    return str(getattr(session.info, "project_id", "") or session.path)


def _key(project: str, annotator: str) -> str:
    """A name that a settings file can hold, whatever the annotator is called."""
    digest = hashlib.sha256(f"{project}\n{annotator}".encode("utf-8", "replace")).hexdigest()
    return f"place/{digest[:32]}"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
