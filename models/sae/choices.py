"""Which latents fire: the activation functions of SAEs, each as a small object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from models.sae.encoder import Encoder

#: Pre-activations held at a time where all of them are needed: 2^25 float32 are 134 MB.
HELD = 1 << 25


class Choice(Protocol):
    """Chooses among the pre-activations of `encoder` for inputs `z` float32 [N, d]."""

    def __call__(self, encoder: Encoder, z: Tensor) -> tuple[Tensor, Tensor]:
        """Activations float32 [N, k'] and latents int64 [N, k']; 0 marks an unused slot."""

    def to(self, device: str | torch.device) -> Choice:
        """The same on another device."""

    def describe(self) -> str:
        """In words."""


@dataclass(frozen=True, slots=True)
class TopK:
    """The `k` largest, cut at 0 if `relu`. `signed` ranks by size and keeps the sign (old sparsify files)."""

    k: int
    relu: bool = True
    signed: bool = False

    def __call__(self, encoder: Encoder, z: Tensor) -> tuple[Tensor, Tensor]:
        if self.signed:
            return _in_blocks(encoder, z, self._by_size)
        values, latents = encoder.top(z, self.k)
        return (values.clamp_(min=0) if self.relu else values), latents

    def _by_size(self, pre: Tensor) -> tuple[Tensor, Tensor]:
        latents = pre.abs().topk(self.k, dim=1, sorted=False).indices
        return pre.gather(1, latents), latents

    def to(self, device: str | torch.device) -> TopK:
        return self

    def describe(self) -> str:
        kind = "by size, signed" if self.signed else "then ReLU" if self.relu else "no ReLU"
        return f"top {self.k}, {kind}"


@dataclass(frozen=True, slots=True)
class GroupMax:
    """Latents in `k` runs of n / k neighbours, the largest of each run, cut at 0."""

    k: int

    def __call__(self, encoder: Encoder, z: Tensor) -> tuple[Tensor, Tensor]:
        return _in_blocks(encoder, z, self._largest)

    def _largest(self, pre: Tensor) -> tuple[Tensor, Tensor]:
        values, place = pre.unflatten(1, (self.k, -1)).max(2)
        run = pre.shape[1] // self.k
        return values.clamp(min=0), place + torch.arange(self.k, device=place.device) * run

    def to(self, device: str | torch.device) -> GroupMax:
        return self

    def describe(self) -> str:
        return f"largest of each of {self.k} groups"


@dataclass(frozen=True, slots=True, eq=False)
class Threshold:
    """relu(h) x (h > threshold): JumpReLU, BatchTopK at inference, and ReLU with `threshold` None.

    `threshold` float32 [n] or [1]; at or below 0 (BatchTopK's "never set") it is ReLU.
    """

    threshold: Tensor | None = None

    def __call__(self, encoder: Encoder, z: Tensor) -> tuple[Tensor, Tensor]:
        return _in_blocks(encoder, z, self._above)

    def _above(self, pre: Tensor) -> tuple[Tensor, Tensor]:
        fires = pre > 0
        if self.threshold is not None:
            fires &= pre > self.threshold
        return packed(pre, fires)

    def to(self, device: str | torch.device) -> Threshold:
        return self if self.threshold is None else Threshold(self.threshold.to(device))

    def describe(self) -> str:
        if self.threshold is None:
            return "ReLU"
        low, high = float(self.threshold.min()), float(self.threshold.max())
        if high <= 0:
            return "ReLU"
        return f"threshold {low:.4g}" if low == high else f"thresholds {low:.4g} to {high:.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A latent fires where the encoder (bias b_gate) is above 0, with relu(exp(r_mag) h + b_mag).

    h is the pre-activation without a bias (Rajamanoharan et al. 2024). All float32 [n]. The encoder's own
    bias is b_gate.
    """

    b_gate: Tensor
    r_mag: Tensor
    b_mag: Tensor

    def __call__(self, encoder: Encoder, z: Tensor) -> tuple[Tensor, Tensor]:
        return _in_blocks(encoder, z, self._gated)

    def _gated(self, gate: Tensor) -> tuple[Tensor, Tensor]:
        size = (gate - self.b_gate) * self.r_mag.exp() + self.b_mag
        return packed(size, (gate > 0) & (size > 0))

    def to(self, device: str | torch.device) -> Gate:
        return Gate(self.b_gate.to(device), self.r_mag.to(device), self.b_mag.to(device))

    def describe(self) -> str:
        return "gated"


def packed(values: Tensor, fires: Tensor) -> tuple[Tensor, Tensor]:
    """The entries of `values` [R, n] where `fires`, left-aligned: float32 and int64 [R, k'], unused 0."""
    counts = fires.sum(1)
    rows, columns = fires.nonzero(as_tuple=True)
    place = torch.arange(rows.shape[0], device=rows.device) - (counts.cumsum(0) - counts)[rows]
    width = int(counts.max()) if counts.numel() else 0
    latents = columns.new_zeros(values.shape[0], width)
    kept = values.new_zeros(values.shape[0], width)
    latents[rows, place], kept[rows, place] = columns, values[rows, columns]
    return kept, latents


def _in_blocks(
    encoder: Encoder, z: Tensor, choose: Callable[[Tensor], tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Choose among all pre-activations, so many rows at a time that they fit; blocks get one width."""
    parts = [choose(encoder.dense(z[rows])) for rows in _blocks(z.shape[0], encoder.weight.shape[0])]
    if not parts:
        return z.new_zeros(0, 0), torch.zeros(0, 0, dtype=torch.int64, device=z.device)
    width = max(values.shape[1] for values, _ in parts)
    values, latents = zip(*(tuple(_widened(t, width) for t in part) for part in parts))
    return torch.cat(values), torch.cat(latents)


def _widened(part: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(part, (0, width - part.shape[1]))


def _blocks(count: int, n: int) -> Iterator[slice]:
    step = max(1, HELD // n)
    return (slice(at, min(at + step, count)) for at in range(0, count, step))
