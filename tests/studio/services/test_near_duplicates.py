"""Copies of a picture are one group; other pictures stay alone."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.demo.folder import write_scenes
from studio.domain.context import Quiet
from studio.domain.evidence import StoredSample
from studio.services.near_duplicates import ALIKE, SIDE, alike, freeze_groups
from studio.storage.project import Project


def brute(thumbnails: np.ndarray, limit: float) -> list[list[int]]:
    """Groups by comparing everything with everything."""
    group = list(range(len(thumbnails)))
    for i in range(len(thumbnails)):
        for j in range(i):
            if np.abs(thumbnails[i] - thumbnails[j]).mean() <= limit:
                old, new = group[i], group[j]
                group = [new if g == old else g for g in group]
    found: dict[int, list[int]] = {}
    for place, number in enumerate(group):
        found.setdefault(number, []).append(place)
    return sorted(members for members in found.values() if len(members) > 1)


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_those_of_all_comparisons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = rng.uniform(0, 255, (8, 1, 1, 3)) + rng.normal(0, 4, (8, SIDE, SIDE, 3))
    noise = rng.uniform(0, 6, (40, 1, 1, 1)) * rng.normal(0, 1, (40, SIDE, SIDE, 3))
    thumbnails = (kinds[rng.integers(0, 8, 40)] + noise).astype(np.float32)
    found = brute(thumbnails, ALIKE)
    assert sorted(alike(thumbnails)) == found
    assert 0 < sum(map(len, found)) < 40


def test_one_picture_and_none() -> None:
    assert (
        alike(np.zeros((0, SIDE, SIDE, 3), np.float32))
        == alike(np.zeros((1, SIDE, SIDE, 3), np.float32))
        == []
    )


def add(project: Project, name: str, image: Image.Image, quality: int) -> None:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    row = project.pictures.add(out.getvalue(), *image.size, digest)
    boxes, views = np.zeros((1, 4), np.float32), np.zeros(1, np.uint8)
    project.samples.add(StoredSample(name, (), (), (), row, *image.size, boxes, views))


def test_scaled_and_recompressed_copies_are_found_in_a_project(tmp_path: Path) -> None:
    scenes = sorted((write_scenes(tmp_path / "scenes", 3, 1, "test") / "images").glob("*.png"))
    with Project.create(tmp_path / "p.cstudio") as project:
        for number, path in enumerate(scenes):
            image = Image.open(path).convert("RGB")
            add(project, f"{number}", image, 95)
            add(project, f"{number} small", image.resize((image.width // 2, image.height // 2)), 70)
        group = project.pictures.group_of
        samples = project.samples.get(project.samples.ids())
        assert len({group(sample) for sample in samples.values()}) == 6
        kept = freeze_groups(project, Quiet())
        assert sorted(len(names) for names in kept["groups"]) == [2, 2, 2]
        assert len({group(sample) for sample in samples.values()}) == 3
        for number in range(3):
            assert group(samples[f"{number}"]) == group(samples[f"{number} small"])
        assert freeze_groups(project, Quiet()) == kept
        add(project, "new", Image.open(scenes[0]).convert("RGB").resize((90, 90)), 90)
        assert freeze_groups(project, Quiet()) != kept
