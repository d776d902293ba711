"""The bundle of an extraction while it is made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.domain.context import Context
from studio.domain.errors import NotAProjectError
from studio.domain.evidence import Evidence, KeptPicture, StoredSample, with_pictures
from studio.domain.sample import Skipped
from studio.services.pictures import StoredPicture
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.activations import EncodedSample
    from models.topk import TopExamples

#: Neurons whose evidence is written in one transaction.
NEURONS_AT_ONCE = 512
#: Samples that nothing refers to any more are removed when they outnumber the rest and this.
SPARE_SAMPLES = 1000


class WorkingBundle:
    """Samples go in as they are met, because their pictures and tokens are at hand then; those that no
    example refers to in the end are taken out again. Opened again, it goes on with what it has."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, for many samples."""
        return self._project.transaction()

    def add(self, sample: EncodedSample, pictures: Sequence[StoredPicture]) -> None:
        """Keep a sample with its tokens, boxes and pictures."""
        tokens, kept = sample.tokens, self._kept(sample, pictures)
        row, width, height = (kept[0].row, kept[0].width, kept[0].height) if kept else (None, 0, 0)
        stored = StoredSample(
            sample.sample.id,
            sample.sample.turns,
            tokens.tokens,
            tokens.roles,
            row,
            width,
            height,
            tokens.boxes,
            tokens.views,
        )
        self._project.samples.add(with_pictures(stored, kept))

    def _kept(self, sample: EncodedSample, pictures: Sequence[StoredPicture]) -> tuple[KeptPicture, ...]:
        """The pictures with the sizes of their originals and where their tokens begin."""
        add = self._project.pictures.add
        rows = [add(picture.jpeg, picture.width, picture.height, picture.sha256) for picture in pictures]
        first = np.searchsorted(sample.tokens.pictures, np.arange(len(rows))).tolist()
        return tuple(
            KeptPicture(row, *size, at) for row, size, at in zip(rows, sample.sizes, first, strict=True)
        )

    def shrink(self, live: Collection[str]) -> None:
        """Remove samples that no example refers to any more, once there are many."""
        if self._project.samples.count() > 2 * len(live) + SPARE_SAMPLES:
            self._keep_only(live)

    def write(
        self,
        examples: TopExamples,
        skipped: list[Skipped],
        config: Mapping[str, Any],
        summary: Mapping[str, Any],
        ctx: Context,
    ) -> None:
        """Statistics, evidence, what was left out, and the record of the run."""
        self._project.neurons.write(examples.stats())
        for part in _parts(examples, ctx):
            self._project.evidence.write(part)
        self._project.skipped.write(skipped)
        self._keep_only(examples.kept().sample_ids())
        with self._project.transaction():
            run = self._project.runs.start("extract", config)
            self._project.runs.finish(run, summary)

    def close(self) -> None:
        """Back to one plain file."""
        self._project.close()

    def _keep_only(self, ids: Collection[str]) -> None:
        with self._project.transaction():
            self._project.samples.keep_only(ids)
            self._project.pictures.drop_unused()


def open_again(path: Path) -> WorkingBundle | None:
    """The bundle of a run that was stopped; None when it is damaged."""
    try:
        return WorkingBundle(Project.open(path))
    except NotAProjectError:
        return None


def _parts(examples: TopExamples, ctx: Context) -> Iterator[list[Evidence]]:
    kept = examples.kept()
    live = kept.live()
    for start in range(0, len(live), NEURONS_AT_ONCE):
        ctx.check()
        yield [kept.evidence(int(neuron)) for neuron in live[start : start + NEURONS_AT_ONCE]]
        ctx.report(start, len(live), "Writing the examples")
