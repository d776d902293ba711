"""Why lines 1 and 3 give a neuron different classes: for one neuron, and for all as columns (METHOD 5)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Verdict
from studio.domain.line_cause import LineCause
from studio.domain.modality import Modality, TokenKind
from studio.services.causal_lines import causal_class, stays
from studio.services.thresholds import MULTIMODAL, TEXTUAL, UNCLEAR, VISUAL, causal_codes
from studio.storage.project import Project
from studio.storage.verdicts import IMAGE_SIDE, TEXT_SIDE, OtherLines

#: A blank re-run within this of the line of survival: a few more samples could move the class.
NEAR = 0.1
#: Said of "the neuron" or "it".
WORDS: Mapping[LineCause, str] = {
    LineCause.AGREE: "has the same class by both",
    LineCause.BORDER: f"has shares that lie within {NEAR:.0%} of the line of survival",
    LineCause.NEEDS_IMAGE: "fires on texts alone, but only with the right image before them",
    LineCause.OTHER_SIDE: "fires on both sides, and its concept holds on one of them",
    LineCause.ONE_SIDE: "has a concept that holds on both sides, and depends on one of them",
    LineCause.BACKGROUND: "fires on images whose content is gone",
    LineCause.ELSEWHERE: "fires and aligns on different sides",
}


def cause_of(verdict: Verdict) -> LineCause | None:
    """None where a line gives no class."""
    causal, first, third = verdict.causal, verdict.modality, causal_class(verdict.causal)
    if Modality.UNCLEAR in (first, third) or third is None:
        return None
    if first is third:
        return LineCause.AGREE
    shares = [share for name in ("blank_image", "blank_text") if (share := stays(causal, name)) is not None]
    if any(abs(share - 0.5) < NEAR for share in shares):
        return LineCause.BORDER
    sides = {side for side in TokenKind if f"{side.value}.blank_image" in causal}
    if first is Modality.TEXTUAL and sides == {TokenKind.TEXT}:
        return LineCause.NEEDS_IMAGE
    if len(sides) == 2 and third is Modality.MULTIMODAL:
        return LineCause.OTHER_SIDE
    if first is Modality.MULTIMODAL:
        return LineCause.ONE_SIDE
    if first is Modality.VISUAL and third is Modality.TEXTUAL:
        return LineCause.BACKGROUND
    return LineCause.ELSEWHERE


def causes(first: NDArray[np.int8], lines: OtherLines) -> NDArray[np.int8]:
    """`cause_of` of every row: place in `LineCause`, -1 for None. `first` int8 [n] are the classes by line 1
    as places in `Modality`."""
    third = causal_codes(lines)
    shares = (lines.blank_image, lines.blank_text)
    near = np.any([np.abs(share - 0.5) < NEAR for share in shares], axis=0)
    both = lines.sides == IMAGE_SIDE | TEXT_SIDE
    found = np.select(
        [
            first == third,
            near,
            (first == TEXTUAL) & (lines.sides == TEXT_SIDE),
            both & (third == MULTIMODAL),
            first == MULTIMODAL,
            (first == VISUAL) & (third == TEXTUAL),
        ],
        [_PLACES[cause] for cause in LineCause if cause is not LineCause.ELSEWHERE],
        _PLACES[LineCause.ELSEWHERE],
    )
    return np.where((first == UNCLEAR) | (third == UNCLEAR) | (third < 0), -1, found).astype(np.int8)


def cause_masks(project: Project, n: int) -> dict[LineCause, NDArray[np.bool_]]:
    """Of the neurons 0 to n - 1, those of each cause: bool [n]."""
    lines = project.verdicts.other_lines()
    codes = causes(project.verdicts.columns().modality, lines)
    inside = (lines.neuron >= 0) & (lines.neuron < n)
    found = {cause: np.zeros(n, np.bool_) for cause in LineCause}
    for cause, mask in found.items():
        mask[lines.neuron[inside & (codes == _PLACES[cause])]] = True
    return found


_PLACES = {cause: place for place, cause in enumerate(LineCause)}
