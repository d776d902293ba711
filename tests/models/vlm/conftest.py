"""Tiny models of the real classes of every family, randomly initialised, saved as on the Hub, and loaded.

Their vision towers' attention is scaled down and their patch embeddings up, so that what a token shows of
its own patch is not drowned: then the moving bright patch tells where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

SIDE, PATCH, VOCAB = 64, 8, 500
CLIP = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "image_size": SIDE, "patch_size": PATCH,
}  # fmt: skip
TEXT = {
    "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": VOCAB, "max_position_embeddings": 4096, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
PROJECTIONS = ("out_proj", "attn.proj", "projection_layer", "o_proj")


def local(model: Any, tower: Any) -> Any:
    """Let each vision token show mostly its own patch."""
    with torch.no_grad():
        for name, weights in tower.named_parameters():
            if any(f"{part}.weight" in name for part in PROJECTIONS):
                weights *= 0.01
            if name.endswith(("patch_embedding.weight", "patch_embed.proj.weight", "projection.weight")):
                weights *= 20
    return model.eval()


def llava(side: str = "crop") -> tuple[Any, Any, dict[str, Any]]:
    config = hf.LlavaConfig(
        vision_config=hf.CLIPVisionConfig(**CLIP),
        text_config=hf.LlamaConfig(**TEXT),
        image_token_index=3,
        vision_feature_layer=-1,
    )
    model = hf.LlavaForConditionalGeneration(config)
    square = {"height": SIDE, "width": SIDE}
    images = LlavaImageProcessorPil(
        size=square if side == "pad" else {"shortest_edge": SIDE}, crop_size=square, do_pad=side == "pad"
    )
    settings = {
        "processor_class": "LlavaProcessor", "patch_size": PATCH, "num_additional_image_tokens": 1,
        "vision_feature_select_strategy": "default",
    }  # fmt: skip
    return local(model, model.model.vision_tower), images, settings


#: How a family is built, its marker in the template, and its special tokens by their names.
FAMILIES: dict[str, tuple[Callable[[], Any], str, dict[str, str]]] = {
    "LLaVA-1.5": (llava, "<image>", {}),
    "LLaVA-1.5 padded": (lambda: llava("pad"), "<image>", {}),
}


@pytest.fixture(scope="session")
def family(
    tmp_path_factory: pytest.TempPathFactory, make_tokenizer: Any, template: str
) -> Callable[[str], Any]:
    """A family's tiny model, written to a folder as its makers would and loaded through the public door."""
    from models.vlm import load_vlm
    from studio.domain.specs import ModelSpec

    @cache
    def load(name: str) -> Any:
        torch.manual_seed(0)
        build, marker, tokens = FAMILIES[name]
        (model, images, settings), folder = build(), tmp_path_factory.mktemp("family")
        special = [token for token in tokens.values() if token != "<image>"]
        tokenizer = make_tokenizer(special=special, starts=marker != "", extra_special_tokens=tokens)
        write(folder, model, images, settings, tokenizer)
        if marker:
            (folder / "chat_template.jinja").write_text(template.replace("<image>\\n", marker))
        return load_vlm(ModelSpec(str(folder), device="cpu"))

    return load


def write(folder: Path, model: Any, images: Any, settings: dict[str, Any], tokenizer: Any) -> None:
    """The files of a model as they lie on the Hub."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps(settings))
