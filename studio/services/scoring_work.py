"""What a scorer is given of a project's snapshot: concepts, and examples that nothing was learnt from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.domain.concept import Proposal
from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.evidence import ActivationMap, Example, ExampleKind, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.score import HeldOutItem, ScoreTarget, ScoreTest
from studio.domain.specs import ScorersSpec
from studio.services.aligners import find_aligner
from studio.services.bank import bank_of
from studio.services.evidence_reader import PictureCache, Shown, candidates, fires, halves, visible
from studio.services.leak_check import Barred, Told, refuse_leaked, seen_of
from studio.services.named_from import NamedFrom
from studio.services.plugin_host import PluginHost
from studio.services.prompt_files import find_prompt
from studio.services.scorer_images import ImageCode, data_of, image_codes
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.explainers.bank import Bank
    from models.explainers.prompts import Prompt


class Work:
    """A `ScorerWork` over a snapshot. `folder` is where answers are kept."""

    def __init__(self, project: Project, spec: ScorersSpec, folder: Path, host: PluginHost) -> None:
        self.spec = spec
        self._project, self._folder, self._host = project, folder, host
        self._pictures = PictureCache(project, "black")
        self._aligner: Aligner | None = None
        self._bank: Bank | None = None
        self._shown: dict[TokenKind, NamedFrom] = {}

    def targets(self) -> Sequence[ScoreTarget]:
        """Distinct (neuron, side, concept) of all proposals."""
        proposals = self._project.proposals.all()
        if not any(p.concept is not None for p in proposals):
            raise DataError("There are no concepts to score yet. Propose concepts first.")
        return targets_of(proposals, self.spec.neurons, self.spec.seed)

    def test_set(self, target: ScoreTarget) -> ScoreTest:
        """See `ScorerWork.test_set`. One item a picture: what is said of it counts once."""
        from models.scorers import frozen

        rng = np.random.default_rng((self.spec.seed, target.neuron, len(target.concept)))
        positives = self._positives(target, rng)
        negatives = self._negatives(target, positives, rng)
        if not positives or not negatives:
            return ()
        barred, items = self._barred(target), [*positives, *negatives]
        leaked = [i.sample.id for i in items if barred.bars(self._told(i.sample), target.side)]
        refuse_leaked(target.neuron, leaked)
        return frozen(items, barred.groups, self.spec.seed)

    def seen_examples(
        self, neuron: int, side: TokenKind, seen: frozenset[str]
    ) -> Sequence[tuple[Example, StoredSample]]:
        return [
            (item.example, item.sample)
            for item in candidates(self._project, neuron, side)
            if item.sample.id in seen
        ]

    def named_from(self, image: Any, side: TokenKind, ctx: Context) -> Sequence[int]:
        if side not in self._shown:
            targets = [target for target in self.targets() if target.side is side]
            self._shown[side] = NamedFrom(self._project, targets, ctx)
        return self._shown[side].neurons(image)

    def picture(self, row: int) -> Any:
        return self._pictures.get(row)[0]

    def prompt(self, name: str) -> Prompt:
        return find_prompt(name, self.spec.prompts)

    def aligner(self) -> Aligner:
        if self._aligner is None:
            self._aligner = find_aligner(self.spec.aligner, self.spec.device, self._host)
        return self._aligner

    def bank(self) -> Bank:
        if self._bank is None:
            self._bank = bank_of(self.spec.bank, self._project)
        return self._bank

    def images(self, ctx: Context) -> Iterator[ImageCode]:
        return image_codes(self._project, data_of(self._project, self.spec.data), ctx)

    def project(self) -> Project:
        return self._project

    def answers(self) -> Path:
        return self._folder / "answers"

    def _positives(self, target: ScoreTarget, rng: np.random.Generator) -> list[HeldOutItem]:
        """The held-out half of the top examples; then, as far as there is room, examples of all strengths."""
        top = halves(self._project, target.neuron)[target.side]["held_out"]
        more = self._free(target, ExampleKind.QUANTILE)
        found: dict[Hashable, Shown] = {}
        for item in (*top, *(more[i] for i in rng.permutation(len(more)))):
            if len(found) < self.spec.positives:
                found.setdefault(item.group, item)
        return [HeldOutItem(i.sample, i.example.map, i.group, True) for i in found.values()]

    def _negatives(
        self, target: ScoreTarget, positives: list[HeldOutItem], rng: np.random.Generator
    ) -> list[HeldOutItem]:
        """Samples on which this side is silent, marked at random like the positives."""
        firing = {p.group for p in positives}
        found: dict[Hashable, HeldOutItem] = {}
        for item in self._free(target, ExampleKind.SILENT):
            if positives and item.group not in firing and len(found) < self.spec.negatives:
                like = positives[len(found) % len(positives)]
                marks = marked_like(like.marks, item.sample, int(rng.integers(2**32)))
                found.setdefault(item.group, HeldOutItem(item.sample, marks, item.group, False))
        return list(found.values())

    def _free(self, target: ScoreTarget, kind: ExampleKind) -> list[Shown]:
        """Usable examples of a kind that nothing was named from."""
        barred = self._barred(target)
        found = self._of(target, kind)
        return [i for i in found if not barred.bars(self._told(i.sample), target.side)]

    def _of(self, target: ScoreTarget, kind: ExampleKind) -> list[Shown]:
        """Usable examples of a kind on the target's side: silent ones must not fire there, others must."""
        examples = self._project.evidence.get(target.neuron).of(target.side, kind)
        wanted = kind is not ExampleKind.SILENT
        chosen = [e for e in examples if fires(e, target.side) == wanted]
        samples = self._project.samples.get(e.sample_id for e in chosen)
        return [
            Shown(e, samples[e.sample_id].seen_by(e.map), self._group(samples[e.sample_id]))
            for e in chosen
            if e.sample_id in samples and visible(samples[e.sample_id], target.side)
        ]

    def _barred(self, target: ScoreTarget) -> Barred:
        """What explainers were shown, as the proposals say."""
        return Barred(map(self._told, self._project.samples.get(sorted(target.seen)).values()))

    def _told(self, sample: StoredSample) -> Told:
        return Told.by(self._project, sample)

    def _group(self, sample: StoredSample) -> Hashable:
        return self._project.pictures.group_of(sample)


def targets_of(proposals: Sequence[Proposal], neurons: int, seed: int) -> list[ScoreTarget]:
    """The concepts of at most `neurons` neurons (0: all), drawn by `seed`, each once a side."""
    named = sorted({p.neuron for p in proposals if p.concept is not None})
    if neurons:
        named = np.random.default_rng(seed).permutation(named)[:neurons].tolist()
    chosen = set(named)
    seen = seen_of(proposals)
    keys = sorted({(p.neuron, p.side, p.concept) for p in proposals if p.concept and p.neuron in chosen})
    return [ScoreTarget(n, side, concept, seen[n]) for n, side, concept in keys]


def marked_like(like: ActivationMap, sample: StoredSample, seed: int) -> ActivationMap:
    """A map of `sample` with as many places as `like` has, as far as they fit, drawn at random, all of
    strength 1."""
    from models.scorers import marked_alike

    shown, words = sample.shown_tokens, slice(0, len(sample.tokens))
    image, text = (
        np.array(marked_alike(places.tolist(), part.stop - part.start, seed), np.uint32) + part.start
        for places, part in ((like.image_index, shown), (like.text_index, words))
    )
    return ActivationMap(image, np.ones(len(image), np.float32), text, np.ones(len(text), np.float32))
