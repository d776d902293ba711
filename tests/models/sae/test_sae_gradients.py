"""The hand-made gradients against autograd in float64."""

from __future__ import annotations

import pytest
import torch

from models.sae import auxk as auxk_module
from models.sae import reference
from models.sae.auxk import auxk
from models.sae.encoder import Encoder
from models.sae.gradients import Weights, normalise_rows, reconstruction_gradients, remove_parallel
from models.sae.sparse import mixture

CLOSE = 5e-7


def weights(d: int, n: int, seed: int) -> Weights:
    draw = torch.Generator().manual_seed(seed)
    encoder = torch.randn(n, d, generator=draw) / d**0.5
    decoder = torch.randn(n, d, generator=draw)
    normalise_rows(decoder)
    bias = torch.randn(n, generator=draw) * 0.1
    return Weights(encoder, bias, decoder, torch.randn(d, generator=draw))


def by_hand(w: Weights, x: torch.Tensor, k: int, alpha: float, dead: torch.Tensor | None):
    centred = x - w.b_dec
    values, latents = Encoder(w.encoder, w.encoder_bias, screen=False).top(centred, k)
    values.clamp_(min=0)
    error = centred - mixture(latents, values, w.decoder)
    variance = float((x - x.mean(0)).double().square().sum())
    gradient, fired = reconstruction_gradients(w, centred, latents, values, error, variance)
    loss = float(error.double().square().sum()) / variance
    if dead is not None:
        loss += alpha * auxk(w, gradient, centred, error, dead, alpha / variance) / variance
    return loss, gradient, fired


def by_autograd(w: Weights, x: torch.Tensor, k: int, alpha: float, dead: torch.Tensor | None):
    parameters = tuple(t.double().requires_grad_() for t in w.tensors())
    loss = reference.loss(x.double(), parameters, k, alpha, dead)
    loss.backward()
    return float(loss.detach()), [p.grad for p in parameters]


def relative(ours: torch.Tensor, exact: torch.Tensor) -> float:
    return float((ours.double() - exact).norm() / exact.norm())


@pytest.mark.parametrize(
    ("d", "n", "k", "dead", "dense"),
    [
        (32, 256, 8, 0, 8),
        (32, 256, 8, 5, 8),  # fewer dead than k_aux
        (32, 256, 8, 60, 8),  # more: the k_aux strongest of them
        (32, 256, 8, 60, 0),  # the sparse way
        (24, 100, 100, 0, 8),  # every latent, many cut at zero
        (64, 1024, 16, 700, 8),
        (64, 1024, 16, 700, 2),
    ],
)
def test_gradients_equal_autograd(monkeypatch, d: int, n: int, k: int, dead: int, dense: int) -> None:
    monkeypatch.setattr(auxk_module, "DENSE", dense)
    w = weights(d, n, seed=d + n)
    x = torch.randn(300, d, generator=torch.Generator().manual_seed(1)) * 3 + 1
    numbers = torch.randperm(n, generator=torch.Generator().manual_seed(2))[:dead].sort().values
    loss, gradient, _ = by_hand(w, x, k, 0.5, numbers if dead else None)
    exact, gradients = by_autograd(w, x, k, 0.5, numbers if dead else None)
    assert loss == pytest.approx(exact, rel=1e-6)
    for mine, theirs in zip(gradient.tensors(), gradients):
        assert relative(mine, theirs) < CLOSE


def test_fired_counts_tokens_not_slots() -> None:
    w = weights(24, 100, seed=3)
    w.encoder_bias -= 1.0  # some of the k slots are cut at zero
    x = torch.randn(200, 24, generator=torch.Generator().manual_seed(1))
    _, _, fired = by_hand(w, x, 30, 0.0, None)
    values, latents = reference.encode(x, w.encoder, w.encoder_bias, w.b_dec, 30)
    expected = torch.zeros(100, dtype=torch.int64)
    expected.index_add_(0, latents[values > 0], torch.ones(int((values > 0).sum()), dtype=torch.int64))
    assert 0 < int(expected.sum()) < 200 * 30
    assert torch.equal(fired, expected)


def test_projection_leaves_rows_on_the_unit_sphere_to_first_order() -> None:
    w = weights(16, 40, seed=4)
    gradient = torch.randn(40, 16, generator=torch.Generator().manual_seed(5))
    remove_parallel(gradient, w.decoder)
    assert (gradient * w.decoder).sum(1).abs().max() < 1e-6
    normalise_rows(w.decoder.mul_(3.0))
    assert torch.allclose(w.decoder.norm(dim=1), torch.ones(40), atol=1e-6)
