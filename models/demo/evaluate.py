"""Measure the demo's networks on unseen scenes: `python -m models.demo.evaluate [--models DIR] [--scenes N]`.

Everything goes through the ordinary doors: AutoProcessor, from_pretrained, generate(). Prints the accuracy
of every kind of question and of the CLIP's naming; the exit code is 1 where a figure is below what is
required.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModel, AutoModelForImageTextToText, AutoProcessor

from models.demo.questions import KINDS, Question, ask, with_article
from models.demo.scene import SPLITS, generator, make_scene
from models.demo.sprites import RESOURCES, SpriteBook

SEED = 2026  # of the test scenes
SCENES, BATCH = 400, 32
CLIP, LLAVA = "clip-scenes", "llava-next-scenes"
# What is asked for -> the kinds of question that measure it, and the share that must be right.
REQUIRED = {
    "yes/no": (("exists", "exists_category"), 0.95),
    "object": (("position",), 0.95),
    "count": (("count",), 0.95),
    "position": (("where",), 0.95),
    "colour": (("colour",), 0.90),
    "category": (("category", "kind"), 0.90),
}
NAMING = 0.95

Asked = tuple[Image.Image, Question]


def test_questions(count: int) -> list[Asked]:
    """One question of every kind that a scene allows, about each of `count` test scenes."""
    book, asked = SpriteBook(), []
    for index in range(count):
        rng = generator("test", SEED, index)
        scene = make_scene(book, rng, SPLITS.index("test"))
        picture = Image.fromarray(scene.pixels)
        once = {question.kind: question for question in ask(scene.objects, book, rng, len(KINDS))}
        asked += [(picture, question) for question in once.values()]
    return asked


@torch.no_grad()
def answers(folder: Path, asked: list[Asked]) -> list[str]:
    """The network's answers, greedy, batch by batch."""
    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    said: list[str] = []
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        prompts = [prompt(processor, question.text) for _, question in part]
        inputs = processor(images=[p for p, _ in part], text=prompts, padding=True, return_tensors="pt")
        made = model.generate(**inputs, max_new_tokens=4, do_sample=False)
        said += processor.batch_decode(made[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return [answer.strip() for answer in said]


def prompt(processor, question: str) -> str:
    content = [{"type": "image"}, {"type": "text", "text": question}]
    return processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)


def shares(asked: list[Asked], said: list[str]) -> dict[str, tuple[float, int]]:
    """kind -> (share right, number asked)."""
    total = Counter(question.kind for _, question in asked)
    right = Counter(q.kind for (_, q), answer in zip(asked, said, strict=True) if answer == q.answer)
    return {kind: (right[kind] / total[kind], total[kind]) for kind in KINDS}


@torch.no_grad()
def naming(folder: Path, count: int) -> float:
    """Share of single sprites that the CLIP names right among all names."""
    book = SpriteBook()
    processor, model = AutoProcessor.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    alone = [
        make_scene(book, generator("test", SEED + 1, i), SPLITS.index("test"), most=1) for i in range(count)
    ]
    texts = [with_article(name) for name in book.names]
    inputs = processor(
        images=[Image.fromarray(s.pixels) for s in alone], text=texts, padding=True, return_tensors="pt"
    )
    chosen = model(**inputs).logits_per_image.argmax(1).tolist()
    return sum(book.names[c] == s.objects[0].sprite.name for c, s in zip(chosen, alone, strict=True)) / count


@dataclass(frozen=True)
class Row:
    """One measured figure: the share right of `count`, and the share that is required."""

    figure: str
    kind: str
    share: float
    count: int
    required: float

    @property
    def good(self) -> bool:
        return self.share >= self.required


def measured(folder: Path, count: int) -> list[Row]:
    """All figures of the two networks in a folder, on `count` test scenes."""
    asked = test_questions(count)
    by_kind = shares(asked, answers(folder / LLAVA, asked))
    rows = [
        Row(figure, kind, *by_kind[kind], needed)
        for figure, (kinds, needed) in REQUIRED.items()
        for kind in kinds
    ]
    return [*rows, Row("naming", "CLIP zero-shot", naming(folder / CLIP, 2 * count), 2 * count, NAMING)]


def print_rows(rows: list[Row]) -> None:
    print(f"{'figure':<10} {'kind':<16} {'right':>8} {'asked':>6} {'required':>9}")
    for row in rows:
        missed = "" if row.good else "  MISSED"
        print(
            f"{row.figure:<10} {row.kind:<16} {row.share:>8.2%} {row.count:>6} {row.required:>9.0%}{missed}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=RESOURCES, help=f"folder of {LLAVA} and {CLIP}")
    parser.add_argument("--scenes", type=int, default=SCENES)
    arguments = parser.parse_args()
    rows = measured(arguments.models, arguments.scenes)
    print_rows(rows)
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
