"""The formats this version reads."""

from __future__ import annotations

from models.sae.formats import (
    dictionary_learning,
    gemma_scope,
    llama_scope,
    openai,
    patchsae,
    prisma,
    saelens,
    saev,
    sparsify,
)
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes


def built_in() -> tuple[Format, ...]:
    """All formats, the most particular first."""
    return (
        sparsify.FORMAT,
        openai.FORMAT,
        saev.FORMAT,
        dictionary_learning.FORMAT,
        llama_scope.FORMAT,
        patchsae.FORMAT,
        prisma.FORMAT,
        saelens.FORMAT,
        gemma_scope.FORMAT,
    )


def detect(shapes: Shapes, config: Json, container: str = "safetensors") -> Format | None:
    """The format of a file with these tensors, None if none fits."""
    return next((known for known in built_in() if known.recognises(shapes, config, container)), None)
