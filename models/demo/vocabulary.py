"""The words of the demo world: every word its questions, answers and concepts use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from models.demo.questions import NUMBERS
from models.demo.scene import POSITIONS
from models.demo.sprites import RESOURCES, SpriteBook

SPECIAL = ("<pad>", "<s>", "<unk>", "</s>", "<image>", "<|user|>", "<|assistant|>")
QUESTION_WORDS = (
    "is there a an any can you see how many objects things are what at the where"
    " which shown kind of thing colour ?"
)
OTHER_WORDS = (
    "object color picture photo image scene question about asking answer counting count number presence"
    " existence naming"
    " name type category position place location on in and with left right top bottom center middle"
    " corner side upper"
    " lower looking seeing some no yes not one two three four nothing it this that word text drawing icon"
    " background"
    " ground pale part edge shape round long small large . , :"
)


@dataclass(frozen=True)
class Concept:
    """A phrase of the concept bank. `category` is one of Bau et al.'s six; `group` says what the phrase
    is about."""

    concept: str
    category: str
    group: str


# What a question is about, in words: the textual side of the bank.
QUESTION_CONCEPTS = {
    "exists": ("question about presence", "is there"),
    "exists_category": ("question about presence", "can you see"),
    "count": ("counting", "question about counting", "how many"),
    "position": ("question about naming", "what is at the"),
    "where": ("question about position", "where"),
    "category": ("question about type", "which"),
    "kind": ("question about category", "kind of thing"),
    "colour": ("question about colour", "what colour"),
}


def concept_bank(book: SpriteBook) -> list[Concept]:
    """All concepts of the bank, no phrase twice, in a fixed order."""
    bank = [Concept(name, "object", "name") for name in book.names]
    bank += [Concept(name, "object", "category") for name in book.categories]
    bank += [Concept(name, "color", "colour") for name in book.colours]
    bank += [Concept(name, "scene", "position") for name in POSITIONS]
    bank += [Concept(name, "object", "word") for name in ("yes", "no", *NUMBERS)]
    questions = dict.fromkeys(phrase for phrases in QUESTION_CONCEPTS.values() for phrase in phrases)
    bank += [Concept(phrase, "scene", "question") for phrase in questions]
    seen = {concept.concept for concept in bank}
    words = [word for word in QUESTION_WORDS.split() if word not in seen and word != "?"]
    return bank + [Concept(word, "object", "word") for word in words]


def words(book: SpriteBook) -> list[str]:
    """The vocabulary after the special tokens, each word once, in a fixed order."""
    phrases = [concept.concept for concept in concept_bank(book)]
    every = " ".join((QUESTION_WORDS, *phrases, OTHER_WORDS)).split()
    return list(dict.fromkeys(every))


def write_bank(book: SpriteBook, path: Path | None = None) -> Path:
    """Write `concepts.jsonl`: one {"concept", "category"} a line."""
    path = path or RESOURCES / "concepts.jsonl"
    lines = [json.dumps({"concept": c.concept, "category": c.category}) for c in concept_bank(book)]
    path.write_text("\n".join(lines) + "\n")
    return path
