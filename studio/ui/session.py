"""What the window knows about the project that is open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Session:
    """The open project. `info` is the ProjectInfo of `studio.services.projects`."""

    path: Path
    title: str
    annotator: str
    info: Any
