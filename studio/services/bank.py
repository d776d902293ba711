"""The concept bank of a run."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from studio.domain.errors import DataError
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.explainers.bank import Bank

#: Phrases taken from the data at most, and how many samples must contain one.
FROM_DATA = 5000
AT_LEAST = 2
_WORD = re.compile(r"[^\W\d_][\w'-]*")


def bank_of(source: str, project: Project) -> Bank:
    """The bank in file `source`; without one, the words of the project's own texts.

    Raises `DataError` when the file cannot be used, or the texts give no words.
    """
    from models.explainers.bank import make_bank, read_bank

    if source:
        return read_bank(source)
    bank = make_bank((word, None) for word in _words(project))
    if not bank.phrases:
        raise DataError("The data has no words to name neurons with. Give a concept bank, one phrase a line.")
    return bank


def _words(project: Project) -> list[str]:
    """Words by the number of samples that contain them, most first, then by alphabet."""
    counts: Counter[str] = Counter()
    for sample in project.samples.get(project.samples.ids()).values():
        counts.update({word.lower() for turn in sample.turns for word in _WORD.findall(turn.text)})
    common = [word for word, count in counts.items() if count >= AT_LEAST]
    return sorted(common, key=lambda word: (-counts[word], word))[:FROM_DATA]
