"""What each of the three lines of evidence says about a neuron: a class and a plain sentence. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from studio.domain.concept import Verdict
from studio.domain.modality import Modality, TokenKind
from studio.services.causal_lines import SURVIVES, WORDS, causal_class, causal_sentence, percent, stays
from studio.services.neuron_detail import NeuronDetail
from studio.services.verdict import FEWEST
from studio.ui.review.facts import alignment

NAMES = ("Alignment", "Activation", "Re-runs")
ASKS = (
    "Line 1: on which side does the concept stand out from the background?",
    "Line 2: on which side does the neuron's activation lie?",
    "Line 3: what stays when the image or the text is taken away?",
)
HOLDS = {
    Modality.VISUAL: "holds on pictures alone",
    Modality.TEXTUAL: "holds on texts alone",
    Modality.MULTIMODAL: "holds on both sides",
}
LOST = {"blank_image": "without the image", "blank_text": "without the text"}


@dataclass(frozen=True, slots=True)
class LineSays:
    """One line of evidence. `modality` None: it was not looked at. `differs` from the automatic class."""

    name: str
    modality: Modality | None
    sentence: str
    tip: str
    differs: bool


def three_lines(detail: NeuronDetail) -> tuple[LineSays, ...]:
    """The three lines of a neuron with a verdict; nothing without one."""
    verdict = detail.verdict
    if verdict is None:
        return ()
    says = (
        (verdict.modality, _alignment(detail, verdict)),
        (verdict.mass_modality, _mass(verdict)),
        (causal_class(verdict.causal), _removal(verdict)),
    )
    tips = (*ASKS[:2], "\n".join([ASKS[2], *_reruns(verdict)]))
    known = verdict.modality is not Modality.UNCLEAR
    return tuple(
        LineSays(name, modality, text, tip, known and modality not in (None, verdict.modality))
        for name, (modality, text), tip in zip(NAMES, says, tips, strict=True)
    )


def agreement(lines: tuple[LineSays, ...], verdict: Verdict) -> str:
    """Whether they agree, in one sentence."""
    looked = [line for line in lines if line.modality is not None]
    if verdict.modality is Modality.UNCLEAR:
        return "Alignment gives no class; look at the other lines and the examples."
    against = [line for line in looked if line.differs]
    if against:
        others = " and ".join(str(NAMES.index(line.name) + 1) for line in against)
        plural = "Lines" if len(against) > 1 else "Line"
        return f"{plural} {others} disagree{'s' * (len(against) == 1)} with line 1."
    if verdict.flagged:
        return "Pictures and texts speak for different concepts."
    return "All three lines agree." if len(looked) == len(lines) else "Both lines agree."


def _alignment(detail: NeuronDetail, verdict: Verdict) -> str:
    if verdict.modality in HOLDS:
        return f"“{verdict.concept}” {HOLDS[verdict.modality]}."
    found = [a for side in TokenKind if (a := alignment(detail, side)) is not None]
    if not found:
        return "No concept was proposed."
    if all(a.n < FEWEST for a in found):
        return f"Fewer than {FEWEST} held-out examples."
    return f"“{verdict.concept}” does not stand out."


def _mass(verdict: Verdict) -> str:
    share = verdict.image_share
    if isnan(share):
        return "It never fires."
    return f"{percent(share)} of it on pictures, {percent(1 - share)} on texts."


def _reruns(verdict: Verdict) -> list[str]:
    """Every re-run, for the tooltip."""
    others = [(WORDS[name], stays(verdict.causal, name)) for name in ("replace_text", "mismatch")]
    said = [causal_sentence(verdict.causal)]
    said += [f"With {what}: {percent(share)} stays." for what, share in others if share is not None]
    return [text for text in said if text]


def _removal(verdict: Verdict) -> str:
    """ "Survives without the text: 92 % stays. Lost without the image: 3 % stays." """
    found = [(name, share) for name in LOST if (share := stays(verdict.causal, name)) is not None]
    if not found:
        return "Not run yet."
    parts = (
        f"{'Survives' if share >= SURVIVES else 'Lost'} {LOST[name]}: {percent(share)} stays."
        for name, share in found
    )
    return " ".join(parts)
