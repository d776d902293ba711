"""CLIP and SigLIP vision towers alone: patches of one resized (and perhaps cropped) picture, no text.

Layer L is `encoder.layers[L]`, counted from 0, and its output the residual stream after that layer: Prisma's
`blocks.L.hook_resid_post`, and PatchSAE's layer -2 is the last but one (10 of 12).
"""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import CLIPVisionModel, SiglipVisionModel

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import laid_out, no_boxes
from models.vlm.adapters.cropped import cropped_boxes
from models.vlm.tokens import ImageLayout


class Tower(Family):
    """Adapter of a vision tower of the class `network`; `leading` tokens (CLIP's class token) open each
    picture."""

    needs_picture = True
    reads_text = False

    def __init__(self, name: str, model_type: str, network: Any, leading: int) -> None:
        self.name, self.model_type, self._network, self.leading = name, model_type, network, leading

    def network(self) -> Any:
        """The class that loads it, also out of a joint encoder's files, whose text half stays on the disk."""
        return self._network

    def layers(self, model: Any) -> nn.ModuleList:
        return model.encoder.layers

    def image_token_id(self, model: Any) -> int:
        raise NotImplementedError("A vision tower reads pixels, not tokens.")

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        vision = getattr(model.config, "vision_config", model.config)
        boxes = cropped_boxes(processor, vision.patch_size, height, width)
        return laid_out((no_boxes(self.leading), 0), (boxes, 0))


def vision_towers() -> tuple[Tower, ...]:
    """The towers, by themselves or in the files of a joint encoder."""
    return (
        Tower("CLIP vision tower", "clip_vision_model", CLIPVisionModel, 1),
        Tower("CLIP vision tower", "clip", CLIPVisionModel, 1),
        Tower("SigLIP vision tower", "siglip_vision_model", SiglipVisionModel, 0),
        Tower("SigLIP vision tower", "siglip", SiglipVisionModel, 0),
    )
