"""The bundle a run in the compute process writes: resumed where it fits the request, else begun anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.domain.errors import ProjectError
from studio.storage.project import Project


def open_bundle(path: Path, kind: str, config: Mapping[str, Any]) -> tuple[Project, str]:
    """The bundle at `path` and the id of its run: the one begun with the same `config`, else a new one.

    A bundle that was begun otherwise, or is damaged, is replaced.
    """
    if path.exists():
        found = _reopened(path, kind, config)
        if found is not None:
            return found
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    bundle = Project.create(path, kind, bundle=True)
    return bundle, bundle.runs.start(kind, config)


def _reopened(path: Path, kind: str, config: Mapping[str, Any]) -> tuple[Project, str] | None:
    try:
        bundle = Project.open(path)
    except ProjectError:
        return None
    run = bundle.runs.last(kind)
    if bundle.is_bundle and run is not None and _json(run.config) == _json(config):
        return bundle, run.id
    bundle.close()
    return None


def _json(config: Mapping[str, Any]) -> str:
    return json.dumps(dict(config), sort_keys=True, default=str)


def as_config(spec: Any, **more: Any) -> dict[str, Any]:
    """A spec as JSON for the run record."""
    return {**asdict(spec), **more}
