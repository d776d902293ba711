"""Reads a model's answer strictly: a concept, no concept, or why it is neither. Standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.explainers.chat import Answer
from models.explainers.language import is_foreign
from models.explainers.prompts import Prompt
from studio.domain.concept import Category, ProposalState

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_LINE = re.compile(r"^\W*concept\W*[:：]\s*(.*)$", re.IGNORECASE | re.MULTILINE)
_NOTHING = re.compile(
    r"(there is )?(no|none|not any|nothing)( (clear|common|single|visual|textual|shared|specific))*"
    r"( (concept|theme|pattern|feature)s?)?( in common)?",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"(i['’]?m sorry|i am sorry|sorry,|i can(['’]?t|not)|i am (not able|unable)|i['’]?m (not able|unable)|"
    r"as an ai|i won['’]?t|unfortunately, i)",
    re.IGNORECASE,
)
_TRIM = " \t\r\n\"'`*_“”‘’«»<>[]().,;:!"
MAX_RAW = 4000


@dataclass(frozen=True, slots=True)
class Reading:
    """`concept` is set where `state` is OK; what was said is kept in every case, to be looked at."""

    state: ProposalState
    concept: str | None
    raw: str


def read_concept(answer: Answer, prompt: Prompt) -> Reading:
    """What an explainer's answer says."""
    raw = answer.text.strip()[:MAX_RAW]
    said = _THOUGHT.sub("", answer.text).strip()
    if answer.refused or _REFUSAL.match(said.lstrip(_TRIM)):
        return Reading(ProposalState.REFUSED, None, raw)
    words = _concept(said)
    if words is None or not any(c.isalpha() for c in words):
        return Reading(ProposalState.UNPARSABLE, None, raw)
    if _NOTHING.fullmatch(words):
        return Reading(ProposalState.NONE, None, raw)
    if _refused_in(words):
        return Reading(ProposalState.REFUSED, None, raw)
    if _nonsense(words):
        return Reading(ProposalState.UNPARSABLE, None, raw)
    if is_foreign(words, prompt.script, prompt.language):
        return Reading(ProposalState.FOREIGN, None, raw)
    if not answer.whole or len(words.split()) > prompt.longest:
        return Reading(ProposalState.LONG, None, raw)
    return Reading(ProposalState.OK, words, raw)


def read_category(answer: Answer) -> Category | None:
    """The category an answer names, alone or as its only one; None otherwise."""
    said = _THOUGHT.sub("", answer.text).casefold().replace("colour", "color")
    words = set(re.findall(r"[a-z]+", said))
    named = [category for category in Category if category.value in words]
    return named[0] if len(named) == 1 and not answer.refused else None


def read_yes(answer: Answer) -> float | None:
    """How sure the model is of yes, 0 to 1: its probability where it gives one, else 0 or 1 by its first
    word; None for anything else."""
    if answer.yes is not None:
        return answer.yes
    said = re.findall(r"[a-z]+", _THOUGHT.sub("", answer.text).casefold())
    return {"yes": 1.0, "no": 0.0}.get(said[0]) if said and not answer.refused else None


def _concept(said: str) -> str | None:
    """The words after the last “Concept:”; a single line without it counts as well."""
    lines = _LINE.findall(said)
    if not lines and "\n" in said:
        return None
    return " ".join((lines[-1] if lines else said).strip(_TRIM).split()) or None


def _refused_in(words: str) -> bool:
    return bool(_REFUSAL.match(words))


def _nonsense(words: str) -> bool:
    """Mostly no letters, one character over and over, or one word three times in a row."""
    letters = [c for c in words.casefold() if c.isalpha()]
    if 2 * len(letters) < len(words.replace(" ", "")) or (len(letters) > 3 and len(set(letters)) == 1):
        return True
    parts = words.casefold().split()
    return any(parts[i] == parts[i + 1] == parts[i + 2] for i in range(len(parts) - 2))
