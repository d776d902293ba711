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
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

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


def qwen2_vl() -> tuple[Any, Any, dict[str, Any]]:
    vision = {
        "depth": 2, "embed_dim": 32, "hidden_size": 48, "num_heads": 2, "mlp_ratio": 2, "patch_size": 14,
        "spatial_merge_size": 2,
    }  # fmt: skip
    return _qwen(hf.Qwen2VLConfig, hf.Qwen2VLForConditionalGeneration, vision, "Qwen2VLProcessor", 14)


def qwen2_5_vl() -> tuple[Any, Any, dict[str, Any]]:
    vision = {
        "depth": 2, "hidden_size": 32, "out_hidden_size": 48, "num_heads": 2, "intermediate_size": 64,
        "patch_size": 14, "spatial_merge_size": 2, "window_size": 56, "fullatt_block_indexes": [1],
    }  # fmt: skip
    return _qwen(
        hf.Qwen2_5_VLConfig, hf.Qwen2_5_VLForConditionalGeneration, vision, "Qwen2_5_VLProcessor", 14
    )


def qwen3_vl() -> tuple[Any, Any, dict[str, Any]]:
    vision = {
        "depth": 2, "hidden_size": 32, "out_hidden_size": 48, "num_heads": 2, "intermediate_size": 64,
        "patch_size": 16, "spatial_merge_size": 2, "deepstack_visual_indexes": [0],
        "num_position_embeddings": 64,
    }  # fmt: skip
    return _qwen(hf.Qwen3VLConfig, hf.Qwen3VLForConditionalGeneration, vision, "Qwen3VLProcessor", 16)


def _qwen(config: Any, kind: Any, vision: Any, processor: str, patch: int) -> tuple[Any, Any, dict[str, Any]]:
    rope = {"rope_type": "default", "mrope_section": [2, 2, 2], "rope_theta": 10000.0}
    text = {**TEXT, "rope_parameters": rope, "head_dim": 12}
    ids = {"image_token_id": 7, "video_token_id": 8, "vision_start_token_id": 9, "vision_end_token_id": 10}
    model = kind(config(vision_config=vision, text_config=text, **ids))
    size = {"shortest_edge": (2 * patch) ** 2 * 4, "longest_edge": (2 * patch) ** 2 * 60}
    images = Qwen2VLImageProcessorPil(size=size, patch_size=patch)
    return local(model, model.model.visual), images, {"processor_class": processor}


QWEN = {
    "image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}  # fmt: skip
QWEN_MARKER = "<|vision_start|><|image_pad|><|vision_end|>"


def idefics3(smol: bool = False) -> tuple[Any, Any, dict[str, Any]]:
    vision = dict(CLIP)
    config, kind = (
        (hf.SmolVLMConfig, hf.SmolVLMForConditionalGeneration)
        if smol
        else (hf.Idefics3Config, hf.Idefics3ForConditionalGeneration)
    )
    text = {"model_type": "llama", **TEXT}
    model = kind(config(vision_config=vision, text_config=text, image_token_id=3, scale_factor=2))
    images = (SmolVLMImageProcessorPil if smol else Idefics3ImageProcessorPil)(
        size={"longest_edge": 4 * SIDE}, max_image_size={"longest_edge": SIDE}
    )
    name = "SmolVLMProcessor" if smol else "Idefics3Processor"
    return local(model, model.model.vision_model), images, {"processor_class": name, "image_seq_len": 16}


IDEFICS = {
    "fake": "<fake_token_around_image>",
    "end": "<end_of_utterance>",
    "global_image_token": "<global-img>",
}

#: How a family is built, its marker in the template, and its special tokens by their names.
FAMILIES: dict[str, tuple[Callable[[], Any], str, dict[str, str]]] = {
    "LLaVA-1.5": (llava, "<image>", {}),
    "LLaVA-1.5 padded": (lambda: llava("pad"), "<image>", {}),
    "Qwen2-VL": (qwen2_vl, QWEN_MARKER, QWEN),
    "Qwen2.5-VL": (qwen2_5_vl, QWEN_MARKER, QWEN),
    "Qwen3-VL": (qwen3_vl, QWEN_MARKER, QWEN),
    "Idefics3": (idefics3, "<image>", IDEFICS),
    "SmolVLM": (lambda: idefics3(smol=True), "<image>", IDEFICS),
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
            (folder / "chat_template.jinja").write_text(template.replace("<image>\n", marker))
        return load_vlm(ModelSpec(str(folder), device="cpu"))

    return load


def write(folder: Path, model: Any, images: Any, settings: dict[str, Any], tokenizer: Any) -> None:
    """The files of a model as they lie on the Hub."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps(settings))
