"""One sample again with regions of its picture hidden: what each token does then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, fromarray

from models.activations import EncodedSample, encoded
from models.pictures import Hiding, hidden, region_mask
from models.sae import Sae
from models.vlm import Vlm
from studio.domain.errors import DataError
from studio.domain.sample import ImageSource, Sample, Turn


@dataclass(frozen=True, slots=True)
class TokenActivations:
    """One latent on one sample: float32 [n_img] of the image tokens that stand for pixels, float32 [n_txt] of
    the text tokens, and the display pieces of those."""

    image: NDArray[np.float32]
    text: NDArray[np.float32]
    tokens: tuple[str, ...]


def erase(image: Image, boxes: Sequence[Sequence[float]], how: Hiding) -> Image:
    """`image` (mode RGB) with every pixel that a box touches hidden; boxes are x0, y0, x1, y1 in pixels."""
    out = image.copy()
    mask = region_mask(np.asarray(boxes, np.float64), *image.size)
    if mask.any():
        out.paste(hidden(image, how), (0, 0), fromarray(mask.astype(np.uint8) * 255))
    return out


def activations(
    vlm: Vlm, sae: Sae, layer: int, neuron: int, images: Sequence[Image], turns: tuple[Turn, ...]
) -> TokenActivations:
    """Run one sample and read one latent. Raises `DataError` when the model cannot read it, `LayerError`."""
    sample = Sample("edited", tuple(ImageSource(data=b"") for _ in images), turns)
    prompt = vlm.prompt(sample, images)
    batch = vlm.collate([prompt])
    found = encoded(prompt, batch.tokens[0], vlm.hidden(batch, layer)[0].to(vlm.device))
    if not isinstance(found, EncodedSample):
        raise DataError(found.reason)
    return TokenActivations(
        _latent(sae, found.image, neuron), _latent(sae, found.text, neuron), found.tokens.tokens
    )


def _latent(sae: Sae, vectors: object, neuron: int) -> NDArray[np.float32]:
    """Zero where the latent is not among those that fire."""
    code = sae.encode(vectors)  # type: ignore[arg-type]
    fires = (code.indices == neuron) & (code.values > 0)
    return (code.values * fires).sum(dim=1).float().cpu().numpy()
