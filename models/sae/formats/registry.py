"""The formats this version reads."""

from __future__ import annotations

from models.sae.formats import sparsify
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes


def built_in() -> tuple[Format, ...]:
    """All formats, the most particular first."""
    return (sparsify.FORMAT,)


def detect(shapes: Shapes, config: Json) -> Format | None:
    """The format of a file with these tensors, None if none fits."""
    return next((known for known in built_in() if known.recognises(shapes, config)), None)
