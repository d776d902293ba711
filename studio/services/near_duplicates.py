"""Which of a project's pictures show the same: a copy of what an explainer saw must not test its answer.

Pictures are compared as thumbnails of 16 x 16 pixels: equal are those whose values differ by at most `ALIKE`
of 255 on the mean, directly or over others between them. That finds copies that were scaled or compressed
anew, not those that were cropped or mirrored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.domain.context import Context
from studio.storage.project import Project

SIDE, COARSE = 16, 4
#: Of 300 scenes of the demo, copies at half the size and quality 70 differ by 1.7 at most, no two by less
#: than 8.6.
ALIKE = 4.0


def freeze_groups(project: Project, ctx: Context) -> dict[str, object]:
    """The groups of the pictures there are, found now unless they are known already, and kept in the project.

    Returns what is kept, for a bundle that carries it to the project. Raises `Cancelled`.
    """
    pictures = project.pictures.hashes()
    digest = hashlib.sha256("".join(sorted(pictures.values())).encode()).hexdigest()
    known = project.meta.get("near_duplicates")
    if not isinstance(known, dict) or known.get("pictures") != digest:
        groups = [[pictures[row] for row in rows] for rows in _groups(project, list(pictures), ctx)]
        known = {"pictures": digest, "groups": groups}
        project.meta.set("near_duplicates", known)
    return known


class SeenPictures:
    """Finds which of some pictures of a project another picture shows, wherever it comes from."""

    def __init__(self, project: Project, rows: Iterable[int], ctx: Context) -> None:
        from scipy.spatial import cKDTree

        self._rows = sorted(rows)
        self._thumbnails = _thumbnails(project, self._rows, ctx)
        self._tree = cKDTree(_blocks(self._thumbnails)) if self._rows else None

    def shown_by(self, image: Image.Image) -> list[int]:
        """Rows of those that `image` (mode RGB) shows, too: they differ by at most `ALIKE`."""
        if self._tree is None:
            return []
        small = _small(image)
        near = self._tree.query_ball_point(_blocks(small[None])[0], ALIKE * 3 * COARSE**2, p=1)
        return [self._rows[i] for i in near if np.abs(self._thumbnails[i] - small).mean() <= ALIKE]


def alike(thumbnails: NDArray[np.float32], limit: float = ALIKE) -> list[list[int]]:
    """Places of `thumbnails` float32 [n, 16, 16, 3] that belong together, each group of two or more.

    Block means of 4 x 4 can differ no more than the pixels they are means of: a tree finds the few pairs
    whose block means are that near, and only these are compared in full.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(thumbnails)
    if n < 2:
        return []
    blocks = _blocks(thumbnails)
    pairs = cKDTree(blocks).query_pairs(limit * blocks.shape[1], p=1, output_type="ndarray")
    near = np.array([np.abs(thumbnails[i] - thumbnails[j]).mean() <= limit for i, j in pairs], np.bool_)
    i, j = pairs[near].T if near.any() else np.zeros((2, 0), np.int64)
    _, label = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [group.tolist() for group in groups if len(group) > 1]


def _blocks(thumbnails: NDArray[np.float32]) -> NDArray[np.float32]:
    """Block means: float32 [n, 48]."""
    n, step = len(thumbnails), SIDE // COARSE
    means: NDArray[np.float32] = thumbnails.reshape(n, COARSE, step, COARSE, step, 3).mean(axis=(2, 4))
    return means.reshape(n, -1)


def _groups(project: Project, rows: list[int], ctx: Context) -> list[list[int]]:
    return [[rows[i] for i in group] for group in alike(_thumbnails(project, rows, ctx))]


def _thumbnails(project: Project, rows: list[int], ctx: Context) -> NDArray[np.float32]:
    found = np.zeros((len(rows), SIDE, SIDE, 3), np.float32)
    for i, row in enumerate(rows):
        if i % 64 == 0:
            ctx.check()
            ctx.report(i, len(rows), "Looking for pictures that show the same")
        found[i] = _thumbnail(project.pictures.get(row))
    return found


def _thumbnail(jpeg: bytes) -> NDArray[np.float32]:
    with Image.open(BytesIO(jpeg)) as image:
        image.draft("RGB", (4 * SIDE, 4 * SIDE))  # a JPEG can be decoded small
        return _small(image.convert("RGB"))


def _small(image: Image.Image) -> NDArray[np.float32]:
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
