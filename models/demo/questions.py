"""Questions about a scene, and their short answers, from the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.demo.scene import Placed
from models.demo.sprites import SpriteBook

NUMBERS = ("one", "two", "three", "four")
Objects = tuple[Placed, ...]


@dataclass(frozen=True)
class Question:
    """One question of a kind in KINDS, with its lower-case answer."""

    kind: str
    text: str
    answer: str


def with_article(noun: str) -> str:
    """`a dog`, `an apple`, `any food`: the noun as a question asks for it."""
    if noun in ("food", "jeans"):
        return f"any {noun}"
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def verb(noun: str) -> str:
    return "are" if noun == "jeans" else "is"


def pick(rng: np.random.Generator, options: list[str] | tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def presence(rng: np.random.Generator, kind: str, shown: list[str], every: list[str]) -> Question:
    """Yes and no are equally likely, so that guessing gives one half."""
    present = bool(rng.random() < 0.5) or len(shown) == len(every)
    noun = pick(rng, shown if present else [name for name in every if name not in shown])
    opening = pick(rng, ("is there", "can you see"))
    return Question(kind, f"{opening} {with_article(noun)} ?", "yes" if present else "no")


def exists(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    return presence(rng, "exists", [o.sprite.name for o in objects], book.names)


def exists_category(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    shown = sorted({o.sprite.category for o in objects})
    return presence(rng, "exists_category", shown, book.categories)


def count(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    text = pick(rng, ("how many objects are there ?", "how many things can you see ?"))
    return Question("count", text, NUMBERS[len(objects) - 1])


def position(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    asked = objects[int(rng.integers(len(objects)))]
    text = pick(rng, ("what is at the {} ?", "what can you see at the {} ?"))
    return Question("position", text.format(asked.position), asked.sprite.name)


def where(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    asked = objects[int(rng.integers(len(objects)))]
    name = asked.sprite.name
    return Question("where", f"where {verb(name)} the {name} ?", asked.position)


def lonely(objects: Objects) -> list[Placed]:
    """The objects that are the only one of their category."""
    counts = Counter(o.sprite.category for o in objects)
    return [o for o in objects if counts[o.sprite.category] == 1]


def category(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question | None:
    candidates = lonely(objects)
    if not candidates:
        return None
    asked = candidates[int(rng.integers(len(candidates)))]
    text = pick(rng, ("which {} is shown ?", "which {} can you see ?"))
    return Question("category", text.format(asked.sprite.category), asked.sprite.name)


def kind(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    asked = objects[int(rng.integers(len(objects)))]
    return Question("kind", f"what kind of thing is at the {asked.position} ?", asked.sprite.category)


def colour(objects: Objects, book: SpriteBook, rng: np.random.Generator) -> Question:
    """Asks by name, by category or by position: the last two cannot be answered without looking."""
    asked = objects[int(rng.integers(len(objects)))]
    names = [asked.sprite.name, f"thing at the {asked.position}"]
    if asked in lonely(objects):
        names.append(asked.sprite.category)
    name = pick(rng, names)
    return Question("colour", f"what colour {verb(name)} the {name} ?", asked.sprite.colour)


Asker = Callable[[Objects, SpriteBook, np.random.Generator], Question | None]
KINDS: dict[str, Asker] = {
    "exists": exists,
    "exists_category": exists_category,
    "count": count,
    "position": position,
    "where": where,
    "category": category,
    "kind": kind,
    "colour": colour,
}


def ask(objects: Objects, book: SpriteBook, rng: np.random.Generator, amount: int) -> list[Question]:
    """`amount` questions, kinds in a random order and none twice before every kind was tried once."""
    asked: list[Question] = []
    while len(asked) < amount:
        for name in rng.permutation(list(KINDS)):
            question = KINDS[str(name)](objects, book, rng)
            if question is not None and len(asked) < amount:
                asked.append(question)
    return asked
