"""The ways of naming a neuron that a study puts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.domain.errors import UserError
from studio.domain.modality import TokenKind

BOTH = (TokenKind.IMAGE, TokenKind.TEXT)


@dataclass(frozen=True, slots=True)
class Method:
    """What an explainer is shown of the seen half of a neuron's top examples. `shows` says it by side."""

    name: str
    title: str
    sides: tuple[TokenKind, ...]
    shows: str


OURS = Method(
    "ours",
    "Ours",
    BOTH,
    "Image side: the picture, all but the firing regions hidden, with the sample's text as context. "
    "Text side: the window of five tokens on each side of the strongest one.",
)
WHOLE = Method(
    "whole-image",
    "Whole image, no mask",
    BOTH,
    "Image side: the whole picture. Text side: the whole text.",
)
NO_TEXT = Method(
    "no-text",
    "Mask, no text context",
    (TokenKind.IMAGE,),
    "Image side: the masked picture without the sample's text.",
)
RANDOM = Method(
    "random",
    "Random evidence",
    BOTH,
    "As many examples as ours, each drawn from another neuron and masked as it fires there.",
)
METHODS = (OURS, WHOLE, NO_TEXT, RANDOM)


def methods_of(names: Sequence[str]) -> tuple[Method, ...]:
    """The methods of these names, in the usual order. Raises `UserError` for an unknown name, and without
    ours and at least one to compare it with."""
    known = {method.name: method for method in METHODS}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise UserError(f"There is no method “{wrong[0]}”. Choose among: {', '.join(known)}.")
    chosen = tuple(method for method in METHODS if method.name in names)
    if OURS not in chosen or len(chosen) < 2:
        raise UserError("A comparison needs “ours” and at least one other method.")
    return chosen
