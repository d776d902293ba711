"""Trainers of SAEs under one roof: ours and those of eai-sparsify, sae-lens and dictionary-learning.

Every one is `(name, train, task, lr, knob, seed) -> decode`, where `decode(x)` gives the reconstruction and
the activations [N, n] that the finished SAE uses. `knob` moves the library's L0: a target, or a price.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from models.sae import TrainerConfig
from models.sae.recipes import make_trainer

Decode = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Task:
    """`steps` batches of `batch` vectors for `latents` latents, of which about `k` are to fire."""

    steps: int
    batch: int
    latents: int
    k: int

    def batches(self, train: Tensor, seed: int) -> Iterator[Tensor]:
        """The same for every library."""
        draw = torch.Generator().manual_seed(seed + 100)
        return (train[torch.randint(len(train), (self.batch,), generator=draw)] for _ in range(self.steps))


@dataclass(frozen=True)
class Way:
    """How a library trains one architecture. `first` is the first value of the knob; more of it means a
    larger L0 if `rises`; `whole` numbers only; `exact` where the knob is the L0."""

    fit: Callable[..., Decode]
    first: float
    rises: bool = False
    whole: bool = False
    exact: bool = False


def target(fit: Callable[..., Decode], task: Task, exact: bool = False) -> Way:
    """A way whose knob is an L0 to be reached."""
    return Way(fit, task.k, rises=True, whole=True, exact=exact)


def ours(task: Task) -> dict[str, Way]:
    """This project's trainers."""
    names = ("topk", "multi_topk", "batch_topk", "matryoshka", "jumprelu", "gated", "relu")
    return {
        name: target(_ours, task, name.endswith(("multi_topk", "topk")) and name != "batch_topk")
        for name in names
    }


def libraries(task: Task) -> dict[str, dict[str, Way]]:
    """What each reference library trains, by the names of our architectures."""
    return {
        "eai-sparsify": {
            "topk": target(_sparsify, task, exact=True),
            "multi_topk": target(_sparsify, task, exact=True),
        },
        "dictionary-learning": {
            "topk": target(_dictionary, task, exact=True),
            "batch_topk": target(_dictionary, task),
            "matryoshka": target(_dictionary, task),
            "jumprelu": target(_dictionary, task),
            "gated": Way(_dictionary, 0.1),
            "relu": Way(_dictionary, 0.03),
        },
        "sae-lens": {
            "topk": target(_sae_lens, task, exact=True),
            "batch_topk": target(_sae_lens, task),
            "matryoshka": target(_sae_lens, task),
            "jumprelu": Way(_sae_lens, 0.5),
            "gated": Way(_sae_lens, 1.0),
            "relu": Way(_sae_lens, 1.0),
        },
    }


def _ours(name: str, train: Tensor, task: Task, lr: float, knob: float, seed: int) -> Decode:
    settings = {"k": int(knob), "num_latents": task.latents, "tokens": task.steps * task.batch}
    config = TrainerConfig(name, **settings, lr=lr, seed=seed, dead_after=50_000)
    trainer = make_trainer(train.shape[1], config)
    for x in task.batches(train, seed):
        trainer.step(x)
    sae = trainer.sae()

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        code = sae.encode(x)
        dense = x.new_zeros(len(x), task.latents).scatter_add_(1, code.indices.long(), code.values)
        return sae.decode(code), dense

    return decode


def _sparsify(name: str, train: Tensor, task: Task, lr: float, knob: float, seed: int) -> Decode:
    from sparsify import SparseCoder, SparseCoderConfig

    torch.manual_seed(seed)
    config = SparseCoderConfig(num_latents=task.latents, k=int(knob), multi_topk=name == "multi_topk")
    sae = SparseCoder(train.shape[1], config, dtype=torch.float32)
    scale = 1 / float((train[: task.batch] - train[: task.batch].mean(0)).square().mean().sqrt())
    sae.b_dec.data = train[: task.batch].mean(0) * scale
    optimizer = torch.optim.Adam(sae.parameters(), lr=lr)
    fall = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1, s / 30 + 0.1, (1 - s / task.steps) / 0.8)
    )
    for x in task.batches(train, seed):
        sae.set_decoder_norm_to_unit_norm()
        out = sae(x * scale)
        (out.fvu + out.multi_topk_fvu / 8).backward()
        sae.remove_gradient_parallel_to_decoder_directions()
        optimizer.step()
        fall.step()
        optimizer.zero_grad()
    sae.cfg.multi_topk = False  # else it gives back the wider code

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        out = sae(x * scale)
        dense = x.new_zeros(len(x), task.latents).scatter_add_(1, out.latent_indices, out.latent_acts)
        return out.sae_out / scale, dense

    return decode


def _dictionary(name: str, train: Tensor, task: Task, lr: float, knob: float, seed: int) -> Decode:
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.gdm import GatedSAETrainer
    from dictionary_learning.trainers.jumprelu import JumpReluTrainer
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
    from dictionary_learning.trainers.standard import StandardTrainer
    from dictionary_learning.trainers.top_k import TopKTrainer

    warm, start = {"sparsity_warmup_steps": task.steps // 10}, {"threshold_start_step": task.steps // 10}
    groups = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 17 / 32]
    kind, more = {
        "topk": (TopKTrainer, {"k": int(knob), **start}),
        "batch_topk": (BatchTopKTrainer, {"k": int(knob), **start}),
        "matryoshka": (MatryoshkaBatchTopKTrainer, {"k": int(knob), "group_fractions": groups, **start}),
        "jumprelu": (JumpReluTrainer, {"target_l0": knob, **warm}),
        "gated": (GatedSAETrainer, {"l1_penalty": knob, **warm}),
        "relu": (StandardTrainer, {"l1_penalty": knob, **warm}),
    }[name]
    # Its own normalisation: mean squared norm 1. The mean is taken off, for those without a bias to hold it.
    middle = train.mean(0)
    scale = 1 / float((train - middle).square().sum(1).mean().sqrt())
    torch.manual_seed(seed)
    trainer = kind(
        steps=task.steps, activation_dim=train.shape[1], dict_size=task.latents, layer=0, lm_name="-", lr=lr,
        warmup_steps=task.steps // 20, decay_start=int(task.steps * 0.8), seed=seed, device="cpu", **more,
    )  # fmt: skip
    for step, x in enumerate(task.batches(train, seed)):
        trainer.update(step, (x - middle) * scale)

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = trainer.ae.encode((x - middle) * scale)
        return trainer.ae.decode(acts) / scale + middle, acts

    return decode


def _sae_lens(name: str, train: Tensor, task: Task, lr: float, knob: float, seed: int) -> Decode:
    from sae_lens import (
        SAE,
        BatchTopKTrainingSAE,
        BatchTopKTrainingSAEConfig,
        GatedTrainingSAE,
        GatedTrainingSAEConfig,
        JumpReLUTrainingSAE,
        JumpReLUTrainingSAEConfig,
        MatryoshkaBatchTopKTrainingSAE,
        MatryoshkaBatchTopKTrainingSAEConfig,
        StandardTrainingSAE,
        StandardTrainingSAEConfig,
        TopKTrainingSAE,
        TopKTrainingSAEConfig,
    )
    from sae_lens.config import SAETrainerConfig
    from sae_lens.training.sae_trainer import SAETrainer

    n, tenth = task.latents, task.steps // 10
    widths = [n // 32, n * 3 // 32, n * 7 // 32, n * 15 // 32, n]
    price = {"l1_coefficient": knob, "l1_warm_up_steps": tenth}
    kind, settings, more = {
        "topk": (TopKTrainingSAE, TopKTrainingSAEConfig, {"k": int(knob)}),
        "batch_topk": (BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig, {"k": knob}),
        "matryoshka": (
            MatryoshkaBatchTopKTrainingSAE,
            MatryoshkaBatchTopKTrainingSAEConfig,
            {"k": knob, "matryoshka_widths": widths},
        ),
        "jumprelu": (
            JumpReLUTrainingSAE,
            JumpReLUTrainingSAEConfig,
            {"l0_coefficient": knob, "l0_warm_up_steps": tenth},
        ),
        "gated": (GatedTrainingSAE, GatedTrainingSAEConfig, price),
        "relu": (StandardTrainingSAE, StandardTrainingSAEConfig, price),
    }[name]
    middle = train.mean(0)
    # Its `expected_average_only_in`, about the mean: a norm of sqrt(d) on average.
    scale = train.shape[1] ** 0.5 / float((train - middle).norm(dim=1).mean())
    torch.manual_seed(seed)
    sae = kind(settings(d_in=train.shape[1], d_sae=n, dtype="float32", device="cpu", **more))
    config = SAETrainerConfig(
        total_training_samples=task.steps * task.batch, train_batch_size_samples=task.batch, lr=lr,
        lr_warm_up_steps=task.steps // 20, lr_decay_steps=task.steps // 5, dead_feature_window=50,
        lr_end=lr / 10,
    )  # fmt: skip
    SAETrainer(config, sae, ((x - middle) * scale for x in task.batches(train, seed))).fit()
    with tempfile.TemporaryDirectory() as folder:  # as it is used afterwards: BatchTopK has one threshold
        sae.save_inference_model(folder)
        ready = SAE.load_from_disk(folder)

    def decode(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = ready.encode((x - middle) * scale)
        return ready.decode(acts) / scale + middle, acts

    return decode
