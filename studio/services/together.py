"""Which neurons fire together, as far as the kept examples tell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context
from studio.domain.evidence import ExampleKind
from studio.domain.similar import Neighbours
from studio.storage.project import Project

#: Products of one block of neurons; bounds the memory to a few hundred MB.
PRODUCTS = 8_000_000
FIRING = (ExampleKind.TOP, ExampleKind.QUANTILE)


def together(project: Project, count: int, ctx: Context) -> Neighbours:
    """The `count` neurons that share most of each neuron's kept samples, by the cosine of the two sets.

    An extraction keeps, of every neuron, its strongest samples and some of each quantile, not all it fires
    on. So what is compared are sets of kept samples: two neurons that fire together on other samples only
    are not found, and frequent neurons, of whose samples few are kept, are found less easily than rare ones.
    """
    members = kept_samples(project, ctx)
    return ochiai(members, count, ctx)


def kept_samples(project: Project, ctx: Context) -> Any:
    """Which samples were kept because a neuron fires on them: CSR matrix of 1, float32 [neurons, samples]."""
    from scipy.sparse import csr_matrix

    places: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    neurons = project.evidence.neurons()
    for done, neuron in enumerate(neurons):
        if done % 100 == 0:
            ctx.report(done, len(neurons), "Reading the examples")
            ctx.check()
        examples = project.evidence.get(neuron).examples
        ids = {e.sample_id for e in examples if e.kind in FIRING}
        found = sorted(places.setdefault(identifier, len(places)) for identifier in sorted(ids))
        rows += [neuron] * len(found)
        columns += found
    shape = (project.neurons.count(), max(len(places), 1))
    return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


def ochiai(members: Any, count: int, ctx: Context) -> Neighbours:
    """The nearest rows of `members` (CSR of 0 and 1, [n, samples]) by the cosine of their sets; rows that
    share nothing are no neighbours. Equal ones by number."""
    n = members.shape[0]
    size = np.diff(members.indptr)
    found = _nothing(n, count)
    turned = members.T.tocsr()
    work = np.asarray(members @ np.diff(turned.indptr).astype(np.float32))
    for start, stop in _blocks(work):
        ctx.report(start, n, "Looking for neurons that fire together")
        ctx.check()
        product = (members[start:stop] @ turned).tocoo()
        apart = product.row + start != product.col
        row, other, shared = product.row[apart], product.col[apart], product.data[apart]
        value = shared / np.sqrt(size[row + start] * size[other].astype(np.float64))
        order = np.lexsort((other, -value, row))
        row, other, shared, value = row[order], other[order], shared[order], value[order]
        place = np.arange(len(row)) - np.searchsorted(row, row)
        kept = place < count
        at = row[kept] + start, place[kept]
        found.index[at], found.value[at], found.shared[at] = other[kept], value[kept], shared[kept]
    return found


def _nothing(n: int, count: int) -> Neighbours:
    shape = (n, count)
    return Neighbours(np.full(shape, -1, np.int32), np.zeros(shape, np.float32), np.zeros(shape, np.int32))


def _blocks(work: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Runs of rows whose products add up to at most `PRODUCTS`, one row at least."""
    blocks, start, total = [], 0, 0.0
    for row, some in enumerate(work.tolist()):
        if row > start and total + some > PRODUCTS:
            blocks.append((start, row))
            start, total = row, 0.0
        total += some
    return [*blocks, (start, len(work))] if len(work) else []
