"""What is told as foreign, and what is left in peace."""

from __future__ import annotations

import json

import pytest

import resources
from models.explainers.answers import read_concept
from models.explainers.chat import Answer
from models.explainers.language import GRAMMAR, is_foreign
from models.explainers.prompts import load_prompt
from studio.domain.concept import ProposalState

FOREIGN = (
    "ein roter Ball auf dem Tisch", "rote Bälle und Würfel", "une pomme rouge", "chat avec chapeau",
    "una manzana roja", "uma maçã vermelha", "gatti nella scatola", "een rode bal", "een hond met het kind",
    "красный мяч", "赤いボール",
)  # fmt: skip
ENGLISH = (
    "red ball", "chili con carne", "sans serif font", "Los Angeles at night", "los angeles", "crème brûlée",
    "Vincent van Gogh", "die on a table", "the word “und”", "Día de los Muertos", "a baguette", "Der Spiegel",
    "top left", "déjà vu", "piano", "MIT logo", "café con leche",
)  # fmt: skip


@pytest.mark.parametrize("phrase", FOREIGN)
def test_another_language_is_told(phrase: str) -> None:
    assert is_foreign(phrase, "latin", "en")
    found = read_concept(Answer(f"Concept: {phrase}"), load_prompt("image-concept"))
    assert (found.state, found.concept) == (ProposalState.FOREIGN, None)
    assert phrase in found.raw


@pytest.mark.parametrize("phrase", ENGLISH)
def test_english_and_what_it_has_borrowed_pass(phrase: str) -> None:
    assert not is_foreign(phrase, "latin", "en")


def test_every_phrase_of_the_demos_bank_passes() -> None:
    lines = resources.folder("demo", "concepts.jsonl").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if is_foreign(json.loads(line)["concept"], "latin", "en")]


def test_a_prompt_of_another_language_or_of_any() -> None:
    assert not is_foreign("ein roter Ball und ein Hund", "latin", "de")
    assert is_foreign("a red ball and the dog", "latin", "de")
    assert not is_foreign("ein roter Ball", "latin", "any")
    assert not is_foreign("красный мяч", "any", "any")
    assert not is_foreign("ein Ball", "latin", "sw")


def test_no_word_of_grammar_is_of_two_languages() -> None:
    words = [word for some in GRAMMAR.values() for word in some]
    assert len(words) == len(set(words))
