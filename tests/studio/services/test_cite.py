"""The citation of a neuron: enough to find it again, in one line."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from studio.domain.annotation import Decision
from studio.domain.errors import UserError
from studio.services import annotate as verbs
from studio.services.adjudicate import adjudicate
from studio.services.cite import cite
from studio.services.projects import create_project


def test_it_names_everything(small_project):
    identifier = small_project.meta.get("project_id")[:12]
    assert cite(small_project, 8) == (
        "Neuron 8: “dog 8” (proposed, not reviewed); SAE scenes-sae; layer 2; model llava-next-scenes; "
        f"project “Small” ({identifier}). Concept Studio {version('concept-studio')}."
    )


def test_the_word_that_counts_is_the_newest_authority(small_project):
    verbs.edit(small_project, "Ada", 8, "wet\ndog")
    assert "“wet dog” (edited by Ada)" in cite(small_project, 8, "Ada")
    assert "“dog 8” (proposed, not reviewed)" in cite(small_project, 8, "Bo")
    adjudicate(small_project, "Cy", 8, Decision.EDITED, "puppy")
    assert "“puppy” (adjudicated by Cy)" in cite(small_project, 8, "Ada")
    verbs.reject(small_project, "Ada", 10)
    assert cite(small_project, 10, "Ada").startswith("Neuron 10 (rejected by Ada);")


def test_a_project_without_runs_can_be_cited_and_paths_are_left_out(small_project, tmp_path):
    small_project.runs.finish(
        small_project.runs.start("extract", {"sae": {"source": "/home/x/sae-1"}, "model": {"model": "a/b"}}),
        {},
    )
    assert "SAE sae-1; model a/b;" in cite(small_project, 8)
    with create_project(tmp_path / "e.cstudio") as empty, pytest.raises(UserError, match="no neuron 0"):
        cite(empty, 0)
