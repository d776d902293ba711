"""Which neurons a picture of a data set may not test: those whose concept was named from it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from studio.domain.context import Context
from studio.domain.score import ScoreTarget
from studio.services.near_duplicates import SeenPictures
from studio.storage.project import Project

if TYPE_CHECKING:
    from PIL import Image


class NamedFrom:
    """Pictures of any data set against those that explainers were shown. What shows the same is the same, as
    far as `near_duplicates` finds it, directly or over others of the project's pictures."""

    def __init__(self, project: Project, targets: Sequence[ScoreTarget], ctx: Context) -> None:
        samples = project.samples.get(sorted({name for target in targets for name in target.seen}))
        groups = {name: project.pictures.group_of(s) for name, s in samples.items() if s.picture is not None}
        self._neurons: dict[Hashable, set[int]] = {}
        for target in targets:
            for name in target.seen & groups.keys():
                self._neurons.setdefault(groups[name], set()).add(target.neuron)
        self._group_of = {row: group for row, group in project.pictures.groups() if group in self._neurons}
        self._seen = SeenPictures(project, self._group_of, ctx)

    def neurons(self, image: Image.Image) -> Sequence[int]:
        """Neurons whose concept was named from what `image` (mode RGB) shows, ascending."""
        found = {self._group_of[row] for row in self._seen.shown_by(image)}
        return sorted(set().union(*(self._neurons[group] for group in found)))
