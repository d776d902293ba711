"""Proposals of an explainer, and the numbers that say how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from studio.domain.modality import Modality, TokenKind


class Category(StrEnum):
    """Categories of Bau et al. (Network Dissection)."""

    SCENE = "scene"
    OBJECT = "object"
    PART = "part"
    MATERIAL = "material"
    TEXTURE = "texture"
    COLOR = "color"


class ProposalState(StrEnum):
    """What came back from the explainer: a concept; the word that there is none; an answer that is too long,
    cannot be read, is in another script than asked for, or declines; or none after all tries."""

    OK = "ok"
    NONE = "none"
    LONG = "long"
    UNPARSABLE = "unparsable"
    FOREIGN = "foreign"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One explainer's answer for one neuron and side. `concept` is None when there is none to name.

    `candidates` are the runners-up with their scores, best first (the concept itself is the first).
    `details` is JSON: prompt hash, token counts and whatever else the explainer records.
    """

    neuron: int
    side: TokenKind
    concept: str | None
    category: Category | None
    explainer: str
    state: ProposalState = ProposalState.OK
    raw: str = ""
    candidates: tuple[tuple[str, float], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Alignment of one concept with one side of one neuron's evidence (METHOD 4).

    `a` is the mean cosine (A_v or A_t); `z` and `p` are against evidence of other neurons, `q` is
    Benjamini-Hochberg over neurons; `rank` (from 1) and `softmax` are within a bank of `bank_size`.
    `n` is how many examples the mean is over.
    """

    neuron: int
    side: TokenKind
    concept: str
    aligner: str
    a: float
    z: float
    p: float
    q: float
    rank: int
    softmax: float
    bank_size: int
    n: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The automatic class of a neuron with the lines of evidence behind it (METHOD 5).

    `modality` is line 1. `image_share` is line 2 and `mass_modality` what it alone would say. `causal`
    (line 3) is the share of activation that stays, by intervention name ("blank_image", "blank_text",
    "mismatch"), empty when it was not run. `flagged` says that lines disagree.
    """

    neuron: int
    concept: str | None
    modality: Modality
    score: float
    q: float
    image_share: float
    mass_modality: Modality
    flagged: bool
    causal: dict[str, float] = field(default_factory=dict)
