"""How many neurons does the explainer name rightly? Measured on the demo world, whose truth is known.

    python tests/benchmarks/bench_proposals.py PROJECT.cstudio TRUTH_FOLDER [--half held_out|seen] [--show N]

Truth of the visual side. On the neuron's top examples its activation is laid on the pixels: a token's is
spread evenly over its box, and where boxes overlap it adds up. For each label c (an object's name, category
or colour):

    share(c) = activation mass on pixels of objects that are c / activation mass on all pixels
    base(c)  = the same for activation that is everywhere alike, over all pictures of the data set
    lift(c)  = share(c) - base(c)

The label with the largest lift is the neuron's truth, a clear one when share(c) >= 0.5. A neuron of dogs
alone has share 1 for "dog", for "animal" and for the dog's colour, and all three are true of what it fires
on: a proposal is right when its label's share is within 0.05 of the best label's, and its lift above 0.2.

Truth of the textual side: the word that carries most of the activation on the top texts, a clear one with
half of it or more. A proposal is right when it contains that word.

By default the truth is measured on the examples that the explainer did not see.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from studio.domain.concept import Proposal
from studio.domain.modality import TokenKind
from studio.services.evidence_reader import Shown, shown
from studio.storage.project import Project

CLEAR = 0.5
CLOSE = 0.05


@dataclass(frozen=True)
class Truth:
    """What a neuron's side fires on: the best label, its share of the activation, and all that are right."""

    label: str
    share: float
    right: frozenset[str]

    @property
    def clear(self) -> bool:
        return self.share >= CLEAR


class Scenes:
    """The truth about the pictures of a demo data folder, by picture name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "truth.jsonl").read_text().splitlines()
        self.objects = {line["image"]: line["objects"] for line in map(json.loads, lines)}
        samples = map(json.loads, (folder / "samples.jsonl").read_text().splitlines())
        self.image_of = {line["id"]: line["image"] for line in samples}
        self.masks: dict[str, np.ndarray] = {}
        self.base = self._base()

    def mask(self, image: str) -> np.ndarray:
        if image not in self.masks:
            self.masks[image] = np.asarray(Image.open(self.folder / "masks" / Path(image).name))
        return self.masks[image]

    def label_mass(self, image: str, weight: np.ndarray) -> Counter[str]:
        """How much of `weight` [height, width] lies on each label's objects."""
        mask = self.mask(image)
        on = np.bincount(mask.ravel(), weight.ravel(), minlength=256)
        mass: Counter[str] = Counter()
        for item in self.objects[image]:
            for label in {item["name"], item["category"], item["colour"]}:
                mass[label] += float(on[item["mask_value"]])
        return mass

    def _base(self) -> dict[str, float]:
        total: Counter[str] = Counter()
        for image in self.objects:
            mask = self.mask(image)
            total.update(self.label_mass(image, np.full(mask.shape, 1 / mask.size)))
        return {label: mass / len(self.objects) for label, mass in total.items()}


def heat(item: Shown, shape: tuple[int, int]) -> np.ndarray:
    """Activation a pixel, float64 [height, width]: each token's spread evenly over its box."""
    out = np.zeros(shape)
    found = item.example.map
    for index, value in zip(found.image_index, found.image_value, strict=True):
        x0, y0, x1, y1 = np.round(item.sample.boxes[index]).astype(int).clip(0)
        out[y0:y1, x0:x1] += value / max((y1 - y0) * (x1 - x0), 1)
    return out


def visual_truth(examples: list[Shown], scenes: Scenes) -> Truth:
    mass: Counter[str] = Counter()
    total = 0.0
    for item in examples:
        image = scenes.image_of[item.sample.id]
        weight = heat(item, scenes.mask(image).shape)
        mass.update(scenes.label_mass(image, weight))
        total += float(weight.sum())
    share = {label: m / total for label, m in mass.items()}
    if not share:
        return Truth("ground", 0.0, frozenset())
    best = max(share, key=lambda c: (share[c] - scenes.base[c], c))
    right = {c for c in share if share[c] >= share[best] - CLOSE and share[c] - scenes.base[c] > 0.2}
    return Truth(best, share[best], frozenset(right | {best}))


def textual_truth(examples: list[Shown]) -> Truth:
    mass: Counter[str] = Counter()
    for item in examples:
        found = item.example.map
        for index, value in zip(found.text_index, found.text_value, strict=True):
            mass[item.sample.tokens[index].strip().lower()] += float(value)
    word, most = mass.most_common(1)[0]
    return Truth(word, most / sum(mass.values()), frozenset({word}))


def is_right(proposal: Proposal, truth: Truth, textual: bool) -> bool:
    concept = (proposal.concept or "").lower()
    return concept in truth.right or (textual and truth.label in concept.split())


def measure(
    project: Project, scenes: Scenes, side: TokenKind, half: str, examples: int
) -> list[tuple[Proposal, Truth]]:
    found = []
    for proposal in project.proposals.all():
        if proposal.side is side:
            items = shown(project, proposal.neuron, side, half, examples)  # type: ignore[arg-type]
            textual = side is TokenKind.TEXT
            if not items:  # one picture only: nothing is left that the explainer did not see
                continue
            found.append((proposal, textual_truth(items) if textual else visual_truth(items, scenes)))
    return found


def report(found: Iterable[tuple[Proposal, Truth]], side: TokenKind, show: int) -> int:
    rows = list(found)
    clear = [(p, t) for p, t in rows if t.clear]
    right = [(p, t) for p, t in clear if is_right(p, t, side is TokenKind.TEXT)]
    share = len(right) / max(len(clear), 1)
    print(f"{side.value} side: {len(rows)} neurons, {len(clear)} with a clear truth")
    print(f"  top proposal names the truth: {len(right)} neurons ({share:.1%} of those with a clear truth)")
    for p, t in clear[:show]:
        mark = "+" if is_right(p, t, side is TokenKind.TEXT) else "-"
        print(f"  {mark} neuron {p.neuron}: proposed {p.concept!r}, fires on {t.label!r} ({t.share:.2f})")
    return len(right)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("truth", type=Path, help="a folder that models.demo's write_scenes made")
    parser.add_argument("--half", choices=["seen", "held_out"], default="held_out")
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--show", type=int, default=0, help="list so many neurons of each side")
    parser.add_argument("--at-least", type=int, default=30, help="neurons the visual side must name rightly")
    given = parser.parse_args()
    scenes = Scenes(given.truth)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.cstudio"
        copy.write_bytes(given.project.read_bytes())
        with Project.open(copy) as project:
            named = {
                side: report(measure(project, scenes, side, given.half, given.examples), side, given.show)
                for side in TokenKind
            }
    return 0 if named[TokenKind.IMAGE] >= given.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
