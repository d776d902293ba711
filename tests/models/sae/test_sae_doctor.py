"""The doctor finds the rule under which weights were trained, and says when there is none."""

from __future__ import annotations

import json

import pytest
import torch

from models.sae import Sae, SaeConfig
from models.sae.choices import TopK
from models.sae.doctor import diagnose
from models.sae.inputs import Inputs
from models.sae.rule import Rule

D, K = 16, 3
TRUTHS = [Inputs(), Inputs(False), Inputs(normalise="layer_norm"), Inputs(scale=0.05)]


def planted(true: Inputs) -> tuple[Sae, torch.Tensor]:
    """Orthogonal latents, and vectors that they reconstruct exactly in the space of `true`."""
    draw = torch.Generator().manual_seed(1)
    rows = torch.linalg.qr(torch.randn(D, D, generator=draw)).Q
    if true.normalise == "layer_norm":  # latents that keep the mean at zero
        rows = rows - rows.mean(1, keepdim=True)
    b_dec = torch.zeros(D) if true.normalise == "layer_norm" else torch.randn(D, generator=draw)
    bias = torch.zeros(D) if true.subtract_bias else -rows @ b_dec
    acts = torch.rand(300, D, generator=draw) * 5 + 1
    acts = acts * (torch.rand(300, D, generator=draw).argsort(1) < K)
    z = acts @ rows + b_dec
    x = z / true.scale if true.normalise == "none" else z * 7 + 3
    return Sae(SaeConfig(D, D, K), rows, bias, rows.clone(), b_dec, rule=Rule(TopK(K), true)), x


@pytest.mark.parametrize("true", TRUTHS, ids=lambda rule: rule.describe())
def test_the_true_rule_is_kept(true: Inputs) -> None:
    sae, x = planted(true)
    found = diagnose(sae, {4: x}, 4)
    assert found.fits
    assert found.best.own
    assert found.best.fvu < 0.2


def test_a_wrong_config_is_found_out() -> None:
    sae, x = planted(Inputs())
    found = diagnose(sae.under(Rule(TopK(K), Inputs(normalise="token_norm"))), {0: x}, 0)
    assert found.fits
    assert not found.best.own
    assert found.best.rule.startswith("x - b_dec")
    assert found.best.fvu < 1e-6
    assert "config may be wrong" in found.reason


def test_weights_of_another_layer_fit_nothing() -> None:
    sae, _ = planted(Inputs())
    x = torch.randn(300, D, generator=torch.Generator().manual_seed(9)) * 40
    found = diagnose(sae, {4: x}, 4)
    assert not found.fits
    assert "not trained on this layer" in found.reason
    assert len(found.trials) == 16


def test_the_layer_that_fits_better_is_named() -> None:
    sae, x = planted(Inputs())
    noisy = x + torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    found = diagnose(sae, {1: noisy, 2: x}, 1)
    assert not found.fits
    assert "probably trained on layer 2" in found.reason
    assert diagnose(sae, {1: noisy, 2: x}, 2).fits
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_code_that_is_not_sparse_is_not_the_best() -> None:
    """Plain ReLU over many latents explains anything, which says nothing about the weights."""
    draw = torch.Generator().manual_seed(3)
    rows = torch.nn.functional.normalize(torch.randn(400, D, generator=draw), dim=1)
    sae = Sae(SaeConfig(D, 400, K), rows, torch.zeros(400), rows / 12, torch.zeros(D), rule=Rule(TopK(K)))
    found = diagnose(sae, {0: torch.randn(300, D, generator=draw)}, 0)
    relu = [t for t in found.trials if t.rule == "x - b_dec; ReLU"]
    assert relu[0].fvu < found.best.fvu
    assert found.best.l0 == K
    assert not found.fits


def test_a_caller_hears_of_each_rule_and_can_stop() -> None:
    sae, x = planted(Inputs())
    heard: list[tuple[int, int]] = []

    def tell(done: int, of: int) -> None:
        heard.append((done, of))
        if done == 3:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        diagnose(sae, {0: x}, 0, tell)
    assert heard == [(1, 16), (2, 16), (3, 16)]
