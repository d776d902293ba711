"""Features mixed into fewer dimensions are found again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from studio.cli.study import study
from studio.domain.context import Quiet
from studio.domain.errors import DataError, ModelError
from studio.services.superposition import SuperpositionSpec, superposition_study

SMALL = SuperpositionSpec(features=48, width=24, active=2, vectors=150_000)


def test_most_features_are_found_and_few_without_training() -> None:
    found = superposition_study(SMALL, Quiet())
    assert found.recovered >= 0.95
    assert found.latents_used == round(found.recovered * SMALL.features)
    assert found.worst <= found.cosine <= 1
    untrained = superposition_study(replace(SMALL, vectors=1), Quiet())
    assert untrained.recovered < 0.05
    assert untrained.crowding == found.crowding


def test_a_vector_is_the_sum_of_its_active_features() -> None:
    from models.sae.superposition import Features

    features = Features(40, 40, 3, noise=0.0, seed=5)
    directions = features.directions.double().numpy()
    assert np.allclose(np.linalg.norm(directions, axis=1), 1)
    strength = np.linalg.lstsq(directions.T, features.draw(50).double().numpy().T, rcond=None)[0].T
    active = np.abs(strength) > 1e-3
    assert (active.sum(axis=1) == 3).all()
    assert (strength[active] > 0).all()


def test_the_largest_cosine_is_over_all_latents() -> None:
    import torch

    from models.sae.superposition import best_cosines

    directions, decoder = torch.eye(3), torch.tensor([[0.0, 1.0, 0.0], [0.6, 0.0, 0.8]])
    cosines, places = best_cosines(directions, decoder)
    assert cosines.tolist() == pytest.approx([0.6, 1.0, 0.8])
    assert places.tolist() == [1, 0, 1]


def test_numbers_that_make_no_sense_are_refused() -> None:
    for spec in (replace(SMALL, features=1), replace(SMALL, active=49), replace(SMALL, vectors=0)):
        with pytest.raises(DataError):
            superposition_study(spec, Quiet())
    with pytest.raises(ModelError, match="k is 2"):
        superposition_study(replace(SMALL, latents=1), Quiet())


def test_the_command_prints_the_figures() -> None:
    words = [
        "--superposition",
        "--features",
        "20",
        "--width",
        "12",
        "--active",
        "1",
        "--vectors",
        "4096",
        "--json",
    ]
    said = CliRunner().invoke(study, words)
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout.splitlines()[-1])
    assert found["features"] == 20
    assert 0 <= found["recovered"] <= 1
