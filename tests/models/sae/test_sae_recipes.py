"""Every architecture: its loss is the published one, it learns, resumes bit for bit, survives its file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch

from models.sae import TrainerConfig, evaluate, load_sae, save_sae
from models.sae.recipes import make_trainer
from models.sae.recipes.largest import group_ends
from models.sae.recipes.penalised import BANDWIDTH, JumpRelu
from studio.domain.errors import ModelError
from studio.domain.specs import ARCHITECTURES

D, FEATURES, N = 24, 36, 72
BY_RECIPE = [name for name in ARCHITECTURES if name != "topk"]
#: FVU that each reaches on these data; ReLU shrinks what it keeps, Matryoshka serves five groups at once.
REACHES = {
    "multi_topk": 0.1,
    "batch_topk": 0.1,
    "matryoshka": 0.2,
    "jumprelu": 0.1,
    "gated": 0.15,
    "relu": 0.35,
}


def planted(count: int, seed: int) -> torch.Tensor:
    """Vectors made of 3 of 36 known directions about a mean."""
    directions = torch.nn.functional.normalize(
        torch.randn(FEATURES, D, generator=torch.Generator().manual_seed(99)), dim=1
    )
    draw = torch.Generator().manual_seed(seed)
    present = torch.rand(count, FEATURES, generator=draw).topk(3, dim=1).indices
    strength = torch.zeros(count, FEATURES).scatter(1, present, 0.5 + torch.rand(count, 3, generator=draw))
    return strength @ directions * 20 + 7


def config(name: str, steps: int, **more: Any) -> TrainerConfig:
    k = 8 if name == "relu" else 4
    given = {"k": k, "num_latents": N, "tokens": steps * 256, "lr": 6e-3, "dead_after": 5000, **more}
    return TrainerConfig(name, **given)


def run(name: str, steps: int, **more: Any) -> Any:
    trainer = make_trainer(D, config(name, steps, **more))
    for step in range(steps):
        trainer.step(planted(256, step))
    return trainer


@pytest.mark.parametrize("name", BY_RECIPE)
def test_it_learns_at_the_l0_that_was_asked_for(name: str, tmp_path: Any) -> None:
    trainer = run(name, 250)
    sae, x = trainer.sae(), planted(2000, 10_001)
    fit = evaluate(sae, x)
    assert fit.fvu < REACHES[name]
    assert fit.l0 == pytest.approx(trainer.config.k, rel=0.3)
    assert torch.allclose(sae.decoder.norm(dim=1), torch.ones(N), atol=1e-5)
    save_sae(sae, tmp_path, "sparsify" if name == "multi_topk" else "saelens")
    read = load_sae(tmp_path)
    code, again = sae.encode(x), read.encode(x)
    torch.testing.assert_close(read.decode(again), sae.decode(code), rtol=1e-5, atol=1e-4)
    assert evaluate(read, x).l0 == pytest.approx(fit.l0, abs=0.01)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_resumed_training_has_the_same_bits(name: str) -> None:
    """Stopped after any step, kept and gone on: the weights of the run that was not stopped."""
    settings = {"dead_after": 600, "auxk_alpha": 0.1}
    whole, files = make_trainer(D, config(name, 6, **settings)), []
    for step in range(6):
        files.append(io.BytesIO())
        torch.save(whole.state_dict(), files[-1])
        whole.step(planted(256, step))
    for stop, file in enumerate(files):
        file.seek(0)
        again = make_trainer(D, config(name, 6, **settings))
        again.load_state_dict(torch.load(file, weights_only=True))
        for step in range(stop, 6):
            again.step(planted(256, step))
        assert same(again.state_dict(), whole.state_dict())
    with pytest.raises(ModelError, match="other settings"):
        make_trainer(D, config(name, 6, lr=1e-4)).load_state_dict(whole.state_dict())


def same(one: Any, other: Any) -> bool:
    """Whether two states have the same bits."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_sae_that_was_stopped_early_can_be_used(name: str, tmp_path: Any) -> None:
    """After one step already: finite, unit decoder rows, saved and read; training goes on beside it."""
    trainer = run(name, 1)
    sae, x = trainer.sae(), planted(200, 5)
    before = [weight.clone() for weight in sae.weights]
    trainer.step(planted(256, 1))
    assert all(map(torch.equal, sae.weights, before)), "a copy"
    save_sae(sae, tmp_path, "sparsify" if name.endswith("topk") and name != "batch_topk" else "saelens")
    fit = evaluate(load_sae(tmp_path), x)
    assert np.isfinite(fit.fvu)
    assert fit.l0 > 0
    assert torch.allclose(sae.decoder.norm(dim=1), torch.ones(N), atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_rate_and_the_dead_are_told_at_every_step(name: str) -> None:
    """The schedule is that of the settings; latents that are silent for `dead_after` tokens count as dead,
    and AuxK is at work on them."""
    trainer = make_trainer(D, config(name, 8, dead_after=500, auxk_alpha=0.1))
    with torch.no_grad():
        held = trainer.recipe if hasattr(trainer, "recipe") else trainer.weights
        held.encoder[10:] *= 1e-4
        held.encoder_bias[10:] = -1.0
    reports = [trainer.step(planted(256, step)) for step in range(8)]
    rates = [trainer.config.lr_at(N, 256 * step) for step in range(8)]
    assert [report.lr for report in reports] == pytest.approx(rates)
    assert max(rates) > rates[-1] > 0
    assert reports[0].dead == 0
    assert reports[3].dead >= 0.5
    assert reports[3].auxk > 0
    assert [report.tokens for report in reports] == [256 * (step + 1) for step in range(8)]


def numbers(trainer: Any, x: torch.Tensor) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
    """Weights, scaled inputs and their variance in float64."""
    w = {name: p.detach().double().numpy() for name, p in trainer.recipe.named_parameters()}
    z = x.double().numpy() * trainer.scale
    return w, z, float(((z - z.mean(0)) ** 2).sum())


@pytest.mark.parametrize("name", BY_RECIPE)
def test_the_loss_is_the_published_one(name: str) -> None:
    """Written out in NumPy from the papers, with the weights of a short training."""
    trainer, x = run(name, 60, auxk_alpha=0.0), planted(300, 777)
    w, z, variance = numbers(trainer, x)
    k, price = trainer.config.k, getattr(trainer.recipe, "price", 0.0)
    pre = (z - w["b_dec"]) @ w["encoder"].T + w["encoder_bias"]
    relu = np.maximum(pre, 0)

    def fvu(acts: np.ndarray, latents: slice = slice(None)) -> float:
        error = z - acts[:, latents] @ w["decoder"][latents] - w["b_dec"]
        return float((error**2).sum() / variance)

    def largest(count: int) -> np.ndarray:
        return np.where(relu >= -np.sort(-relu, axis=1)[:, count - 1 : count], relu, 0)

    overall = np.where(relu >= -np.sort(-relu, axis=None)[k * len(x) - 1], relu, 0)
    if name == "multi_topk":
        wanted = fvu(largest(k)) + fvu(largest(4 * k)) / 8
    elif name == "batch_topk":
        wanted = fvu(overall)
    elif name == "matryoshka":
        wanted = float(np.mean([fvu(overall, slice(end)) for end in (2, 6, 15, 33, N)]))
    elif name == "jumprelu":
        fires = relu > np.maximum(w["threshold"], 0)
        wanted = fvu(relu * fires) + (fires.sum() / len(x) / k - 1) ** 2
    elif name == "relu":
        wanted = fvu(relu) + price * relu.sum() / (len(x) * N**0.5)
    else:
        size = np.maximum((pre - w["encoder_bias"]) * np.exp(w["r_mag"]) + w["b_mag"], 0)
        toll = price * relu.sum() / (len(x) * N**0.5)
        wanted = fvu((pre > 0) * size) + fvu(relu) + toll
    assert trainer.step(x).loss == pytest.approx(wanted, rel=1e-4)


def test_the_nested_groups_end_where_the_shares_say() -> None:
    assert group_ends(64) == [2, 6, 14, 30, 64]
    assert group_ends(4) == [1, 4]


def test_the_kernel_of_jumprelu_is_the_rectangle_of_the_paper() -> None:
    """d loss / d threshold against the sum over the entries within half a bandwidth of it, by hand."""
    torch.manual_seed(0)
    weights = {"encoder": torch.randn(5, 3), "encoder_bias": torch.zeros(5), "b_dec": torch.zeros(3)}
    recipe = JumpRelu({**weights, "decoder": torch.randn(5, 3)}, TrainerConfig("jumprelu", k=2))
    with torch.no_grad():
        recipe.threshold.fill_(0.4)
    x = torch.randn(2000, 3)
    recipe.see(x, 100.0).loss.backward()
    with torch.no_grad():
        pre = recipe.pre(x).relu()
        near = (pre - 0.4).abs() < BANDWIDTH / 2
        acts = pre * (pre > 0.4)
        slope = -2 * (x - acts @ recipe.decoder) @ recipe.decoder.T / 100
        l0 = float((pre > 0.4).sum()) / len(x)
        wanted = -(0.4 / BANDWIDTH) * (slope * near).sum(0)
        wanted -= 2 * (l0 / 2 - 1) / 2 / len(x) / BANDWIDTH * near.sum(0)
    torch.testing.assert_close(recipe.threshold.grad, wanted, rtol=1e-3, atol=1e-4)


def test_an_unknown_architecture_is_a_sentence() -> None:
    with pytest.raises(ModelError, match="topk, multi_topk"):
        make_trainer(D, TrainerConfig("transformer"))
