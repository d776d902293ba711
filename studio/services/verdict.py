"""The automatic class of a neuron from its lines of evidence (METHOD 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.domain.concept import Alignment, Verdict
from studio.domain.modality import Modality, TokenKind

#: Activation mass on images above and below which line 2 alone says "visual" and "textual".
VISUAL_ABOVE = 0.9
TEXTUAL_BELOW = 0.1
#: A mean over fewer held-out examples is no evidence: one striking text by chance would be enough.
FEWEST = 3


def mass_class(image_share: float) -> Modality:
    """Line 2 alone: visual above 0.9 of the activation mass on images, textual below 0.1, else multimodal.

    NaN (the neuron never fired) is unclear.
    """
    if math.isnan(image_share):
        return Modality.UNCLEAR
    if image_share > VISUAL_ABOVE:
        return Modality.VISUAL
    return Modality.TEXTUAL if image_share < TEXTUAL_BELOW else Modality.MULTIMODAL


def is_significant(alignment: Alignment, q: float, threshold: float) -> bool:
    """Whether an alignment is evidence: q at most `q`, the mean cosine above `threshold`, over at least
    `FEWEST` held-out examples.

    A fixed threshold depends on the aligner (CLIP's cosines lie about 0.2 to 0.35; a small network's spread
    over most of -1 to 1, and good evidence may lie below 0), which is why its default is -1 and q does the
    work.
    """
    return alignment.n >= FEWEST and alignment.q <= q and alignment.a > threshold


def judge(
    neuron: int, alignments: Sequence[Alignment], image_share: float, q: float, threshold: float
) -> Verdict:
    """The verdict on a neuron from the alignments of its proposals on both sides.

    Line 1: multimodal when one concept is significant on both sides; visual or textual when there is evidence
    on one side only. Where each side has its own concept and none holds on both, the side that stands out
    more (z) gives the class. Unclear: on neither, and the headline is then the concept that stands out most.
    The score is the headline's mean cosine on the side of the class (the smaller of the two when multimodal),
    q likewise the larger. Flagged when line 1 gives a class and line 2 another, or when the sides name
    different concepts.
    """
    strong = [a for a in alignments if is_significant(a, q, threshold)]
    sides = {a.side for a in strong}
    both = _on_both(strong)
    mass = mass_class(image_share)
    if both:
        modality, cited = Modality.MULTIMODAL, both
    elif strong:
        best = max(strong, key=_standing)
        modality = Modality.VISUAL if best.side is TokenKind.IMAGE else Modality.TEXTUAL
        cited = [best]
    else:
        modality, cited = Modality.UNCLEAR, sorted(alignments, key=_standing)[-1:]
    split = not both and len(sides) == 2
    flagged = modality is not Modality.UNCLEAR and (split or modality is not mass)
    return Verdict(
        neuron,
        cited[0].concept if cited else None,
        modality,
        min((a.a for a in cited), default=math.nan),
        max((a.q for a in cited), default=math.nan),
        image_share,
        mass,
        flagged,
    )


def _on_both(strong: Sequence[Alignment]) -> list[Alignment]:
    """The two alignments of the concept that is significant on both sides; of several, the one whose weaker
    side stands out most."""
    found = []
    for concept in {a.concept for a in strong}:
        pair = [a for a in strong if a.concept == concept]
        if {a.side for a in pair} == set(TokenKind):
            found.append(pair)
    if not found:
        return []
    return max(found, key=lambda pair: (min(_standing(a) for a in pair), pair[0].concept))


def _standing(alignment: Alignment) -> tuple[float, float]:
    """By z, and where the background gives none, by the cosine."""
    return (-math.inf if math.isnan(alignment.z) else alignment.z, alignment.a)
