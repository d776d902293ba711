"""A tiny LLaVA-NeXT of the real classes, made in the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

LLAMA3 = (
    "{{ bos_token }}{% for message in messages %}"
    "<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n{% endif %}{% endfor %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] | trim }}{% endif %}"
    "{% endfor %}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
SPECIAL = ["<pad>", "<s>", "</s>", "<image>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
CORPUS = [
    "user assistant USER: ASSISTANT: A chat between a curious human and an intelligent assistant.",
    "What is in the picture? There is a red apple on the table, and a dog at the left.",
    "How many cats are there? Two. Describe the image. Is there a dog? Yes, no.",
]


def byte_level_tokenizer(
    trim: bool = True, special: Sequence[str] = (), starts: bool = True, **names: str
) -> PreTrainedTokenizerFast:
    """A byte-level BPE like Llama 3's, with words of `CORPUS`; `names` become attributes (`boi_token`)."""
    inner = Tokenizer(BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=450,
        special_tokens=[*SPECIAL, *special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    inner.train_from_iterator(CORPUS, trainer)
    start = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    bytes_ = processors.ByteLevel(trim_offsets=trim)
    inner.post_processor = processors.Sequence([bytes_, start]) if starts else bytes_
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=[*SPECIAL[3:], *special],
        padding_side="left",
        **names,
    )


def word_mark_tokenizer() -> PreTrainedTokenizerFast:
    """A BPE on marked spaces with bytes for unknown characters, like Llama 2's and Mistral's."""
    inner = Tokenizer(BPE(byte_fallback=True, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    inner.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    trainer = BpeTrainer(vocab_size=450, special_tokens=[*SPECIAL, "<unk>", *bytes_])
    inner.train_from_iterator(CORPUS, trainer)
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        additional_special_tokens=SPECIAL[3:],
        padding_side="left",
    )


def tiny_llava(seed: int = 0, layers: int = 4, pinpoints: Any = None, **llama: Any) -> Any:
    """64 px, patch 8, wide enough for 3 tiles; vision attention scaled down so that locality is visible."""
    torch.manual_seed(seed)
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=64,
        patch_size=8, projection_dim=16,
    )  # fmt: skip
    text = LlamaConfig(**{
        "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": layers, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 460, "max_position_embeddings": 1024, "pad_token_id": 0,
        "bos_token_id": 1, "eos_token_id": 2, **llama,
    })  # fmt: skip
    config = LlavaNextConfig(
        vision_config=vision, text_config=text, image_token_index=3, vision_feature_layer=-1,
        image_grid_pinpoints=pinpoints or [[64, 128], [128, 64], [128, 128], [192, 64], [64, 192]],
    )  # fmt: skip
    model = LlavaNextForConditionalGeneration(config).eval()
    with torch.no_grad():
        for layer in model.model.vision_tower.modules():
            if hasattr(layer, "out_proj"):
                layer.out_proj.weight *= 0.01
        model.model.vision_tower.embeddings.patch_embedding.weight *= 20
    return model


def tiny_processor(
    model: Any, template: str = LLAMA3, trim: bool = True, word_marks: bool = False
) -> LlavaNextProcessor:
    """The processor that belongs to `model`, with a byte-level tokenizer or one with word marks."""
    vision = model.config.vision_config
    size = {"height": vision.image_size, "width": vision.image_size}
    images = LlavaNextImageProcessorPil(
        size=size, crop_size=size, image_grid_pinpoints=model.config.image_grid_pinpoints
    )
    return LlavaNextProcessor(
        images,
        word_mark_tokenizer() if word_marks else byte_level_tokenizer(trim),
        patch_size=vision.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )


@pytest.fixture(scope="session")
def llava_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved tiny LLaVA-NeXT with its processor."""
    folder = tmp_path_factory.mktemp("llava")
    model = tiny_llava()
    model.save_pretrained(folder)
    tiny_processor(model).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def llava(llava_folder: Path) -> Any:
    """The saved model, loaded through the public door. Tests must leave it as it is."""
    from models.vlm import load_vlm
    from studio.domain.specs import ModelSpec

    return load_vlm(ModelSpec(str(llava_folder), device="cpu"))


@pytest.fixture(scope="session")
def make_processor() -> Callable[..., LlavaNextProcessor]:
    return tiny_processor


@pytest.fixture(scope="session")
def make_tokenizer() -> Callable[..., PreTrainedTokenizerFast]:
    return byte_level_tokenizer


@pytest.fixture(scope="session")
def template() -> str:
    return LLAMA3


@pytest.fixture(scope="session")
def make_llava() -> Callable[..., Any]:
    return tiny_llava
