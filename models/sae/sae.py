"""A sparse autoencoder that is ready to encode."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.sae.code import SparseCode
from models.sae.config import SaeConfig
from models.sae.encoder import Encoder
from models.sae.sparse import mixture
from studio.domain.errors import WidthError


class Sae:
    """Weights and rules of one SAE: `encode` and `decode`. Float32 throughout, on one device.

    encoder [n, d], encoder_bias [n], decoder [n, d], b_dec [d].
    """

    def __init__(
        self,
        config: SaeConfig,
        encoder: Tensor,
        encoder_bias: Tensor,
        decoder: Tensor,
        b_dec: Tensor,
        provenance: dict[str, Any] | None = None,
    ) -> None:
        self.config, self.provenance = config, dict(provenance or {})
        self.encoder, self.encoder_bias = encoder, encoder_bias
        self.decoder, self.b_dec = decoder, b_dec
        self._fast: Encoder | None = None

    @property
    def d_in(self) -> int:
        """Width of the vectors it encodes."""
        return self.config.d_in

    @property
    def num_latents(self) -> int:
        """How many latents (neurons) it has."""
        return self.config.num_latents

    @property
    def k(self) -> int:
        """How many latents fire at most for one vector."""
        return self.config.k

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.decoder.device

    def to(self, device: str | torch.device) -> Sae:
        """The same SAE with its weights on `device`."""
        weights = (self.encoder, self.encoder_bias, self.decoder, self.b_dec)
        return Sae(self.config, *(w.to(device) for w in weights), provenance=self.provenance)

    @torch.no_grad()
    def encode(self, x: Tensor) -> SparseCode:
        """Sparse activations of `x` [N, d_in] (any float type). Rows do not depend on each other.

        Raises `WidthError` when the vectors are not `d_in` wide.
        """
        if x.ndim != 2 or x.shape[1] != self.d_in:
            raise WidthError(f"This SAE reads vectors of {self.d_in} numbers, not of {x.shape[-1]}.")
        centred = x.to(self.device, torch.float32) - self.b_dec
        values, latents = self._choose(centred)
        if not self.config.signed:
            values = values.clamp_(min=0)
        return SparseCode(latents.to(torch.int32), values)

    @torch.no_grad()
    def decode(self, code: SparseCode) -> Tensor:
        """The vectors a code stands for: float32 [N, d_in]."""
        indices = code.indices.to(self.device)
        return mixture(indices, code.values.to(self.device), self.decoder) + self.b_dec

    def _choose(self, centred: Tensor) -> tuple[Tensor, Tensor]:
        if self._fast is None:
            self._fast = Encoder(self.encoder, self.encoder_bias)
        if self.config.activation == "groupmax":
            return self._largest_of_runs(centred)
        if self.config.signed:
            return self._largest_by_size(centred)
        return self._fast.top(centred, self.k)

    def _largest_of_runs(self, centred: Tensor) -> tuple[Tensor, Tensor]:
        """Groupmax: latents in k runs of n / k neighbours, the largest of each run."""
        values, place = self._fast.dense(centred).unflatten(1, (self.k, -1)).max(2)
        return values, place + torch.arange(self.k, device=place.device) * (self.num_latents // self.k)

    def _largest_by_size(self, centred: Tensor) -> tuple[Tensor, Tensor]:
        pre = self._fast.dense(centred)
        latents = pre.abs().topk(self.k, dim=1, sorted=False).indices
        return pre.gather(1, latents), latents
