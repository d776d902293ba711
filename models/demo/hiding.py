"""Pictures of which only some patches are left, as an explainer or an aligner is shown them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.demo.views import GRID, PATCH, SIDE


def keep_one(owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """bool [B, 64]: the patches of one object a view, or some of them; what an explainer leaves of a
    picture."""
    order = rng.random((len(owner), owner.max() + 1))
    chosen = np.array([max(set(o[o > 0]) or {0}, key=lambda v: order[i, v]) for i, o in enumerate(owner)])
    mine = owner == chosen[:, None]
    share = np.where(rng.random(len(owner)) < 0.5, 1.0, rng.uniform(0.2, 1.0, len(owner)))
    luck = rng.random(owner.shape)
    kept = mine & (luck < share[:, None])
    none = ~kept.any(1)
    kept[none] = mine[none]
    return kept


def hide(pixels: Tensor, kept: Tensor, rng: np.random.Generator) -> Tensor:
    """Blur or blacken everything but the kept patches; uint8 [B, 64, 64, 3] and bool [B, 64]."""
    sharp = kept.view(-1, GRID, 1, GRID, 1).expand(-1, GRID, PATCH, GRID, PATCH).reshape(-1, SIDE, SIDE, 1)
    black = torch.from_numpy(rng.random(len(pixels)) < 0.4).view(-1, 1, 1, 1)
    soft = blurred(pixels, float(rng.uniform(1.5, 6)))
    return torch.where(sharp, pixels, torch.where(black, torch.zeros_like(soft), soft))


def blurred(pixels: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of uint8 [B, H, W, 3], edges repeated."""
    reach = int(3 * sigma)
    kernel = torch.exp(-((torch.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    kernel = (kernel / kernel.sum()).view(1, 1, -1, 1)
    images = pixels.permute(0, 3, 1, 2).reshape(-1, 1, *pixels.shape[1:3]).float()
    images = F.conv2d(F.pad(images, (0, 0, reach, reach), mode="replicate"), kernel)
    images = F.conv2d(F.pad(images, (reach, reach, 0, 0), mode="replicate"), kernel.transpose(2, 3))
    return images.view(len(pixels), 3, *pixels.shape[1:3]).permute(0, 2, 3, 1).round().to(torch.uint8)
