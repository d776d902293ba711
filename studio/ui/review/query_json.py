"""A query as JSON: in saved views, and where somebody stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from studio.domain.queue import Queue
from studio.ui.review.neuron_query import Query, Shown, SortKey

USUAL = Query()


def query_to_json(query: Query) -> dict[str, Any]:
    """What differs from the usual query."""
    found: dict[str, Any] = {}
    for item in fields(Query):
        value = getattr(query, item.name)
        if value != getattr(USUAL, item.name):
            found[item.name] = str(value) if isinstance(value, StrEnum) else value
    if query.only is not None:
        found["only"] = sorted(query.only)
    return found


def query_from_json(found: Mapping[str, Any]) -> Query:
    """The query; parts that are nonsense, or of a newer version, are left out."""
    good: dict[str, Any] = {}
    for item in fields(Query):
        if item.name in found:
            try:
                good[item.name] = _READ[item.name](found[item.name])
            except (ValueError, TypeError):
                continue
    return Query(**good)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError("no number")
    return value


_READ: dict[str, Any] = {
    "shown": Shown,
    "queue": lambda value: None if value is None else Queue(value),
    "text": _text,
    "sort": SortKey,
    "descending": bool,
    "only": lambda value: None if value is None else frozenset(_number(n) for n in value),
    "only_name": _text,
    "seed": _number,
    "size": _number,
}
