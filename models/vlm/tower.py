"""A vision tower without a language model: pictures in, hidden states of their patches out, no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from models.vlm.capture import capture
from models.vlm.model import Vlm
from models.vlm.preparing import Prompt
from models.vlm.tokens import Batch, ImageLayout, TokenMap
from studio.domain.errors import ModelError
from studio.domain.sample import Sample


@dataclass(frozen=True, slots=True)
class VisionTower(Vlm):
    """The same doors as `Vlm`. `processor` prepares pictures only; the words of a sample are left alone, so
    every sample has image tokens and no text tokens."""

    def collate(self, prompts: Sequence[Prompt]) -> Batch:
        """Pictures of any sizes make one batch: all are brought to one size. Raises `ModelError`."""
        pictures = [p.images[0] for p in prompts]
        pixels = self.processor(images=pictures, return_tensors="pt")["pixel_values"]
        self._check_fit(pixels, prompts[0].layouts[0])
        inputs = {"pixel_values": pixels.to(self.device, self.dtype)}
        return Batch(inputs, [_token_map(p.layouts[0]) for p in prompts])

    def _check_fit(self, pixels: Tensor, layout: ImageLayout) -> None:
        """Raise `ModelError` unless the processor makes what the tower reads and the layout says."""
        side, patch = self.model.config.image_size, self.model.config.patch_size
        made = tuple(pixels.shape[-2:])
        tokens = (made[0] // patch) * (made[1] // patch) + int((~layout.has_pixels).sum())
        if made != (side, side) or tokens != len(layout):
            raise ModelError(
                f"The picture processor of {self.id} makes pictures of {made[1]} x {made[0]} pixels and "
                f"{tokens} tokens; this tower reads {side} x {side} and {len(layout)}. Its files do not fit "
                "together."
            )

    @torch.no_grad()
    def hidden(self, batch: Batch, layer: int) -> Tensor:
        """The residual stream [B, T, hidden_size] after vision layer `layer` (from 0), CLIP's class token
        first. Nothing above that layer is computed. Raises `LayerError`."""
        with capture(self.layers, layer, self.layer_kind) as captured:
            return captured.run(self.model, **batch.inputs)

    def answer(self, sample: Sample, images: Sequence[Image], max_new_tokens: int = 64) -> Any:
        """Raises `ModelError`: there is no language model to answer with."""
        raise ModelError(f"{self.id} is a vision tower: it reads pictures and answers no questions.")


def _token_map(layout: ImageLayout) -> TokenMap:
    kept = np.flatnonzero(layout.has_pixels).astype(np.int64)
    return TokenMap(
        kept,
        layout.boxes[kept],
        layout.views[kept],
        np.zeros(len(kept), np.uint8),
        np.zeros(0, np.int64),
        (),
        (),
    )
