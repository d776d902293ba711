"""Statistics of every latent over the data set, on one modality."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.topk.firing import Firing
from studio.domain.neuron import HISTOGRAM_BINS, SideStats, histogram_edges

# Sums are kept as integers, so that adding in any order gives the same bits: `high` counts 2**-12 and
# `low` counts 2**-52. A sample adds less than 2**40 to `low`, so int64 has room for 2**22 samples.
HIGH_BITS = 12
LOW_BITS = 52
CARRY_BITS = LOW_BITS - HIGH_BITS
SETTLE_EVERY = 1 << 20
COLUMNS = ("samples", "tokens", "high", "low", "max", "histogram")


class SideTotals:
    """Adds up samples in any order, in any number of parts, to the same bits."""

    def __init__(self, num_latents: int) -> None:
        self.num_latents = num_latents
        self.samples = np.zeros(num_latents, np.int64)
        self.tokens = np.zeros(num_latents, np.int64)
        self.high = np.zeros(num_latents, np.int64)
        self.low = np.zeros(num_latents, np.int64)
        self.max = np.zeros(num_latents, np.float32)
        self.histogram = np.zeros(num_latents * HISTOGRAM_BINS, np.uint32)
        self.total_samples = 0
        self.total_tokens = 0
        self._bins = ValueBins()

    def add(self, fired: Firing) -> None:
        """Add one sample; `fired.n_tokens` 0 means that it has nothing of this modality."""
        if not fired.n_tokens:
            return
        self.total_samples += 1
        self.total_tokens += fired.n_tokens
        self.samples[fired.active] += 1
        self.tokens[fired.active] += fired.counts
        # Products with powers of two are exact, as ldexp's, and several times faster.
        high = np.rint(fired.sums * 2.0**HIGH_BITS)
        self.high[fired.active] += high.astype(np.int64)
        rest = (fired.sums - high * 2.0**-HIGH_BITS) * 2.0**LOW_BITS
        self.low[fired.active] += np.rint(rest).astype(np.int64)
        np.maximum.at(self.max, fired.latents, fired.values)
        np.add.at(self.histogram, self._bins.flat(fired.latents, fired.values), np.uint32(1))
        if self.total_samples % SETTLE_EVERY == 0:
            self.settle()

    def merge(self, other: SideTotals) -> None:
        """Add what another part of the data gave."""
        other.settle()
        for name in ("samples", "tokens", "high", "low", "histogram"):
            getattr(self, name).__iadd__(getattr(other, name))
        np.maximum(self.max, other.max, out=self.max)
        self.total_samples += other.total_samples
        self.total_tokens += other.total_tokens
        self.settle()

    def settle(self) -> None:
        """Carry `low` over into `high`, so that equal sums have equal bits."""
        self.high += self.low >> CARRY_BITS
        self.low &= (1 << CARRY_BITS) - 1

    def stats(self) -> SideStats:
        """The statistics so far."""
        self.settle()
        total = np.ldexp(self.high.astype(np.float64), -HIGH_BITS)
        total += np.ldexp(self.low.astype(np.float64), -LOW_BITS)
        histogram = self.histogram.reshape(self.num_latents, HISTOGRAM_BINS).astype(np.int64)
        return SideStats(
            samples=self.samples.copy(),
            tokens=self.tokens.copy(),
            sum=total,
            max=self.max.astype(np.float64),
            histogram=histogram,
            total_samples=self.total_samples,
            total_tokens=self.total_tokens,
        )


class ValueBins:
    """Bins of `histogram_edges()` by table: the top 16 bits after the sign name a bucket of values that
    holds at most one edge, so that one comparison decides. Equal to `np.searchsorted` on the edges."""

    def __init__(self) -> None:
        edges = histogram_edges()
        lowest = (np.arange(1 << 16, dtype=np.uint32) << np.uint32(15)).view(np.float32)
        inner = edges[1:-1]
        finite = np.where(np.isfinite(lowest), lowest, np.float32(np.inf)).astype(np.float64)
        self._bin = np.searchsorted(inner, finite, "right").astype(np.int64)
        edge = np.append(inner, np.inf)[self._bin]
        self._edge = edge.astype(np.float32)
        below = self._edge.astype(np.float64) < edge
        self._edge[below] = np.nextafter(self._edge[below], np.float32(np.inf))

    def bins(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """The bin of each value above 0: int64 [E]."""
        bucket = (values.view(np.int32) >> 15).astype(np.intp)
        found = self._bin.take(bucket)
        found += values >= self._edge.take(bucket)
        return found

    def flat(self, latents: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.int64]:
        """The index of (latent, bin) in a flattened [num_latents, HISTOGRAM_BINS]: int64 [E]."""
        found = self.bins(values)
        found += latents * HISTOGRAM_BINS
        return found
