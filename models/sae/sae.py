"""A sparse autoencoder that is ready to encode."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.sae.code import SparseCode
from models.sae.config import SaeConfig
from models.sae.encoder import Encoder
from models.sae.rule import Rule
from models.sae.sparse import mixture
from studio.domain.errors import WidthError


class Sae:
    """Weights and rules of one SAE: `encode` and `decode`. Float32 throughout, on one device.

    encoder [n, d], encoder_bias [n], decoder [n, d], b_dec [d]. `rule` says what happens before and after
    the encoder; without one it is sparsify's, as the config says.
    """

    def __init__(
        self,
        config: SaeConfig,
        encoder: Tensor,
        encoder_bias: Tensor,
        decoder: Tensor,
        b_dec: Tensor,
        provenance: dict[str, Any] | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.config, self.provenance = config, dict(provenance or {})
        self.encoder, self.encoder_bias = encoder, encoder_bias
        self.decoder, self.b_dec = decoder, b_dec
        self.rule = rule or Rule.of(config)
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
        moved = (w.to(device) for w in self.weights)
        return Sae(self.config, *moved, provenance=self.provenance, rule=self.rule.to(device))

    def under(self, rule: Rule) -> Sae:
        """The same weights under another rule."""
        other = Sae(self.config, *self.weights, provenance=self.provenance, rule=rule)
        other._fast = self._fast  # its bfloat16 copy of the weights serves both
        return other

    @property
    def weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """encoder, encoder_bias, decoder, b_dec."""
        return self.encoder, self.encoder_bias, self.decoder, self.b_dec

    @torch.no_grad()
    def encode(self, x: Tensor) -> SparseCode:
        """Sparse activations of `x` [N, d_in] (any float type). Rows do not depend on each other.

        Raises `WidthError` when the vectors are not `d_in` wide.
        """
        if x.ndim != 2 or x.shape[1] != self.d_in:
            raise WidthError(f"This SAE reads vectors of {self.d_in} numbers, not of {x.shape[-1]}.")
        z, affine = self.rule.inputs.prepare(x.to(self.device, torch.float32), self.b_dec)
        if self._fast is None:
            self._fast = Encoder(self.encoder, self.encoder_bias)
        values, latents = self.rule.choice(self._fast, z)
        return SparseCode(latents.to(torch.int32), values, affine)

    @torch.no_grad()
    def decode(self, code: SparseCode) -> Tensor:
        """The vectors a code stands for: float32 [N, d_in]."""
        indices, values = code.indices.to(self.device), code.values.to(self.device)
        affine = None if code.affine is None else code.affine.to(self.device)
        return self.rule.inputs.undo(mixture(indices, values, self.decoder) + self.b_dec, affine)
