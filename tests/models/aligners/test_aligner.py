"""Joint encoders against transformers itself, on tiny random networks of the real classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import (
    AlignConfig,
    AlignModel,
    CLIPConfig,
    CLIPModel,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipModel,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from models.aligners import load_aligner
from studio.domain.errors import ModelError

WORDS = ["<pad>", "<s>", "<unk>", "</s>", "a", "the", "dog", "cat", "red", "ball", "on", "of", "table"]
TEXT = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 12,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 3,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
TEXTS = ["a dog", "the red ball on the table", "cat"]


def tokenizer(limit: int = 12) -> PreTrainedTokenizerFast:
    inner = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=limit,
    )


def network(kind: str) -> Any:
    torch.manual_seed(5)
    if kind == "clip":
        return CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=8))
    if kind == "siglip":
        return SiglipModel(SiglipConfig(text_config={**TEXT, "projection_size": 16}, vision_config=VISION))
    vision = {
        "image_size": 32,
        "hidden_dim": 16,
        "width_coefficient": 0.1,
        "depth_coefficient": 0.1,
        "initializer_range": 0.3,
    }
    text = {**TEXT, "type_vocab_size": 1, "max_position_embeddings": 100}
    return AlignModel(AlignConfig(text_config=text, vision_config=vision, projection_dim=32))


@pytest.fixture(scope="module", params=["clip", "siglip", "align"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("encoder") / request.param
    network(request.param).save_pretrained(folder)
    size = {"height": 32, "width": 32}
    CLIPImageProcessorPil(size=size, crop_size=size, do_center_crop=False).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return request.param, folder


def pictures(count: int = 3) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 255, (40, 50, 3), dtype=np.uint8)) for _ in range(count)]


def direct(kind: str, folder: Path, images: list[Image.Image]) -> tuple[np.ndarray, np.ndarray, float]:
    """Image embeddings, text embeddings and scale, one input at a time, from the model's own forward."""
    model = (
        {"clip": CLIPModel, "siglip": SiglipModel, "align": AlignModel}[kind].from_pretrained(folder).eval()
    )
    process = CLIPImageProcessorPil.from_pretrained(folder)
    found: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for image, text in zip(images, TEXTS, strict=True):
        options = {"padding": "max_length", "max_length": 12} if kind == "siglip" else {}
        tokens = tokenizer()(text, return_tensors="pt", **options)
        inputs = {"input_ids": tokens["input_ids"]}
        if kind != "siglip":
            inputs["attention_mask"] = tokens["attention_mask"]
        with torch.no_grad():
            out = model(pixel_values=process(images=[image], return_tensors="pt")["pixel_values"], **inputs)
        found[0].append(out.image_embeds[0].numpy())
        found[1].append(out.text_embeds[0].numpy())
    scale = (
        1 / float(model.temperature.detach()) if kind == "align" else float(model.logit_scale.detach().exp())
    )
    unit = [np.stack(side) / np.linalg.norm(np.stack(side), axis=1, keepdims=True) for side in found]
    return unit[0], unit[1], scale


def test_embeddings_are_those_of_the_model_itself(saved: tuple[str, Path]) -> None:
    kind, folder = saved
    images = pictures()
    aligner = load_aligner(str(folder), device="cpu")
    expected_images, expected_texts, scale = direct(kind, folder, images)
    found_images, found_texts = aligner.embed_images(images), aligner.embed_texts(TEXTS)
    assert found_images.dtype == found_texts.dtype == np.float32
    assert found_images == pytest.approx(expected_images, abs=1e-5)
    assert found_texts == pytest.approx(expected_texts, abs=1e-5)
    assert np.linalg.norm(found_texts, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert aligner.scale == pytest.approx(scale)
    assert aligner.id == kind


def test_the_batch_changes_nothing(saved: tuple[str, Path]) -> None:
    aligner = load_aligner(str(saved[1]), device="cpu")
    images, texts = pictures(70), [f"a {' red' * (i % 5)} dog" for i in range(70)]
    assert aligner.embed_images(images)[66] == pytest.approx(aligner.embed_images(images[66:67])[0], abs=1e-5)
    assert aligner.embed_texts(texts)[66] == pytest.approx(aligner.embed_texts(texts[66:67])[0], abs=1e-5)


def test_nothing_gives_an_empty_table(saved: tuple[str, Path]) -> None:
    aligner = load_aligner(str(saved[1]), device="cpu")
    assert aligner.embed_images([]).shape == aligner.embed_texts([]).shape == (0, aligner.dim)


def test_a_text_that_is_cut_is_told(saved: tuple[str, Path]) -> None:
    aligner = load_aligner(str(saved[1]), device="cpu")
    fits, cut = " ".join(["dog"] * 10), " ".join(["dog"] * 10 + ["cat"])  # with start and end: 12 and 13
    assert not aligner.truncates(fits)
    assert aligner.truncates(cut)
    assert aligner.embed_texts([cut])[0] == pytest.approx(aligner.embed_texts([fits])[0], abs=1e-5)


def test_the_fingerprint_tells_networks_of_one_name_apart(tmp_path: Path) -> None:
    def prints(name: str, seed: int) -> str:
        folder = tmp_path / name / "clip"
        torch.manual_seed(seed)
        CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=8)).save_pretrained(
            folder
        )
        CLIPImageProcessorPil().save_pretrained(folder)
        tokenizer().save_pretrained(folder)
        return load_aligner(str(folder), device="cpu").fingerprint

    assert prints("one", 1) == prints("same", 1) != prints("two", 2)


def test_what_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No aligner is set"):
        load_aligner("")
    with pytest.raises(ModelError, match="no folder"):
        load_aligner(str(tmp_path / "missing"))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelError, match="of the type bert, which is no joint text-image encoder"):
        load_aligner(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="configuration"):
        load_aligner(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    with pytest.raises(ModelError, match="weights of the aligner"):
        load_aligner(str(tmp_path))
