"""Checkpoints that the libraries saved themselves encode as the libraries do (tests/fixtures/saes)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models.sae import Sae, SparseCode, load_sae
from models.sae.encoder import Encoder

FIXTURES = Path(__file__).parents[2] / "fixtures" / "saes"
NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
#: The first word of a fixture's name -> the format it must be recognised as.
FORMATS = {"saelens": "saelens", "dictionary": "dictionary_learning", "sparsify": "sparsify"}


def dense(sae: Sae, code: SparseCode) -> torch.Tensor:
    """The code as a matrix [N, n]."""
    empty = torch.zeros(code.values.shape[0], sae.num_latents)
    return empty.scatter_add(1, code.indices.long(), code.values)


def test_three_foreign_libraries_are_there() -> None:
    assert {name.split("-")[0] for name in NAMES} == set(FORMATS)
    assert len(NAMES) >= 20


@pytest.mark.parametrize("screen", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_encode_and_decode_equal_the_library(name: str, screen: bool) -> None:
    sae = load_sae(FIXTURES / name)
    sae._fast = Encoder(sae.encoder, sae.encoder_bias, screen=screen)
    theirs = load_file(FIXTURES / f"{name}.outputs.safetensors")
    code = sae.encode(theirs["x"])
    mine = dense(sae, code)
    assert sae.provenance["format"] == FORMATS[name.split("-")[0]]
    assert torch.equal(mine != 0, theirs["acts"] != 0)  # the same latents
    assert torch.allclose(mine, theirs["acts"], rtol=1e-5, atol=1e-5)
    assert torch.allclose(sae.decode(code), theirs["decoded"], rtol=1e-5, atol=1e-5)
    assert code.indices.dtype == torch.int32
    assert sae.config.rule


def test_the_rules_say_what_they_do() -> None:
    said = {name: load_sae(FIXTURES / name).config.rule for name in NAMES}
    assert said["saelens-topk"] == "x - b_dec; top 4, then ReLU"
    assert said["saelens-standard-uncentred"] == "b_dec not subtracted; ReLU"
    assert said["saelens-topk-layer-norm"] == "layer norm, x - b_dec; top 4, then ReLU"
    assert said["saelens-batchtopk"] == "x - b_dec; threshold 0.8"
    assert said["dictionary-batchtopk-unset"] == "x - b_dec; ReLU"
    assert said["dictionary-gated"] == "x - b_dec; gated"
