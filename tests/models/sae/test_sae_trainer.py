"""Training: it recovers planted features, resumes bit for bit, revives the dead, and reports METHOD 2."""

from __future__ import annotations

import io

import pytest
import torch

from models.sae import Trainer, TrainerConfig, evaluate
from models.sae.reference import decode, encode
from studio.domain.errors import ModelError, WidthError

D, FEATURES = 32, 48


def planted(count: int, seed: int, scale: float = 20.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vectors made of 3 of 48 known directions about a mean; every other one is an "image" token."""
    directions = torch.nn.functional.normalize(
        torch.randn(FEATURES, D, generator=torch.Generator().manual_seed(99)), dim=1
    )
    draw = torch.Generator().manual_seed(seed)
    present = torch.rand(count, FEATURES, generator=draw).topk(3, dim=1).indices
    strength = torch.zeros(count, FEATURES).scatter(1, present, 0.5 + torch.rand(count, 3, generator=draw))
    x = strength @ directions * scale + 7.0
    return x, torch.arange(count) % 2 == 0, directions


def train(config: TrainerConfig, steps: int, batch: int = 1024) -> Trainer:
    trainer = Trainer(D, config)
    for step in range(steps):
        x, is_image, _ = planted(batch, step)
        trainer.step(x, is_image)
    return trainer


def test_planted_features_are_recovered() -> None:
    steps = 200
    config = TrainerConfig(k=4, num_latents=96, tokens=steps * 512, lr=6e-3, dead_after=5000)
    sae = train(config, steps, 512).sae()
    x, is_image, directions = planted(3000, 10_001)
    fit = evaluate(sae, x, is_image)
    assert fit.fvu < 0.07
    assert fit.fvu_image < 0.07
    assert fit.fvu_text < 0.07
    cosine = (directions @ sae.decoder.t()).max(1).values
    assert float((cosine > 0.9).double().mean()) > 0.9
    assert torch.allclose(sae.decoder.norm(dim=1), torch.ones(96), atol=1e-5)


def test_report_is_the_definition() -> None:
    """FVU, explained variance, L0 of the next step against a dense computation by hand."""
    config = TrainerConfig(k=6, num_latents=128, lr=1e-3)
    trainer = train(config, 10)
    sae = trainer.sae()
    x, is_image, _ = planted(600, 555)
    values, latents = encode(x.double(), *(t.double() for t in (sae.encoder, sae.encoder_bias, sae.b_dec)), 6)
    error = x.double() - decode(values, latents, sae.decoder.double(), sae.b_dec.double())
    report, fit = trainer.step(x, is_image), evaluate(sae, x, is_image)

    def fvu(rows: torch.Tensor) -> float:
        centred = x.double()[rows] - x.double()[rows].mean(0)
        return float(error[rows].square().sum() / centred.square().sum())

    everything = torch.ones(600, dtype=torch.bool)
    spread = (x.double() - x.double().mean(0)).square().sum()
    explained = 1 - float((error - error.mean(0)).square().sum() / spread)
    for found in (report, fit):
        assert found.fvu == pytest.approx(fvu(everything), rel=1e-4)
        assert found.fvu_image == pytest.approx(fvu(is_image), rel=1e-4)
        assert found.fvu_text == pytest.approx(fvu(~is_image), rel=1e-4)
        assert found.explained == pytest.approx(explained, rel=1e-4)
        assert found.l0 == pytest.approx(float((values > 0).sum()) / 600)
    assert report.loss == pytest.approx(report.fvu)
    assert report.tokens == 10 * 1024 + 600
    assert report.tokens_per_s > 0


def test_resumed_training_has_the_same_bits() -> None:
    config = TrainerConfig(k=4, num_latents=256, tokens=20 * 512, lr=2e-3, dead_after=1500, auxk_alpha=0.1)
    straight = train(config, 20, 512)
    first = train(config, 9, 512)
    stored = io.BytesIO()
    torch.save(first.state_dict(), stored)
    stored.seek(0)
    second = Trainer(D, config)
    second.load_state_dict(torch.load(stored, weights_only=True))
    for step in range(9, 20):
        x, is_image, _ = planted(512, step)
        last = second.step(x, is_image)
    assert last.auxk > 0  # AuxK was at work, too
    for mine, theirs in zip(second.weights.tensors(), straight.weights.tensors()):
        assert torch.equal(mine, theirs)
    assert torch.equal(second.silent_for, straight.silent_for)


def test_a_checkpoint_of_other_settings_is_refused() -> None:
    state = Trainer(D, TrainerConfig(k=4, num_latents=64)).state_dict()
    with pytest.raises(ModelError, match="other settings"):
        Trainer(D, TrainerConfig(k=5, num_latents=64)).load_state_dict(state)


def test_auxk_revives_dead_latents() -> None:
    """48 of 64 latents are too faint to be among the k largest: needed, but dead. AuxK brings them back."""

    def outcome(alpha: float) -> tuple[float, float]:
        config = TrainerConfig(k=4, num_latents=64, lr=6e-3, dead_after=2000, auxk_alpha=alpha)
        trainer = train(config, 1, 512)
        trainer.weights.encoder[16:] *= 0.01
        for step in range(1, 100):
            x, is_image, _ = planted(512, step)
            last = trainer.step(x, is_image)
        return last.dead, last.fvu

    without, with_auxk = outcome(0.0), outcome(1 / 8)
    assert without[0] > 0.3
    assert with_auxk[0] < 0.5 * without[0]
    assert with_auxk[1] < without[1]


def test_scale_of_the_inputs_does_not_matter() -> None:
    """Hidden states of norm 0.1 and of norm 1000 are learnt alike, and the SAE reads them unscaled."""
    fits = []
    for scale in (0.01, 1.0, 1024.0):
        trainer = Trainer(D, TrainerConfig(k=5, num_latents=96, lr=4e-3))
        for step in range(30):
            trainer.step(planted(512, step)[0] * scale)
        fits.append(evaluate(trainer.sae(), planted(1000, 5000)[0] * scale).fvu)
    assert fits[0] == pytest.approx(fits[1], rel=0.02)
    assert fits[2] == pytest.approx(fits[1], rel=0.02)


def test_settings_of_a_spec_are_read_by_name() -> None:
    class Spec:
        k, num_latents, expansion_factor, tokens, lr, seed, layer = 8, 0, 4, 1000, None, 3, 2

    trainer = Trainer(D, Spec())
    assert (trainer.num_latents, trainer.config.k, trainer.config.seed) == (128, 8, 3)
    assert trainer.config.peak_lr(2**14) == pytest.approx(2e-4)
    assert trainer.config.lr_at(128, 1000) == 0.0
    assert 0 < trainer.config.lr_at(128, 0) < trainer.config.lr_at(128, 100)


def test_bad_input_is_a_sentence() -> None:
    with pytest.raises(WidthError, match=r"32 numbers, not of 31"):
        Trainer(D, TrainerConfig(k=4, num_latents=64)).step(torch.zeros(10, 31))
    with pytest.raises(ModelError, match="all the same"):
        Trainer(D, TrainerConfig(k=4, num_latents=64)).step(torch.ones(10, D))
    trainer, broken = train(TrainerConfig(k=4, num_latents=64), 1), planted(64, 1)[0]
    kept = trainer.sae()
    for value in (float("nan"), float("inf"), -float("inf")):
        broken[3, 5] = value
        with pytest.raises(ModelError, match="NaN or infinite"):
            trainer.step(broken)
    assert all(map(torch.equal, trainer.sae().weights, kept.weights))
    with pytest.raises(ModelError, match="k is 65"):
        Trainer(D, TrainerConfig(k=65, num_latents=64))
