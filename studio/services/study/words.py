"""The document's numbers and findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from studio.services.study.methods import METHODS
from studio.services.study.scoring import MEASURES

SIDES: Mapping[str, str] = {"image": "Image side", "text": "Text side"}
#: Below this q a difference is called one.
CLEAR = 0.05


def title_of(method: str, side: str = "image") -> str:
    """What a method is called."""
    found = next((m.title for m in METHODS if m.name == method), method)
    return "Whole text, no window" if (method, side) == ("whole-image", "text") else found


def measure_title(name: str) -> str:
    """What a measure is called."""
    return next((m.title for m in MEASURES if m.name == name), name)


def measure_meaning(name: str) -> str:
    """What a measure says, in one or two sentences."""
    return next((m.meaning for m in MEASURES if m.name == name), "")


def number(value: Any, digits: int = 3) -> str:
    """A number with a true minus sign; a text as it is, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    text = f"{value:,d}" if isinstance(value, int) else f"{value:.{digits}f}"
    return ("0" + text[2:] if _is_minus_zero(text) else text).replace("-", "−")


def probability(value: Any) -> str:
    """A p or q value: three digits, never 0."""
    if isinstance(value, str) or value is None:
        return number(value)
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def percent(value: Any) -> str:
    """A share as a signed percentage."""
    if isinstance(value, str) or value is None:
        return number(value)
    return f"{value:+.1%}".replace("-", "−")


def interval(low: Any, high: Any, digits: int = 3) -> str:
    """A 95 % interval."""
    if isinstance(low, str) or isinstance(high, str):
        return number(low if isinstance(low, str) else high)
    return f"{number(low, digits)} to {number(high, digits)}"


def findings(contrasts: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence on each comparison, and one on each that could not be made."""
    return list(dict.fromkeys(_finding(contrast) for contrast in contrasts))


def people_said(human: Mapping[str, Any]) -> str:
    """One sentence on the ratings, for the window and the command line."""
    count = len(human["raters"])
    if not count:
        return "Nobody has rated yet."
    who = f"{count} annotator{'s' * (count != 1)} rated {human['neurons']:,} neurons"
    ordinal, raw = human["ordinal"], human["raw"]
    alpha = f"Krippendorff's alpha (ordinal): {number(ordinal['value'], 2)}"
    return (
        f"{who}, mean {number(human['mean'], 2)}. {alpha}; raw agreement: {number(raw['value'], 2)}; "
        f"{human['shared']:,} neurons were rated by two or more."
    )


def _finding(contrast: Mapping[str, Any]) -> str:
    side, other = SIDES[contrast["side"]], title_of(contrast["other"], contrast["side"]).lower()
    if "why" in contrast:
        return f"{side}: “{other}” was not compared with ours: {contrast['why'].removeprefix('undefined: ')}."
    where = f"{side}, {measure_title(contrast['measure']).lower()}"
    ends = f"95 % interval {interval(contrast['low'], contrast['high'])}"
    n = contrast["n"]
    tail = f"better on {contrast['better'] / n:.0%}, worse on {contrast['worse'] / n:.0%} of {n:,} neurons"
    if not _clear(contrast):
        return f"{where}: no clear difference from “{other}” ({ends}; {tail})."
    verb = "higher" if contrast["difference"] > 0 else "lower"
    return (
        f"{where}: ours is {verb} than “{other}” by {number(abs(contrast['difference']))} ({ends}; "
        f"q {_equals(contrast['t_q'])}; {tail})."
    )


def _clear(contrast: Mapping[str, Any]) -> bool:
    q = contrast["t_q"]
    return not isinstance(q, str) and q < CLEAR


def _equals(q: Any) -> str:
    text = probability(q)
    return text if text.startswith("<") else f"= {text}"


def _is_minus_zero(text: str) -> bool:
    return text.startswith("-0") and not text.strip("-0.")
