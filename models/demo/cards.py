"""The model cards of the demo's networks: data, recipe, seed, and the accuracy that was measured."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

HEAD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: {tag}
---

# {title}

{about}

## Data

Scenes of the demo world: one to four of 56 sprites (Fluent Emoji flat, MIT, Microsoft; see
`../sprites/ATTRIBUTION.md`) in 9 categories and 10 colours, at random size, mirror, place and jitter on a
tinted ground; 70 % square, 30 % wide or tall. {train} training scenes are drawn by `models/demo` from seed
{seed}; validation and test scenes come from streams of their own and never equal a training scene.

## Recipe

`python -m models.demo.train` makes these weights from nothing, on CPU, resumable. {recipe}

## Measured

`python -m models.demo.evaluate` on unseen test scenes (seed {test_seed}), through `from_pretrained`, the
processor and {door}:

{table}

## Limits

It knows the demo world and nothing else. It exists so that Concept Studio's whole pipeline can be tried,
and checked against truth, without a download.
"""
LLAVA_ABOUT = """A small LLaVA-NeXT ({parameters:,} parameters) that answers eight kinds of questions about
small scenes. Vision tower: the CLIP beside it (128 wide, 3 layers, patch 8, 64 x 64 pixels a view), last
layer, frozen. Decoder: Llama, 160 wide, 4 layers, tied word embeddings, a vocabulary of words."""
CLIP_ABOUT = """A small CLIP ({parameters:,} parameters): vision tower 128 wide, 3 layers, patch 8, pictures
squeezed to 64 x 64; text tower 128 wide, 2 layers; joint space of 96. It tells the objects, categories,
colours and positions of scenes, also where all but one object is blurred or blacked out, and reads pieces
of questions into the same space."""
LLAVA_RECIPE = """Second stage, {steps} steps of 32 scenes with up to 12 questions packed behind one image
under a block attention mask; Muon for the layers' matrices (peak 3e-3), AdamW for the rest (peak 2e-3),
seed {seed}. The words of objects, categories, colours and positions start as the mean projected feature of
the patches they name, and most heads of the first two layers start by looking for what resembles their
token. The vision tower stays as the first stage left it."""
CLIP_RECIPE = """First stage, {steps} steps of 96 views: every patch learns its object, category, colour and
position through LLaVA's projector; the class token learns the phrases of `concepts.jsonl` in changing
wordings, with crops and blurred or blacked-out surrounds; windows of question text learn the same phrases.
Muon for the layers' matrices (peak 3e-3), AdamW for the rest (peak 2e-3), seed {seed}."""


@dataclass(frozen=True)
class Facts:
    """What a card states. `rows` are (name, share right, number asked)."""

    parameters: int
    steps: int
    seed: int
    train: int
    test_seed: int
    rows: list[tuple[str, float, int]]


def table(rows: list[tuple[str, float, int]]) -> str:
    lines = [f"| {name} | {share:.1%} | {count} |" for name, share, count in rows]
    return "\n".join(("| question | right | asked |", "|---|---|---|", *lines))


def card(facts: Facts, llava: bool) -> str:
    about, recipe = (LLAVA_ABOUT, LLAVA_RECIPE) if llava else (CLIP_ABOUT, CLIP_RECIPE)
    text = HEAD.format(
        tag="image-text-to-text" if llava else "zero-shot-image-classification",
        title="LLaVA-NeXT of the demo scenes" if llava else "CLIP of the demo scenes",
        about=about.format(parameters=facts.parameters),
        recipe=recipe.format(steps=facts.steps, seed=facts.seed),
        train=facts.train,
        seed=facts.seed,
        test_seed=facts.test_seed,
        door="generate()" if llava else "logits_per_image",
        table=table(facts.rows),
    )
    return "\n\n".join(filled(paragraph) for paragraph in text.split("\n\n"))


def filled(paragraph: str) -> str:
    """A paragraph of prose in lines of even length; headings, tables and the front matter as they are."""
    return paragraph if paragraph.startswith(("---", "#", "|")) else textwrap.fill(paragraph, 100)


def write_card(folder: Path, facts: Facts, llava: bool) -> None:
    (folder / "README.md").write_text(card(facts, llava), encoding="utf-8")
