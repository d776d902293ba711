"""One pass over the data: statistics and kept examples of every latent, mergeable over parts of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.topk import checkpoint
from models.topk.firing import firing
from models.topk.hashing import sample_hash
from models.topk.keeper import PairKeeper
from models.topk.kept import Kept
from models.topk.pairs import IMAGE, TEXT
from models.topk.silent import SilentPool
from models.topk.totals import SideTotals
from studio.domain.evidence import Evidence, Rank
from studio.domain.neuron import NeuronStats

#: Samples in the pool of silent examples for each one asked for: latents that fire in up to 9 of 10
#: samples still find their non-activating inputs.
POOL_FACTOR = 10

Code = tuple[NDArray[np.int32], NDArray[np.float32]]


class TopExamples:
    """Aggregates sparse activations sample by sample; memory depends on latents, never on the data.

    Parts (chunks, processes, machines) that saw different samples merge to exactly what one pass over all
    of them gives, in whatever order. Ties are broken by sample id.
    """

    def __init__(
        self,
        num_latents: int,
        top: int = 20,
        quantile: int = 20,
        silent: int = 20,
        rank: Rank = Rank.MEAN,
        seed: int = 0,
    ) -> None:
        if num_latents < 1 or top < 1 or quantile < 0 or silent < 0:
            raise ValueError("latents and top are at least 1, quantile and silent at least 0")
        self.num_latents, self.top, self.quantile, self.silent = num_latents, top, quantile, silent
        self.rank, self.seed = Rank(rank), seed
        self.samples = 0
        self.totals = (SideTotals(num_latents), SideTotals(num_latents))
        # Up to `top` of the drawn pairs may turn out to be top examples, and are then left out.
        self.keeper = PairKeeper(num_latents, top, quantile + top if quantile else 0)
        self.pool = SilentPool(num_latents, silent * POOL_FACTOR)
        self._kept: Kept | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What parts must have in common to be merged. JSON."""
        names = ("num_latents", "top", "quantile", "silent", "rank", "seed")
        return {name: getattr(self, name) for name in names}

    def add(self, sample_id: str, n_image: int, n_text: int, image_code: Code, text_code: Code) -> bool:
        """Add one sample, each sample once.

        `image_code` and `text_code` are indices int32 and values float32, both [tokens of that modality, k],
        value 0 = unused slot; `n_image` and `n_text` are the numbers of tokens. Returns whether an example
        may refer to the sample: when False, none ever will. Raises `ValueError` when shapes or latents do
        not fit.
        """
        image = firing(*image_code, n_image, self.num_latents, self.rank)
        text = firing(*text_code, n_text, self.num_latents, self.rank)
        code = sample_hash(self.seed, sample_id)
        self._kept = None
        self.samples += 1
        self.totals[IMAGE].add(image)
        self.totals[TEXT].add(text)
        kept = self.keeper.add(sample_id, code, (image, text))
        pooled = self.pool.add(sample_id, code, (image, text))
        return kept or pooled

    def merge(self, other: TopExamples) -> None:
        """Add what another part of the data gave. Raises `ValueError` when the settings differ."""
        if self.config != other.config:
            raise ValueError(f"parts made with other settings: {self.config} and {other.config}")
        self._kept = None
        self.samples += other.samples
        for mine, theirs in zip(self.totals, other.totals, strict=True):
            mine.merge(theirs)
        self.keeper.merge(other.keeper)
        self.pool.merge(other.pool)

    def stats(self) -> NeuronStats:
        """Statistics of every latent over the samples so far."""
        return NeuronStats(self.totals[IMAGE].stats(), self.totals[TEXT].stats())

    def live_ids(self) -> set[str]:
        """The samples that examples may still refer to."""
        return {*self.keeper.ids, *self.pool.ids}

    def kept(self) -> Kept:
        """The kept examples so far."""
        if self._kept is None:
            self._kept = Kept(self.keeper, self.pool, self.quantile, self.silent)
        return self._kept

    def evidence(self, neuron: int) -> Evidence:
        """The kept examples of one latent so far; none when it never fired."""
        return self.kept().evidence(neuron)

    def save(self, path: Path) -> None:
        """Write a checkpoint in one step: the file is whole or it is not there."""
        checkpoint.write(path, self)

    @classmethod
    def load(cls, path: Path) -> TopExamples:
        """Read a checkpoint. Raises `ValueError` when the file is damaged or of another kind."""
        return checkpoint.read(path, cls)
