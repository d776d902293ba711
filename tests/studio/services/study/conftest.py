"""A small planted project: known concepts in the demo world, so that ours must beat random evidence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import resources
from studio.domain.context import Quiet
from studio.services.planted import plant
from studio.services.planted_plan import PlantSpec
from studio.services.study.spec import StudySpec

NEURONS = 12
ALIGNER = str(resources.folder("demo", "clip-scenes"))
BANK = str(resources.folder("demo", "concepts.jsonl"))


@pytest.fixture(scope="session")
def planted_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.cstudio"
    plant(PlantSpec(NEURONS, 200, 0.0, 0.0, seed=3), path, Quiet())
    return path


@pytest.fixture
def planted(planted_file: Path, tmp_path: Path) -> Path:
    """A copy of the planted project to write to."""
    return Path(shutil.copy(planted_file, tmp_path / "planted.cstudio"))


@pytest.fixture(scope="session")
def spec() -> StudySpec:
    return StudySpec(ALIGNER, BANK, seeds=2, examples=4)
