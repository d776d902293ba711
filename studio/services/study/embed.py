"""Embeds both views of every example of a study: the firing part alone, and the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.context import Context
from studio.domain.evidence import StoredSample
from studio.domain.modality import TokenKind
from studio.services.evidence_reader import PictureCache, Shown
from studio.services.study.gather import Gathered, whole_text
from studio.services.study.vectors import VectorStore, key_of
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.pictures import Hiding

#: How the rest of a picture is hidden, as the project's own proposals do it.
HIDING: Hiding = "blur"
VERSION = 1


def store_folder(project: Project, aligner: Aligner, work: Path) -> Path:
    """Where the embeddings of this project, extraction and aligner are kept."""
    run = project.runs.last("extract")
    parts = [VERSION, HIDING, project.meta.get("project_id"), run and run.id, aligner.id, aligner.fingerprint]
    return work / f"study-{key_of(json.dumps(parts))[:16]}"


def embed_views(
    project: Project, found: Gathered, aligner: Aligner, store: VectorStore, ctx: Context
) -> None:
    """Embed what `store` does not have yet. Raises `Cancelled`; a new call goes on from there."""
    work = _Work(project, found, store, ctx)
    store.embed(work.views(TokenKind.IMAGE), aligner.embed_images, ctx)
    store.embed(work.views(TokenKind.TEXT), aligner.embed_texts, ctx)
    ctx.report(work.total, work.total)


class _Work:
    def __init__(self, project: Project, found: Gathered, store: VectorStore, ctx: Context) -> None:
        self._pictures = PictureCache(project, HIDING)
        self._found, self._store, self._ctx = found, store, ctx
        self._done = 0
        self.total = len(found.shown) + len(found.wholes)

    def views(self, side: TokenKind) -> Iterator[tuple[str, Any]]:
        """(key, input) of what is not embedded yet, pictures in the order of their rows, so that each is
        decoded once."""
        for key, make, _row in sorted(self._makers(side), key=lambda entry: entry[2]):
            self._ctx.report(self._done, self.total, "Looking at the examples, masked and whole")
            self._done += 1
            if key not in self._store:
                yield key, make()

    def _makers(self, side: TokenKind) -> Iterator[tuple[str, Callable[[], Any], int]]:
        for key, (which, item) in self._found.shown.items():
            if which is side:
                yield key, partial(self._part, side, item), item.sample.picture or 0
        for key, (which, sample) in self._found.wholes.items():
            if which is side:
                yield key, partial(self._whole, side, sample), sample.picture or 0

    def _part(self, side: TokenKind, item: Shown) -> Any:
        from models.explainers.evidence import text_window, visual_evidence

        if side is TokenKind.TEXT:
            return text_window(item.sample, item.example.map)
        picture, veil = self._pictures.get(item.sample.picture or 0)
        return visual_evidence(picture, item.sample, item.example.map, HIDING, veil)[0]

    def _whole(self, side: TokenKind, sample: StoredSample) -> Any:
        return whole_text(sample) if side is TokenKind.TEXT else self._pictures.get(sample.picture or 0)[0]
