"""A small project with drawn pictures, made through the storage layer: something real to review."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

import resources
from studio.domain.concept import Alignment, Category, Proposal, Verdict
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind, StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.domain.sample import Turn
from studio.storage.project import Project

SIZE, BASE, TILES = 256, 8, 16
CELLS = ((16, 16), (136, 16), (16, 136), (136, 136))
NONE = np.zeros(0, np.uint32), np.zeros(0, np.float32)


class Scenes:
    """Pictures of one to four sprites, a question and an answer each, and where every sprite stands."""

    def __init__(self, project: Project, count: int, seed: int = 0, wide: bool = True) -> None:
        self.rng = np.random.default_rng(seed)
        folder = resources.folder("demo", "sprites")
        self.names = sorted(p.stem for p in Path(str(folder)).glob("*.png"))
        self.sprites = {
            name: Image.open(Path(str(folder)) / f"{name}.png").convert("RGBA") for name in self.names
        }
        self.samples: list[StoredSample] = []
        self.places: list[dict[str, tuple[int, int, int]]] = []
        for number in range(count):
            self._add(project, number, wide and number % 9 == 8)

    def _add(self, project: Project, number: int, wide: bool) -> None:
        width = SIZE * 2 if wide else SIZE
        ground = tuple(int(x) for x in self.rng.integers(205, 256, 3))
        picture = Image.new("RGB", (width, SIZE), ground)
        chosen = self.rng.choice(self.names, int(self.rng.integers(1, 5)), replace=False)
        places = {}
        for name, cell in zip(chosen, self.rng.permutation(4), strict=False):
            side = int(self.rng.integers(76, 112))
            x, y = CELLS[cell]
            x = x * 2 if wide else x
            sprite = self.sprites[name].resize((side, side), Image.Resampling.LANCZOS)
            picture.paste(sprite, (x, y), sprite)
            places[str(name)] = (x, y, side)
        self.places.append(places)
        self.samples.append(self._sample(project, number, picture, [str(n) for n in chosen]))

    def _sample(self, project: Project, number: int, picture: Image.Image, names: list[str]) -> StoredSample:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=92)
        jpeg = file.getvalue()
        row = project.pictures.add(jpeg, picture.width, SIZE, hashlib.sha256(jpeg).hexdigest())
        asked = ("Which things are shown?", "What is at the top left?", f"Is there a {names[0]} here?")[
            number % 3
        ]
        answer = ("There is " + " and ".join(f"a {n}" for n in names), names[0], "yes")[number % 3] + "."
        tokens = pieces(asked) + pieces(answer)
        roles = ("user",) * len(pieces(asked)) + ("assistant",) * len(pieces(answer))
        boxes, views = grid(picture.width)
        sample = StoredSample(
            str(1000 + 37 * number), (Turn("user", asked), Turn("assistant", answer)), tuple(tokens), roles,
            row, picture.width, SIZE, boxes, views,
        )  # fmt: skip
        project.samples.add(sample)
        return sample

    def image_map(self, number: int, name: str, strength: float) -> ActivationMap:
        """Fires on the tokens that the sprite covers, the more the more it covers them."""
        sample, (x, y, side) = self.samples[number], self.places[number][name]
        boxes = sample.boxes
        dx = np.minimum(boxes[:, 2], x + side) - np.maximum(boxes[:, 0], x)
        dy = np.minimum(boxes[:, 3], y + side) - np.maximum(boxes[:, 1], y)
        share = np.clip(dx, 0, None) * np.clip(dy, 0, None)
        share /= (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        index = np.flatnonzero(share > 0.25)
        value = share[index] * strength * self.rng.uniform(0.5, 1, len(index))
        return ActivationMap(index.astype(np.uint32), value.astype(np.float32), *NONE)

    def text_map(self, number: int, word: str, strength: float) -> ActivationMap:
        """Fires on tokens that have the word."""
        tokens = self.samples[number].tokens
        index = np.array([i for i, token in enumerate(tokens) if word in token], np.uint32)
        return ActivationMap(
            *NONE, index, (strength * self.rng.uniform(0.4, 1, len(index))).astype(np.float32)
        )


def pieces(text: str) -> list[str]:
    """Words with the space before them, marks apart."""
    found = []
    for word in text.split(" "):
        bare = word.rstrip("?.,")
        found.append(f" {bare}" if found else bare)
        found += list(word[len(bare) :])
    return [piece for piece in found if piece.strip()]


def grid(width: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of a base view and of tiles over the same picture."""
    boxes, views = [], []
    for view, cells in enumerate((BASE, TILES)):
        x, y = np.linspace(0, width, cells + 1), np.linspace(0, SIZE, cells + 1)
        boxes += [[x[i], y[j], x[i + 1], y[j + 1]] for j in range(cells) for i in range(cells)]
        views += [view] * cells * cells
    return np.array(boxes, np.float32), np.array(views, np.uint8)


def make_project(path: Path, neurons: int = 40, samples: int = 72) -> Path:
    """Write a project whose neuron i stands for sprite or word i: visual, textual, both, or nothing."""
    with Project.create(path, "Scenes") as project, project.transaction():
        scenes = Scenes(project, samples)
        run = project.runs.start(
            "extract", {"model": {"model": "demo"}, "layer": 2, "sae": {"source": "sae"}}
        )
        project.runs.finish(run, {})
        kinds = [tuple(Modality)[i % 4] for i in range(neurons)]
        evidence = [neuron_evidence(scenes, i, kind) for i, kind in enumerate(kinds)]
        project.evidence.write(evidence)
        project.neurons.write(statistics(evidence, len(scenes.samples)))
        for i, kind in enumerate(kinds):
            write_scores(project, scenes, i, kind)
    return path


def neuron_evidence(scenes: Scenes, neuron: int, kind: Modality) -> Evidence:
    name = scenes.names[neuron % len(scenes.names)]
    examples: list[Example] = []
    if kind in (Modality.VISUAL, Modality.MULTIMODAL, Modality.UNCLEAR):
        examples += side_examples(scenes, name, TokenKind.IMAGE)
    if kind in (Modality.TEXTUAL, Modality.MULTIMODAL):
        word = name if kind is Modality.MULTIMODAL else ("is", "There", "top", "yes")[neuron // 4 % 4]
        examples += side_examples(scenes, word, TokenKind.TEXT)
    return Evidence(neuron, tuple(examples))


def side_examples(scenes: Scenes, name: str, side: TokenKind) -> list[Example]:
    image = side is TokenKind.IMAGE
    fires = [i for i, places in enumerate(scenes.places) if name in places] if image else [
        i for i, sample in enumerate(scenes.samples) if any(name in token for token in sample.tokens)
    ]  # fmt: skip
    make = scenes.image_map if image else scenes.text_map
    maps = [(make(i, name, 5.0 * scenes.rng.uniform(0.5, 1)), i) for i in fires[:20]]
    scored = [(float((m.image_value if image else m.text_value).mean()), m, i) for m, i in maps]
    scored.sort(key=lambda row: -row[0])
    found = [
        Example(side, ExampleKind.TOP, place, score, scenes.samples[i].id, m)
        for place, (score, m, i) in enumerate(scored)
    ]
    found += [
        Example(side, ExampleKind.QUANTILE, 9 - place, score, scenes.samples[i].id, m)
        for place, (score, m, i) in enumerate(scored[:10])
    ]
    silent = [i for i in range(len(scenes.samples)) if i not in fires][:8]
    nothing = ActivationMap(*NONE, *NONE)
    return found + [
        Example(side, ExampleKind.SILENT, place, 0.0, scenes.samples[i].id, nothing)
        for place, i in enumerate(silent)
    ]


def statistics(evidence: list[Evidence], total: int) -> NeuronStats:
    rng = np.random.default_rng(1)

    def one(side: TokenKind) -> SideStats:
        top = [item.of(side, ExampleKind.TOP) for item in evidence]
        values = [
            [v for e in t for v in (e.map.image_value if side is TokenKind.IMAGE else e.map.text_value)]
            for t in top
        ]
        tokens = np.array([len(v) for v in values])
        histogram = np.zeros((len(evidence), HISTOGRAM_BINS), np.int64)
        for row, count in zip(histogram, tokens, strict=True):
            if count:
                bins = np.clip(rng.normal(30, 5, count * 40), 0, HISTOGRAM_BINS - 1).astype(int)
                row += np.bincount(bins, minlength=HISTOGRAM_BINS)
        return SideStats(
            np.array([len(t) for t in top]), tokens, np.array([float(np.sum(v)) for v in values]),
            np.array([max(v, default=0.0) for v in values], float), histogram, total,
            total * (320 if side is TokenKind.IMAGE else 12),
        )  # fmt: skip

    return NeuronStats(one(TokenKind.IMAGE), one(TokenKind.TEXT))


def write_scores(project: Project, scenes: Scenes, neuron: int, kind: Modality) -> None:
    rng = np.random.default_rng(neuron)
    name = scenes.names[neuron % len(scenes.names)]
    others = [str(n) for n in rng.permutation([n for n in scenes.names if n != name])[:4]]
    concept = (
        None if kind is Modality.UNCLEAR else name if kind is not Modality.TEXTUAL else f"the word “{name}”"
    )
    candidates = tuple((c, 0.31 - 0.02 * i) for i, c in enumerate([concept or others[0], *others[1:]]))
    sides = {
        TokenKind.IMAGE: kind in (Modality.VISUAL, Modality.MULTIMODAL),
        TokenKind.TEXT: kind in (Modality.TEXTUAL, Modality.MULTIMODAL),
    }
    for side, counts in sides.items():
        project.proposals.write([
            Proposal(neuron, side, concept if counts else None, Category.OBJECT, "vocabulary",
                     candidates=candidates if counts else ())
        ])  # fmt: skip
        a, z, q = (rng.uniform(0.5, 0.8), 5.2, 0.003) if counts else (rng.uniform(0.1, 0.3), 0.4, 0.61)
        project.alignments.write([
            Alignment(neuron, side, concept or others[0], "clip", float(a), z, q / 2, q, 1 if counts else 40,
                      0.8, 96, 10)
        ])  # fmt: skip
    share = {Modality.VISUAL: 0.97, Modality.TEXTUAL: 0.03}.get(kind, 0.6)
    flagged = neuron % 7 == 5
    mass = Modality.MULTIMODAL if flagged else kind
    project.verdicts.write([
        Verdict(neuron, concept, kind, float(rng.uniform(0.2, 0.85)), 0.003, share, mass, flagged,
                {"blank_image": 0.18, "blank_text": 0.71} if neuron % 8 == 2 else {})
    ])  # fmt: skip
