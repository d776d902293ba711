"""What the demo's CLIP learns to tell apart: the bank's phrases, in changing words, and windows of text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.demo.pool import Pool
from models.demo.questions import ask, pick, with_article
from models.demo.sprites import SpriteBook
from models.demo.vocabulary import QUESTION_CONCEPTS, Concept, concept_bank

WINDOW = 5  # tokens on each side of the strongest one
CONTENT = ("name", "category", "colour", "position")
ANSWERS = ("yes", "no", "one", "two", "three", "four")


def about(kind: str) -> tuple[str, ...]:
    """The phrases that say what a question of this kind asks for."""
    return tuple(p for p in QUESTION_CONCEPTS[kind] if p == "counting" or p.startswith("question about"))


@dataclass(frozen=True)
class Window:
    """A piece of text; `target` float [bank] sums to 1, `truth` int8 [bank]: 1 holds, 0 not, -1 left open."""

    text: str
    target: np.ndarray
    truth: np.ndarray


class Phrasebook:
    """The concept bank by index, and how each of its phrases may be worded."""

    def __init__(self, book: SpriteBook) -> None:
        self.book = book
        self.bank: list[Concept] = concept_bank(book)
        self.index = {concept.concept: i for i, concept in enumerate(self.bank)}
        self.words = [concept.concept.split() for concept in self.bank]
        self.sprite_of = {sprite.name: sprite for sprite in book.sprites}
        kinds = [phrase for kind in QUESTION_CONCEPTS for phrase in about(kind)]
        self.by_kind = {self.index[phrase] for phrase in kinds}
        self.content = {i for i, c in enumerate(self.bank) if c.group in CONTENT or c.concept in ANSWERS}

    def rows(self, group: str) -> list[int]:
        """Indices of the bank's phrases of one group."""
        return [i for i, concept in enumerate(self.bank) if concept.group == group]

    def worded(self, rng: np.random.Generator) -> list[str]:
        """The whole bank, every phrase in one of its wordings; half of them plain."""
        plain = rng.random(len(self.bank)) < 0.5
        return [c.concept if p else self.wording(c, rng) for c, p in zip(self.bank, plain, strict=True)]

    def wording(self, concept: Concept, rng: np.random.Generator) -> str:
        text = concept.concept
        if concept.group == "name":
            red = f"{self.sprite_of[text].colour} {text}"
            return pick(rng, (with_article(text), red, f"a {red}", f"a picture of {with_article(text)}"))
        if concept.group == "category":
            return pick(rng, (with_article(text), f"some {text}", f"a picture of {with_article(text)}"))
        if concept.group == "colour":
            return pick(rng, (f"a {text} thing", f"a {text} object", f"the colour {text}"))
        if concept.group == "position":
            return pick(rng, (f"at the {text}", f"a thing at the {text}", f"the {text}"))
        return text

    def window(self, pool: Pool, rng: np.random.Generator) -> Window:
        """A window of a random question with its answer, round a random word."""
        scene = int(rng.integers(len(pool.first)))
        question = ask(pool.objects(scene, self.book), self.book, rng, 1)[0]
        words = f"{question.text} {question.answer}".split()
        middle = int(rng.integers(len(words)))
        shown = words[max(0, middle - WINDOW) : middle + WINDOW + 1]
        return self.judged(shown, words[middle], question.kind)

    def judged(self, shown: list[str], middle: str, kind: str) -> Window:
        """Which phrases of the bank a window speaks of: those it contains, and what its question asks for."""
        held = self.contained(shown) | {self.index[phrase] for phrase in about(kind)}
        open_ = held - self.content - self.by_kind
        parts = {word for i in held for word in self.words[i]}
        positions = [i for i in self.rows("position") if i not in held and set(self.words[i]) & parts]
        target = np.zeros(len(self.bank), np.float32)
        for i in held & (self.content | self.by_kind):
            target[i] = 0.5
        chosen = self.index.get(middle)
        if chosen is not None:
            target[chosen] += 1.0
        truth = np.zeros(len(self.bank), np.int8)
        truth[list(open_) + positions] = -1
        truth[target > 0] = 1
        return Window(" ".join(shown), target / max(target.sum(), 1e-9), truth)

    def contained(self, shown: list[str]) -> set[int]:
        """Phrases that stand in the window word for word; a longer position hides the shorter one in it."""
        text = f" {' '.join(shown)} "
        held = {i for i, words in enumerate(self.words) if f" {' '.join(words)} " in text}
        long_ = {
            w
            for i in held
            if len(self.words[i]) > 1 and self.bank[i].group == "position"
            for w in self.words[i]
        }
        return {i for i in held if not (self.bank[i].group == "position" and self.bank[i].concept in long_)}
