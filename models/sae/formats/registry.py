"""The formats this version reads."""

from __future__ import annotations

from collections.abc import Sequence

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


def detect(
    shapes: Shapes, config: Json, container: str = "safetensors", formats: Sequence[Format] | None = None
) -> Format | None:
    """The first of `formats` (None: the built-in ones) that fits a file with these tensors, None if none
    does."""
    among = built_in() if formats is None else formats
    return next((known for known in among if known.recognises(shapes, config, container)), None)
