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
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
    LlavaOnevisionImageProcessorPil,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
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

SIGLIP = {k: v for k, v in CLIP.items() if k != "projection_dim"}
SQUARE = {"height": SIDE, "width": SIDE}
GEMMA = {**TEXT, "head_dim": 12}
#: Vicuna is a Llama whose attention heads each have keys and values of their own.
VICUNA = {**TEXT, "num_key_value_heads": TEXT["num_attention_heads"]}


def onevision() -> tuple[Any, Any, dict[str, Any]]:
    side, patch = 62, 8  # as SigLIP's 384 and 14: the last pixels of a tile are in no patch
    pinpoints = [[h * side, w * side] for h in range(1, 5) for w in range(1, 5)]
    config = hf.LlavaOnevisionConfig(
        vision_config=hf.SiglipVisionConfig(**{**SIGLIP, "image_size": side}),
        text_config=hf.Qwen2Config(**TEXT), image_token_id=3, video_token_id=7,
        image_grid_pinpoints=pinpoints, vision_feature_layer=-1,
    )  # fmt: skip
    model = hf.LlavaOnevisionForConditionalGeneration(config)
    images = LlavaOnevisionImageProcessorPil(
        size={"height": side, "width": side}, image_grid_pinpoints=pinpoints
    )
    settings = {
        "processor_class": "LlavaOnevisionProcessor", "num_image_tokens": (side // patch) ** 2,
        "vision_feature_select_strategy": "full", "vision_aspect_ratio": "anyres_max_9",
    }  # fmt: skip
    return local(model, model.model.vision_tower), images, settings


def next_with(text: Any) -> tuple[Any, Any, dict[str, Any]]:
    """LLaVA-NeXT on another decoder, as its makers publish it (Llama 3, Vicuna, Mistral, Qwen)."""
    pinpoints = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE], [3 * SIDE, SIDE], [SIDE, 3 * SIDE]]
    config = hf.LlavaNextConfig(
        vision_config=hf.CLIPVisionConfig(**CLIP), text_config=text, image_token_index=3,
        image_grid_pinpoints=pinpoints, vision_feature_layer=-1,
    )  # fmt: skip
    model = hf.LlavaNextForConditionalGeneration(config)
    images = LlavaNextImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size=SQUARE, image_grid_pinpoints=pinpoints
    )
    settings = {
        "processor_class": "LlavaNextProcessor", "patch_size": PATCH, "num_additional_image_tokens": 1,
        "vision_feature_select_strategy": "default",
    }  # fmt: skip
    return local(model, model.model.vision_tower), images, settings


def paligemma() -> tuple[Any, Any, dict[str, Any]]:
    config = hf.PaliGemmaConfig(
        vision_config=hf.SiglipVisionConfig(**SIGLIP, projection_dim=48),
        text_config=hf.GemmaConfig(**GEMMA), image_token_index=3, projection_dim=48,
    )  # fmt: skip
    model = hf.PaliGemmaForConditionalGeneration(config)
    images = SiglipImageProcessorPil(size=SQUARE)
    images.image_seq_length = 64
    return local(model, model.model.vision_tower), images, {"processor_class": "PaliGemmaProcessor"}


def gemma3() -> tuple[Any, Any, dict[str, Any]]:
    config = hf.Gemma3Config(
        vision_config=hf.SiglipVisionConfig(**SIGLIP), text_config=hf.Gemma3TextConfig(**GEMMA),
        mm_tokens_per_image=16, image_token_index=9, boi_token_index=7, eoi_token_index=8,
    )  # fmt: skip
    model = hf.Gemma3ForConditionalGeneration(config)
    with torch.no_grad():
        model.model.multi_modal_projector.mm_input_projection_weight.normal_(std=0.1)
    images = Gemma3ImageProcessorPil(size=SQUARE)
    settings = {"processor_class": "Gemma3Processor", "image_seq_length": 16}
    return local(model, model.model.vision_tower), images, settings


def internvl() -> tuple[Any, Any, dict[str, Any]]:
    vision = hf.InternVLVisionConfig(**{**CLIP, "image_size": [SIDE] * 2, "patch_size": [PATCH] * 2})
    config = hf.InternVLConfig(
        vision_config=vision, text_config=hf.Qwen2Config(**TEXT), image_token_id=7, downsample_ratio=0.5
    )
    model = hf.InternVLForConditionalGeneration(config)
    images = GotOcr2ImageProcessorPil(size=SQUARE, min_patches=1, max_patches=6)
    settings = {"processor_class": "InternVLProcessor", "image_seq_length": 16}
    return local(model, model.model.vision_tower), images, settings


GEMMA_TOKENS = {
    "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>",
}  # fmt: skip
INTERN = {
    "context_image_token": "<IMG_CONTEXT>", "start_image_token": "<img>", "end_image_token": "</img>",
    "video_token": "<video>",
}  # fmt: skip

#: How a family is built, its marker in the template, and its special tokens by their names.
FAMILIES: dict[str, tuple[Callable[[], Any], str, dict[str, str]]] = {
    "LLaVA-1.5": (llava, "<image>", {}),
    "LLaVA-NeXT Llama": (lambda: next_with(hf.LlamaConfig(**TEXT)), "<image>", {}),
    "LLaVA-NeXT Vicuna": (lambda: next_with(hf.LlamaConfig(**VICUNA)), "<image>", {}),
    "LLaVA-NeXT Mistral": (lambda: next_with(hf.MistralConfig(**TEXT)), "<image>", {}),
    "LLaVA-NeXT Qwen": (lambda: next_with(hf.Qwen2Config(**TEXT)), "<image>", {}),
    "LLaVA-1.5 padded": (lambda: llava("pad"), "<image>", {}),
    "Qwen2-VL": (qwen2_vl, QWEN_MARKER, QWEN),
    "Qwen2.5-VL": (qwen2_5_vl, QWEN_MARKER, QWEN),
    "Qwen3-VL": (qwen3_vl, QWEN_MARKER, QWEN),
    "Idefics3": (idefics3, "<image>", IDEFICS),
    "SmolVLM": (lambda: idefics3(smol=True), "<image>", IDEFICS),
    "LLaVA-OneVision": (onevision, "<image>", {"video_token": "<video>"}),
    "PaliGemma": (paligemma, "", {"image_token": "<image>"}),
    "Gemma 3": (gemma3, "<start_of_image>", GEMMA_TOKENS),
    "Gemma 3 crops": (gemma3, "<start_of_image>", GEMMA_TOKENS),
    "InternVL": (internvl, "<IMG_CONTEXT>", INTERN),
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
        vlm = load_vlm(ModelSpec(str(folder), device="cpu"))
        if name == "Gemma 3 crops":
            crops = {"do_pan_and_scan": True, "pan_and_scan_min_crop_size": 16}
            vlm.processor.images_kwargs = {**vlm.processor.images_kwargs, **crops}
        return vlm

    return load


def write(folder: Path, model: Any, images: Any, settings: dict[str, Any], tokenizer: Any) -> None:
    """The files of a model as they lie on the Hub."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps(settings))
