"""The demo's networks as ordinary transformers models, and the training's shortcuts against the models
themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    AutoModel,
    AutoModelForImageTextToText,
    AutoProcessor,
    CLIPModel,
    LlavaNextForConditionalGeneration,
)

from models.demo.answering import Exam, aligned_start, tower_features
from models.demo.hiding import blurred, hide, keep_one
from models.demo.networks import clip_processor, llava_processor, new_clip, new_llava, save_clip, save_llava
from models.demo.packing import pack
from models.demo.pool import draw_chunk
from models.demo.questions import KINDS, Question
from models.demo.scene import SHAPES, generator, make_scene
from models.demo.sprites import RESOURCES, SpriteBook
from models.demo.views import patch_owners, views_of
from models.demo.vision import Lesson, Seer

SIZES = [(height, width) for height, width, _ in SHAPES]


@pytest.fixture(scope="module")
def book() -> SpriteBook:
    return SpriteBook()


@pytest.fixture(scope="module")
def folder(book: SpriteBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("networks")
    clip = new_clip(book)
    save_clip(clip, book, folder / "clip")
    save_llava(new_llava(book, clip), book, folder / "llava")
    return folder


@pytest.fixture(scope="module")
def llava(folder: Path) -> LlavaNextForConditionalGeneration:
    return AutoModelForImageTextToText.from_pretrained(folder / "llava").eval()


@pytest.fixture(scope="module")
def scenes(book: SpriteBook) -> dict:
    """One scene of every shape, with its index in the training split of seed 3."""
    found: dict = {}
    for index in range(80):
        scene = make_scene(book, generator("train", 3, index))
        found.setdefault(scene.mask.shape, (index, scene))
    assert set(found) == set(SIZES)
    return found


def asked(processor, text: str = "what is at the top left ?") -> str:
    content = [{"type": "image"}, {"type": "text", "text": text}]
    return processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)


@pytest.mark.parametrize("size", [*SIZES, (64, 64), (200, 300), (300, 200), (97, 61), (500, 120)])
def test_processor_gives_the_tokens_the_model_expects(folder: Path, llava, size: tuple[int, int]) -> None:
    processor = AutoProcessor.from_pretrained(folder / "llava")
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8))
    inputs = processor(images=picture, text=asked(processor), return_tensors="pt")
    with torch.no_grad():
        features = llava.model.get_image_features(inputs["pixel_values"], inputs["image_sizes"]).pooler_output
        logits = llava(**inputs).logits
    assert int((inputs["input_ids"] == llava.config.image_token_id).sum()) == len(features[0])
    assert logits.shape[1] == inputs["input_ids"].shape[1]


def test_chat_template_and_words(folder: Path) -> None:
    processor = AutoProcessor.from_pretrained(folder / "llava")
    tokens = processor.tokenizer.tokenize(asked(processor, "What is at the TOP left?").replace("<image>", ""))
    assert tokens == ["<|user|>", "what", "is", "at", "the", "top", "left", "?", "<|assistant|>"]
    assert processor.tokenizer("xylophone")["input_ids"] == [1, processor.tokenizer.unk_token_id]


def test_padded_batch_answers_like_single_pictures(folder: Path, llava, scenes: dict) -> None:
    processor = AutoProcessor.from_pretrained(folder / "llava")
    pictures = [Image.fromarray(scene.pixels) for _, scene in scenes.values()]
    prompts = [asked(processor)] * len(pictures)
    together = processor(images=pictures, text=prompts, padding=True, return_tensors="pt")
    with torch.no_grad():
        batched = llava(**together).logits[:, -1]
        for row, picture in zip(batched, pictures):
            alone = processor(images=picture, text=prompts[0], return_tensors="pt")
            assert torch.allclose(llava(**alone).logits[0, -1], row, atol=1e-4)


def test_pool_views_are_the_processors(book: SpriteBook, scenes: dict) -> None:
    processor = llava_processor(book)
    for _, scene in scenes.values():
        pixels = processor.image_processor(Image.fromarray(scene.pixels), return_tensors="np")[
            "pixel_values"
        ][0]
        mine = (views_of(scene.pixels).transpose(0, 3, 1, 2).astype(np.float32) / 255 - 0.5) / 0.5
        assert np.allclose(pixels, np.repeat(mine, 2, 0) if len(mine) == 1 else mine, atol=1e-6)


def test_patch_owners_by_counting_pixels(scenes: dict) -> None:
    for (height, width), (_, scene) in scenes.items():
        owners = patch_owners(scene.mask, len(scene.objects))[0].reshape(8, 8)
        rows, columns = height // 8, width // 8
        for y, x in np.ndindex(8, 8):
            cell = scene.mask[y * rows : (y + 1) * rows, x * columns : (x + 1) * columns]
            shares = np.bincount(cell.ravel(), minlength=5)[1:5] / cell.size
            expected = 0 if shares.max() < 0.02 else shares.argmax() + 1 if shares.max() >= 0.15 else -1
            assert owners[y, x] == expected


def test_packed_questions_equal_single_ones(book: SpriteBook, folder: Path, llava, scenes: dict) -> None:
    """Logits of the packed training sequence against the model on each question alone, through the
    processor."""
    pool = draw_chunk("train", 3, 0, 1 + max(index for index, _ in scenes.values()))
    seer = Seer(book)
    seer.clip = CLIPModel.from_pretrained(folder / "clip")
    with torch.no_grad():
        exam = Exam(llava, pool, seer.see(torch.from_numpy(pool.views))[0], book)
        processor = AutoProcessor.from_pretrained(folder / "llava")
        for index, scene in scenes.values():
            (packed,) = exam.packs(np.array([index]), np.random.default_rng(1))
            hidden = exam.hidden(np.array([index]), int(pool.shape[index]), [packed])
            logits = llava.lm_head(hidden)[0]
            for number in (0, len(packed.kinds) - 1):
                mine = packed.segment == number
                words = processor.tokenizer.convert_ids_to_tokens(packed.token[mine])
                text = "<|user|><image>\n" + " ".join(words)
                inputs = processor(images=Image.fromarray(scene.pixels), text=text, return_tensors="pt")
                alone = llava(**inputs).logits[0, -len(words) :]
                assert torch.allclose(logits[torch.from_numpy(mine)], alone, atol=2e-5)


def test_packing_labels_the_answers_only(book: SpriteBook) -> None:
    index = llava_processor(book).tokenizer.get_vocab()
    words = {number: word for word, number in index.items()}
    questions = [
        Question("where", "where is the dog ?", "top left"),
        Question("count", "how many objects ?", "two"),
    ]
    packed = pack(questions, index, 32)
    labels = [words[value] for value in packed.label if value >= 0]
    assert labels == ["top", "left", "</s>", "two", "</s>"]
    for here, following in zip(np.flatnonzero(packed.label >= 0), labels):
        if following != "</s>":
            assert words[packed.token[here + 1]] == following
    assert pack(questions, index, 10).kinds == ["where"]


@pytest.fixture(scope="module")
def taught(book: SpriteBook) -> tuple:
    """A pool, a fresh Seer, its tower's features of the pool, and the aligned start on them."""
    torch.manual_seed(1)
    pool, seer = draw_chunk("train", 3, 0, 60), Seer(book)
    features = tower_features(seer, pool)
    return pool, seer, features, aligned_start(seer, pool, features, book)


def test_words_start_at_what_they_name(book: SpriteBook, taught: tuple) -> None:
    pool, _, features, model = taught
    index = llava_processor(book).tokenizer.get_vocab()
    table = model.get_input_embeddings().weight.detach()
    with torch.no_grad():
        projected = model.model.multi_modal_projector(features.float()).numpy()
    owned = pool.owner > 0
    sprite = pool.sprite[pool.view_scene()[:, None], np.where(owned, pool.owner - 1, 0)]
    middle = projected[owned].mean(0)
    for value in np.unique(sprite[owned]):
        expected = projected[owned & (sprite == value)].mean(0) - middle
        word = table[index[book.names[value]]].numpy()
        assert np.allclose(word, expected / np.linalg.norm(expected), atol=1e-4)


def test_matching_heads_prefer_their_like(taught: tuple) -> None:
    attention = taught[3].model.language_model.layers[0].self_attn
    tokens = torch.nn.functional.normalize(torch.randn(40, 160), dim=-1) * 160**0.5
    with torch.no_grad():
        queries, keys = (p(tokens).view(40, -1, 32)[:, :3] for p in (attention.q_proj, attention.k_proj))
    scores = torch.einsum("ihd,jhd->ij", queries, keys)
    assert (scores.argmax(1) == torch.arange(40)).all()


def test_both_stages_give_losses_that_teach(book: SpriteBook, taught: tuple) -> None:
    pool, seer, features, model = taught
    for module, losses in (
        (seer, Lesson(seer, pool, book).losses(np.random.default_rng(0))),
        (model, Exam(model.train(), pool, features, book).losses(np.random.default_rng(0))),
    ):
        total = torch.stack(list(losses.values())).sum()
        assert torch.isfinite(total)
        total.backward()
        missing = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.any()]
        assert all("vision" in name for name in missing)


def test_hidden_views_keep_what_they_should() -> None:
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 255, (8, 64, 64, 3), np.uint8))
    owner = rng.integers(0, 3, (8, 64)).astype(np.int8)
    kept = keep_one(owner, rng)
    shown = hide(pixels, torch.from_numpy(kept), rng)
    for row in range(8):
        assert len({*owner[row][kept[row]]}) == 1
        for patch in range(64):
            y, x = divmod(patch, 8)
            window = (row, slice(8 * y, 8 * y + 8), slice(8 * x, 8 * x + 8))
            assert torch.equal(shown[window], pixels[window]) == bool(kept[row, patch])


def test_blur_keeps_flat_pictures_and_the_mean() -> None:
    flat = torch.full((1, 64, 64, 3), 77, dtype=torch.uint8)
    assert torch.equal(blurred(flat, 3.0), flat)
    spot = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)
    spot[:, 28:36, 28:36] = 255
    soft = blurred(spot, 3.0).float()
    assert abs(soft.mean() - spot.float().mean()) < 0.5
    assert soft.max() < 255


def test_every_word_of_bank_and_questions_is_known(book: SpriteBook) -> None:
    bank = [json.loads(line) for line in (RESOURCES / "concepts.jsonl").read_text().splitlines()]
    assert 80 <= len(bank) <= 200
    assert len({line["concept"] for line in bank}) == len(bank)
    assert {line["category"] for line in bank} <= {"scene", "object", "part", "material", "texture", "color"}
    texts = [line["concept"] for line in bank]
    for index in range(60):
        rng = generator("test", 0, index)
        objects = make_scene(book, rng).objects
        questions = [ask(objects, book, rng) for ask in KINDS.values()]
        texts += [f"{q.text} {q.answer}" for q in questions if q is not None]
    for processor in (clip_processor(book), llava_processor(book)):
        assert all(
            processor.tokenizer.unk_token_id not in processor.tokenizer(text)["input_ids"] for text in texts
        )


def test_saved_clip_is_an_ordinary_one(folder: Path) -> None:
    processor, model = (
        AutoProcessor.from_pretrained(folder / "clip"),
        AutoModel.from_pretrained(folder / "clip"),
    )
    assert isinstance(model, CLIPModel)
    picture = Image.new("RGB", (384, 192), "red")
    inputs = processor(images=[picture], text=["an apple", "red"], padding=True, return_tensors="pt")
    assert inputs["pixel_values"].shape == (1, 3, 64, 64)
    assert model(**inputs).logits_per_image.shape == (1, 2)
