"""Train the demo's networks from nothing: `python -m models.demo.train [--out DIR] [--work DIR]`.

Stages, each with its checkpoint in the work folder, so that a stopped run goes on where it was: 1. draw the
training pool; 2. vision tower and CLIP (`vision.py`); 3. LLaVA-NeXT (`answering.py`); 4. measure on test
scenes, and save both networks with their cards to the out folder where every required figure is reached.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPModel, LlavaNextForConditionalGeneration

from models.demo import pool as pools
from models.demo.answering import Exam, aligned_start, tower_features
from models.demo.cards import Facts, write_card
from models.demo.course import Course
from models.demo.evaluate import CLIP, LLAVA, SCENES, measured, print_rows
from models.demo.evaluate import SEED as TEST_SEED
from models.demo.networks import save_clip, save_llava
from models.demo.sprites import RESOURCES, SpriteBook
from models.demo.vision import Lesson, Seer, naming_accuracy, patch_accuracy
from models.demo.vocabulary import write_bank

SEED = 7
TRAIN, HELD_OUT = 24000, 600  # scenes
VISION_STEPS, ANSWER_STEPS = 1600, 1400


def pool(work: Path, split: str, count: int) -> pools.Pool:
    """The split's pool, drawn once."""
    path = work / f"{split}-{count}.npz"
    if not path.exists():
        print(f"drawing {count} {split} scenes", flush=True)
        pools.draw(split, SEED, count).save(path)
    return pools.load(path)


def rounded(shares: dict[str, float]) -> str:
    return " ".join(f"{name} {share:.4f}" for name, share in shares.items())


def train_vision(work: Path, book: SpriteBook, train: pools.Pool, held_out: pools.Pool, device: str) -> Seer:
    torch.manual_seed(SEED)
    seer = Seer(book).to(device)
    lesson = Lesson(seer, train, book)

    def report(step: int) -> None:
        shares = patch_accuracy(seer, held_out, book)
        named = naming_accuracy(seer, held_out, book)
        print(f"  held out: {rounded(shares)} naming {named:.4f}", flush=True)
        if step >= 1000:
            save_clip(seer.clip, book, work / "preliminary" / CLIP)

    Course(seer, VISION_STEPS, SEED, work / "vision.pt").run(lesson.losses, report, 200)
    return seer


def train_answering(
    work: Path, book: SpriteBook, seer: Seer, train: pools.Pool, held_out: pools.Pool
) -> LlavaNextForConditionalGeneration:
    torch.manual_seed(SEED)
    seer.requires_grad_(False)
    features = tower_features(seer, train)
    model = aligned_start(seer, train, features, book).to(seer.device)
    model.model.vision_tower.requires_grad_(False)
    exam = Exam(model, train, features, book)
    check = Exam(model, held_out, tower_features(seer, held_out), book)

    def report(step: int) -> None:
        model.eval()
        shares = check.accuracy(np.random.default_rng(SEED))
        model.train()
        print(f"  held out: {rounded(shares)}", flush=True)
        save_llava(model, book, work / "preliminary" / LLAVA)

    report(0)
    Course(model, ANSWER_STEPS, SEED + 1, work / "answering.pt").run(exam.losses, report, 125)
    return model


def ship(
    work: Path, out: Path, book: SpriteBook, clip: CLIPModel, llava: LlavaNextForConditionalGeneration
) -> bool:
    """Save both networks in the work folder, measure them there, and copy them to `out` if they are good
    enough."""
    made = work / "finished"
    save_clip(clip, book, made / CLIP)
    save_llava(llava, book, made / LLAVA)
    rows = measured(made, SCENES)
    print_rows(rows)
    for name, model, steps in ((CLIP, clip, VISION_STEPS), (LLAVA, llava, ANSWER_STEPS)):
        shown = [(r.kind, r.share, r.count) for r in rows if (r.figure == "naming") == (name == CLIP)]
        facts = Facts(model.num_parameters(), steps, SEED, TRAIN, TEST_SEED, shown)
        write_card(made / name, facts, llava=name == LLAVA)
    good = all(row.good for row in rows)
    if good:
        write_bank(book, out / "concepts.jsonl")
        for name in (CLIP, LLAVA):
            shutil.copytree(made / name, out / name, dirs_exist_ok=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESOURCES, help="where the two model folders go")
    parser.add_argument("--work", type=Path, default=Path("demo-training"), help="pools and checkpoints")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument(
        "--device", default=device, help=f"where to train (here {device}; shipped weights: cpu)"
    )
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    book = SpriteBook()
    train, held_out = pool(arguments.work, "train", TRAIN), pool(arguments.work, "validation", HELD_OUT)
    seer = train_vision(arguments.work, book, train, held_out, arguments.device)
    llava = train_answering(arguments.work, book, seer, train, held_out)
    return 0 if ship(arguments.work, arguments.out, book, seer.clip, llava) else 1


if __name__ == "__main__":
    sys.exit(main())
