"""A ProjectPlan as JSON, so that a project remembers how it is made and can go on after a stop."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from studio.domain.evidence import Rank
from studio.domain.specs import ChatSpec, DataSpec, ModelSpec, ProjectPlan, SaeSpec, TrainSpec


def plan_to_json(plan: ProjectPlan) -> dict[str, Any]:
    """JSON values only; the path is left out, because a project may be moved."""
    found = asdict(plan)
    del found["path"]
    found["rank"] = plan.rank.value
    return found


def plan_from_json(found: Any, path: str) -> ProjectPlan | None:
    """The plan of the project at `path`; None when nothing was kept, or nothing that makes sense."""
    if not isinstance(found, dict):
        return None
    try:
        made = dict(found)
        made["model"], made["data"] = ModelSpec(**made["model"]), DataSpec(**made["data"])
        made["sae"] = SaeSpec(**made["sae"]) if made["sae"] else None
        made["train"] = _train(made["train"]) if made["train"] else None
        made["chat"] = ChatSpec(**made["chat"]) if made.get("chat") else None
        made["rank"] = Rank(made["rank"])
        return ProjectPlan(path=path, **made)
    except (KeyError, TypeError, ValueError):
        return None


def _train(found: dict[str, Any]) -> TrainSpec:
    more = {"model": ModelSpec(**found["model"]), "data": DataSpec(**found["data"])}
    return TrainSpec(**{**found, **more})
