"""Numbers in a request that no run can be made with, said before anything is loaded or written."""

from __future__ import annotations

import math

from studio.domain.errors import LayerError, UserError
from studio.domain.specs import ARCHITECTURES, ExtractSpec, ProposeSpec, ScorersSpec, ScoreSpec, TrainSpec


def check_extract(spec: ExtractSpec) -> None:
    """Raises `UserError`."""
    _at_least(1, top=spec.top, batch_size=spec.batch_size)
    _layer(spec.layer)
    _at_least(0, quantile=spec.quantile, silent=spec.silent, seed=spec.seed)


def check_train(spec: TrainSpec) -> None:
    """Raises `UserError`. Whether `k` fits the number of latents is known once the model is."""
    _at_least(1, k=spec.k, tokens=spec.tokens, batch_tokens=spec.batch_tokens, batch_size=spec.batch_size)
    _layer(spec.layer)
    _at_least(0, num_latents=spec.num_latents, seed=spec.seed, dead_after=spec.dead_after)
    if not spec.num_latents:
        _at_least(1, expansion_factor=spec.expansion_factor)
    if spec.lr is not None and not 0 < spec.lr < math.inf:
        raise UserError(f"The learning rate is {spec.lr}; it must be a number above 0.")
    if spec.architecture not in ARCHITECTURES:
        raise UserError(f"There is no architecture “{spec.architecture}”: {', '.join(ARCHITECTURES)}.")
    if not 0 <= spec.held_out < 1:
        raise UserError(f"The share of samples held out is {spec.held_out}; it must be 0 or more, below 1.")


def check_propose(spec: ProposeSpec) -> None:
    """Raises `UserError`."""
    _at_least(1, examples=spec.examples)
    _at_least(0, seed=spec.seed)


def check_score(spec: ScoreSpec) -> None:
    """Raises `UserError`."""
    _at_least(1, examples=spec.examples, background=spec.background)
    _at_least(0, seed=spec.seed)
    if not 0 <= spec.q <= 1:
        raise UserError(f"The false discovery rate q is {spec.q}; it must lie between 0 and 1.")
    if not math.isfinite(spec.threshold):
        raise UserError(f"The threshold is {spec.threshold}; it must be a number.")


def check_scorers(spec: ScorersSpec) -> None:
    """Raises `UserError`."""
    _at_least(1, positives=spec.positives, negatives=spec.negatives)
    _at_least(0, neurons=spec.neurons, seed=spec.seed)


def _layer(layer: int) -> None:
    if layer < 0:
        raise LayerError(f"The layer is {layer}; layers are counted from 0.")


def _at_least(least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        if value < least:
            raise UserError(f"The {name.replace('_', ' ')} is {value}; it must be at least {least}.")
