"""Line 3 of the evidence for modality: what the shares of activation that stay say (METHOD 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from studio.domain.concept import Verdict
from studio.domain.modality import Modality

#: A neuron survives an intervention when at least this share of its activation stays.
SURVIVES = 0.5
#: Interventions in words, in the order of the sentence.
WORDS = {
    "blank_image": "a blank image",
    "blank_text": "a blank text",
    "replace_text": "another text",
    "mismatch": "another image",
}


def causal_class(causal: Mapping[str, float]) -> Modality | None:
    """Line 3 alone, or None where both blank re-runs are not there.

    A neuron that survives the loss of a modality does not depend on it: visual survives the loss of the text
    alone, textual that of the image alone, multimodal neither. One that survives both fires whatever is
    shown, which speaks for no class: unclear.
    """
    image, text = causal.get("blank_image"), causal.get("blank_text")
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

    "Survives a blank image: 92 % of its activation stays. Does not survive a blank text: 3 % stays."
    """
    names = [name for name in ("blank_image", "blank_text") if name in causal]
    return " ".join(_part(name, causal[name], first=name == names[0]) for name in names)


def _part(name: str, share: float, first: bool) -> str:
    verb = "Survives" if share >= SURVIVES else "Does not survive"
    return f"{verb} {WORDS[name]}: {percent(share)}{' of its activation' if first else ''} stays."


def percent(share: float) -> str:
    """A share as a percentage. Never rounded to none or to all, nor across the line of survival."""
    value = round(share * 100)
    if 0 < share < 0.005:
        return "< 1 %"
    if share < SURVIVES <= value / 100 or (share < 1 and value == 100):
        value -= 1
    return f"{value} %"
