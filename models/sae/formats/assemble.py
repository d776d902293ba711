"""Putting an SAE together from tensors of either orientation and any float type."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from models.sae.choices import Choice, TopK
from models.sae.config import Activation, SaeConfig
from models.sae.formats.weights_file import Weights
from models.sae.inputs import Inputs
from models.sae.rule import Rule
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

#: The names most families use.
COMMON = ("W_enc", "W_dec", "b_enc", "b_dec")


class Tensors:
    """The wanted tensors of a file, as float32, with their sizes checked.

    `d` is the length of the tensor `d_from`, `n` that of `n_from`. Raises `SaeFormatError` for missing
    tensors and wrong shapes.
    """

    def __init__(self, file: Weights, names: Iterable[str], d_from: str, n_from: str) -> None:
        self.path = file.path
        wanted = list(names)
        if missing := [name for name in wanted if name not in file.shapes]:
            raise SaeFormatError(f"{file.path} lacks {', '.join(missing)}. Get the whole checkpoint again.")
        self.d, self.n = (self._length(file.shapes[name], name) for name in (d_from, n_from))
        self._found = file.tensors(wanted)

    def _length(self, shape: tuple[int, ...], name: str) -> int:
        if len(shape) != 1 or not shape[0]:
            raise SaeFormatError(f"{self.path}: {name} has the shape {shape}; one dimension is needed.")
        return shape[0]

    def vector(self, name: str, size: int) -> Tensor:
        """Float32 [size]."""
        return self._sized(name, (size,))

    def number(self, name: str) -> float:
        """A single number."""
        return float(self._sized(name, ()))

    def rows(self, name: str, stored: str) -> Tensor:
        """Float32 [n, d], one row a latent. `stored` "nd" or "dn" is the format's own orientation; the other
        is read, too, where the two can be told apart. A (d, n) matrix comes as a view, not as a copy."""
        tensor = self._found[name]
        shape = tuple(tensor.shape)
        if shape not in ((self.n, self.d), (self.d, self.n)):
            raise SaeFormatError(
                f"{self.path}: {name} has the shape {shape}, but the biases ask for {self.n:,} latents of "
                f"{self.d:,} numbers. The tensors do not belong together."
            )
        lying = shape != (self.n, self.d) if self.n != self.d else stored == "dn"
        return (tensor.t() if lying else tensor).to(torch.float32)

    def _sized(self, name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = self._found[name]
        if tuple(tensor.shape) != shape:
            raise SaeFormatError(
                f"{self.path}: {name} has the shape {tuple(tensor.shape)}; {shape} is needed."
            )
        return tensor.to(torch.float32)


def assemble(
    weights: tuple[Tensor, Tensor, Tensor, Tensor], choice: Choice, inputs: Inputs, kind: Activation
) -> Sae:
    """An SAE of `weights` (encoder [n, d], its bias, decoder [n, d], b_dec) and a rule. `kind` names it."""
    encoder, bias, decoder, b_dec = weights
    n, d = encoder.shape
    if isinstance(choice, TopK) and not 1 <= choice.k <= n:
        raise SaeFormatError(f"The SAE's config says k = {choice.k}, but it has {n:,} latents.")
    rule = Rule(choice, inputs)
    k = choice.k if isinstance(choice, TopK) else n
    signed = isinstance(choice, TopK) and choice.signed
    config = SaeConfig(d, n, k, kind, kind, signed=signed, rule=rule.describe())
    return Sae(config, encoder, bias, decoder.contiguous(), b_dec, rule=rule)


def unit_decoder(encoder: Tensor, bias: Tensor, decoder: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same SAE with decoder rows of length 1: their norms go into the encoder and its bias."""
    norms = decoder.norm(dim=1).clamp(min=1e-8)
    return encoder * norms[:, None], bias * norms, decoder / norms[:, None]
