"""What a checkpoint format has to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.sae.formats.weights_file import Shapes, Weights
from models.sae.sae import Sae

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `recognises` looks at the tensors' names and shapes (plus, where two formats share them,
    at the config and at the kind of file, `container`) and never raises; `read` raises `SaeFormatError`
    with what is wrong.
    """

    name: str
    recognises: Callable[[Shapes, Json, str], bool]
    read: Callable[[Weights, Json], Sae]
    write: Callable[[Sae, Path], None] | None = None
