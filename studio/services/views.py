"""Saved views: what a list was asked for, under a name, kept in the project for whoever opens it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.domain.errors import UserError
from studio.services.label_values import plain_text
from studio.storage.project import Project

_KEY = "views"
LONGEST = 80


def views(project: Project) -> dict[str, dict[str, Any]]:
    """The saved views by name, in the order they were saved; entries that are nonsense are passed over."""
    found: Any = project.meta.get(_KEY)
    items = found.items() if isinstance(found, dict) else ()
    return {str(name): dict(query) for name, query in items if isinstance(query, dict)}


def save_view(project: Project, name: str, query: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Keep `query` (JSON) under a name; one of the same name is replaced. Returns all views.

    Raises `UserError` for a name without words.
    """
    name = check_name(name)
    return _keep(project, {**views(project), name: dict(query)})


def rename_view(project: Project, old: str, new: str) -> dict[str, dict[str, Any]]:
    """Give a view another name; it keeps its place. Returns all views.

    Raises `UserError` when there is no such view, or another one has the name.
    """
    new, known = check_name(new), views(project)
    if old not in known:
        raise UserError(f"There is no view “{old}” any more.")
    if new != old and new in known:
        raise UserError(f"There is a view “{new}” already. Choose another name, or delete that one first.")
    return _keep(project, {new if name == old else name: query for name, query in known.items()})


def delete_view(project: Project, name: str) -> dict[str, dict[str, Any]]:
    """Forget a view, whether it is there or not. Returns those that are left."""
    return _keep(project, {known: query for known, query in views(project).items() if known != name})


def check_name(name: str) -> str:
    """The name without space around it. Raises `UserError` when there is none."""
    name = " ".join(plain_text("The name of a view", name, LONGEST).split())
    if not name:
        raise UserError("Give the view a name.")
    return name


def _keep(project: Project, known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    project.meta.set(_KEY, known)
    return known
