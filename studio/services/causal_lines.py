"""Line 3 of the evidence for modality: what the shares of activation that stay say (METHOD 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from studio.domain.concept import Verdict
from studio.domain.modality import Modality, TokenKind

#: A neuron survives an intervention when at least this share of its activation stays.
SURVIVES = 0.5
#: The re-runs that give the class, in the order of the sentence.
BLANKS = ("blank_image", "blank_text")
#: Interventions in words.
WORDS = {
    "blank_image": "a blank image",
    "blank_text": "a blank text",
    "replace_text": "another text",
    "mismatch": "another image",
}


def stays(causal: Mapping[str, float], intervention: str) -> float | None:
    """The share of activation that stays where the loss shows most, or None where it was not run.

    Each side on which the neuron fires is looked at by itself ("image.NAME", "text.NAME"): a neuron that
    fires on a thing seen and on its name read loses the one part without the image and the other without the
    text, and over both sides together each loss would look like half a survival. The share over both sides
    serves where the sides were not kept apart.
    """
    sides = [causal[key] for side in TokenKind if (key := f"{side.value}.{intervention}") in causal]
    return min(sides) if sides else causal.get(intervention)


def causal_class(causal: Mapping[str, float]) -> Modality | None:
    """Line 3 alone, or None where both blank re-runs are not there.

    A neuron that survives the loss of a modality does not depend on it: visual survives the loss of the text
    alone, textual that of the image alone, multimodal neither. One that survives both fires whatever is
    shown, which speaks for no class: unclear.
    """
    image, text = stays(causal, "blank_image"), stays(causal, "blank_text")
    if image is None or text is None:
        return None
    without_image, without_text = image >= SURVIVES, text >= SURVIVES
    if without_image and without_text:
        return Modality.UNCLEAR
    if without_image:
        return Modality.TEXTUAL
    return Modality.VISUAL if without_text else Modality.MULTIMODAL


def third_disagrees(verdict: Verdict) -> bool:
    """Whether line 1 gives a class and line 3 another."""
    return verdict.modality is not Modality.UNCLEAR and causal_class(verdict.causal) not in (
        None,
        verdict.modality,
    )


def with_causal(verdict: Verdict, causal: Mapping[str, float]) -> Verdict:
    """The verdict with line 3; one that speaks for another class than line 1 raises the flag."""
    found = replace(verdict, causal=dict(causal))
    return replace(found, flagged=verdict.flagged or third_disagrees(found))


def causal_sentence(causal: Mapping[str, float]) -> str:
    """What stays of the neuron's activation without the image and without the text, "" when not run.

    "Survives a blank image: 92 % of its activation stays. Does not survive a blank text: 3 % stays." Where it
    fires on both sides, each side has its sentence: "On texts: survives a blank image (92 % stays), does not
    survive a blank text (0 % stays)."
    """
    sides = [side for side in TokenKind if any(key.startswith(f"{side.value}.") for key in causal)]
    if len(sides) > 1:
        return " ".join(_of_side(causal, side) for side in sides)
    names = [name for name in BLANKS if name in causal]
    return " ".join(_part(name, causal[name], first=name == names[0]) for name in names)


def _of_side(causal: Mapping[str, float], side: TokenKind) -> str:
    found = [(name, causal[key]) for name in BLANKS if (key := f"{side.value}.{name}") in causal]
    parts = (f"{_verb(share)} {WORDS[name]} ({percent(share)} stays)" for name, share in found)
    return f"On {side.value}s: {', '.join(parts)}."


def _part(name: str, share: float, first: bool) -> str:
    verb = _verb(share).capitalize()
    return f"{verb} {WORDS[name]}: {percent(share)}{' of its activation' if first else ''} stays."


def _verb(share: float) -> str:
    return "survives" if share >= SURVIVES else "does not survive"


def percent(share: float) -> str:
    """A share as a percentage. Never rounded to none or to all, nor across the line of survival."""
    value = round(share * 100)
    if share > 0 and value == 0:
        return "< 1 %"
    if share < SURVIVES <= value / 100 or (share < 1 and value == 100):
        value -= 1
    return f"{value} %"
