"""The format doctor: does this SAE belong to this layer of this model, and under which rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.specs import ExtractSpec
from studio.services.data import read_samples
from studio.services.extract.networks import load_networks
from studio.services.sources import PictureCache

if TYPE_CHECKING:
    from torch import Tensor

    from models.vlm import Vlm
    from studio.domain.diagnosis import Diagnosis

#: Hidden states that are looked at, and how many of one sample, so that several are seen.
ENOUGH, OF_ONE = 512, 64


def doctor(spec: ExtractSpec, around: int, ctx: Context) -> Diagnosis:
    """Run the SAE of `spec` on a few hundred hidden states under every plausible rule, and on the `around`
    layers before and after. Raises `DataError` when no sample can be read, and as `extract` does."""
    from models.sae.doctor import diagnose

    ctx.report(0, 1, "Loading the model and the SAE")
    vlm, sae = load_networks(spec, ctx, whole=around > 0)
    near = range(max(0, spec.layer - around), min(vlm.layer_count, spec.layer + around + 1))
    vectors = {}
    for number, layer in enumerate(near):
        ctx.report(number, len(near), "Reading activations")
        vectors[layer] = read_vectors(vlm, spec, layer, ctx)

    def tell(done: int, of: int) -> None:
        ctx.report(done, of, "Trying rules")
        ctx.check()

    return diagnose(sae, vectors, spec.layer, tell)


def read_vectors(vlm: Vlm, spec: ExtractSpec, layer: int, ctx: Context) -> Tensor:
    """Hidden states of the first samples: float [at most ENOUGH, d_in]. Raises `DataError`."""
    import torch

    from models.activations import stream

    pictures, parts, count = PictureCache(), [], 0
    for encoded in stream(vlm, read_samples(spec.data), layer, 1, ctx, pictures.open):
        pictures.clear()
        ctx.check()
        if encoded.samples:
            vectors = encoded.vectors()[0].cpu()
            parts.append(vectors[:: -(-len(vectors) // OF_ONE)])
            count += len(parts[-1])
        if count >= ENOUGH:
            break
    if count < 2:
        raise DataError("No sample of the data could be read, so there is nothing to try the SAE on.")
    return torch.cat(parts)[:ENOUGH]
