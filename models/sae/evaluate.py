"""How well a finished SAE fits vectors it was not trained on."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.report import Fit, Sums
from models.sae.sae import Sae

#: Rows encoded at a time.
BLOCK = 4096


@torch.no_grad()
def evaluate(sae: Sae, x: Tensor, is_image: Tensor | None = None) -> Fit:
    """FVU, L0 and dead share on `x` [N, d_in] (any float type), `is_image` bool [N] (None: all text)."""
    if is_image is None:
        is_image = torch.zeros(x.shape[0], dtype=torch.bool)
    sums, fired, l0 = Sums(sae.d_in), torch.zeros(sae.num_latents, dtype=torch.bool), 0
    for at in range(0, x.shape[0], BLOCK):
        rows = x[at : at + BLOCK].to(sae.device, torch.float32)
        code = sae.encode(rows)
        sums.add(rows - sae.b_dec, rows - sae.decode(code), is_image[at : at + BLOCK].to(sae.device))
        fired[code.indices[code.values != 0].long().cpu()] = True
        l0 += int((code.values != 0).sum())
    dead = 1.0 - float(fired.double().mean())
    return Fit(sums.fvu(), sums.fvu(0), sums.fvu(1), sums.explained(), l0 / max(1, x.shape[0]), dead)
