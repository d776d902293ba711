"""Whether an answer is right: the accuracy of VQA, and exact match where there is one reference."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ARTICLES = {"a", "an", "the"}
_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
#: So many people must have given an answer for it to be wholly right (Antol et al. 2015).
ENOUGH = 3


def normalised(answer: str) -> str:
    """Lower case, without articles and punctuation, numbers up to ten as figures, as VQA's own evaluation
    does it. An apostrophe and a point or comma within a number stay."""
    text = re.sub(r"[^\w\s'.,-]|(?<!\d)[.,]|[.,](?!\d)", " ", answer.casefold()).replace("-", " ")
    words = (_NUMBERS.get(word, word) for word in text.split())
    return " ".join(word for word in words if word not in _ARTICLES)


def accuracy(answer: str, references: Sequence[str]) -> float:
    """How right an answer is, 0..1: with several references min(matches / 3, 1), with one 1 or 0.

    0 without a reference.
    """
    said = normalised(answer)
    matches = sum(said == normalised(reference) for reference in references)
    return min(matches / (ENOUGH if len(references) > 1 else 1), 1.0)
