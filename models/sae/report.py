"""How well an SAE fits: the quantities of METHOD 2."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Fit:
    """FVU = sum ||x - x_hat||^2 / sum ||x - mean(x)||^2, over all tokens, and over the image and the text
    tokens with the mean of their own side; NaN for a side without tokens.

    `explained` is the explained variance, 1 - sum ||e - mean(e)||^2 / sum ||x - mean(x)||^2 with
    e = x - x_hat (1 - FVU if the reconstruction is unbiased). `l0` is the mean number of latents that fire,
    `dead` the share of latents that do not fire (for `evaluate`: on these tokens; while training: for
    `dead_after` tokens).
    """

    fvu: float
    fvu_image: float
    fvu_text: float
    explained: float
    l0: float
    dead: float

    def as_dict(self) -> dict[str, float]:
        """The values by name, as for `Context.curve`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StepReport(Fit):
    """One training step: also `loss` (FVU + auxk_alpha x AuxK), `auxk`, the learning rate and the speed."""

    loss: float
    auxk: float
    lr: float
    tokens_per_s: float
    step: int
    tokens: int


class Sums:
    """Running sums, float64, for the image side, the text side and both; add batches, then read."""

    def __init__(self, d_in: int) -> None:
        self.counts = torch.zeros(2, dtype=torch.float64)
        self.errors = torch.zeros(2, dtype=torch.float64)
        self.squares = torch.zeros(2, dtype=torch.float64)
        self.totals = torch.zeros(2, d_in, dtype=torch.float64)
        self.error_total = torch.zeros(d_in, dtype=torch.float64)

    def add(self, centred: Tensor, error: Tensor, is_image: Tensor) -> None:
        """Add rows: `centred` [N, d] is x minus anything constant, near its mean for precision."""
        side = torch.stack([is_image, ~is_image]).to(centred)
        squares = torch.stack([centred.square().sum(1), error.square().sum(1)]).double()
        self.counts += side.double().sum(1).cpu()
        summed = (squares @ side.double().t()).cpu()
        self.squares += summed[0]
        self.errors += summed[1]
        self.totals += (side @ centred).double().cpu()
        self.error_total += error.sum(0).double().cpu()

    @property
    def variance(self) -> float:
        """sum ||x - mean(x)||^2 over both sides."""
        return _spread(self.squares.sum(), self.totals.sum(0), self.counts.sum())

    def fvu(self, side: int | None = None) -> float:
        """FVU of the image side (0), the text side (1) or both (None)."""
        if side is None:
            return float(self.errors.sum()) / _positive(self.variance)
        if not self.counts[side]:
            return float("nan")
        spread = _spread(self.squares[side], self.totals[side], self.counts[side])
        return float(self.errors[side]) / _positive(spread)

    def explained(self) -> float:
        """Explained variance over both sides."""
        left = _spread(self.errors.sum(), self.error_total, self.counts.sum())
        return 1.0 - left / _positive(self.variance)


def _spread(squares: Tensor, total: Tensor, count: Tensor) -> float:
    return float(squares - total.square().sum() / count.clamp(min=1))


def _positive(value: float) -> float:
    return value if value > 0 else float("nan")
