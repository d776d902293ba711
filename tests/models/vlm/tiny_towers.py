"""Tiny vision towers of the real classes with their real picture processors, written as on the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers as hf
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

SIDE, PATCH = 64, 8
VISION = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2,
    "image_size": SIDE, "patch_size": PATCH,
}  # fmt: skip
WORDS = {
    "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
    "vocab_size": 50, "max_position_embeddings": 8,
}  # fmt: skip
SQUARE = {"height": SIDE, "width": SIDE}
TOWERS = ("CLIPVisionModel", "CLIPModel", "SiglipVisionModel", "SiglipModel")


def write_tower(kind: str, folder: Path, images: Any = None, seed: int = 0) -> Any:
    """Make the model of class `kind` (one of `TOWERS`), save it with its processor, and return it.

    Attention is scaled down and patch embeddings up, so that a token shows mostly its own patch.
    """
    torch.manual_seed(seed)
    model = _built(kind)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "out_proj.weight" in name:
                weights *= 0.01
            if name.endswith("patch_embedding.weight"):
                weights *= 20
    model.eval().save_pretrained(folder)
    (images or _processor(kind)).save_pretrained(folder)
    return model


def _built(kind: str) -> Any:
    name = "CLIP" if kind.startswith("CLIP") else "Siglip"
    vision = getattr(hf, f"{name}VisionConfig")(**VISION)
    if kind.endswith("VisionModel"):
        return getattr(hf, kind)(vision)
    return getattr(hf, kind)(getattr(hf, f"{name}Config")(vision_config=vision.to_dict(), text_config=WORDS))


def _processor(kind: str) -> Any:
    if kind.startswith("CLIP"):  # the short side to 64, then the middle
        return CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=SQUARE)
    return SiglipImageProcessorPil(size=SQUARE)  # stretched to a square


def vision_part(model: Any) -> Any:
    """The tower within a joint encoder, or the tower itself."""
    return getattr(model, "vision_model", model)
