"""The demo's CLIP and LLaVA-NeXT: configurations, tokenizers and processors, all ordinary transformers
classes."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPProcessor,
    LlamaConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

from models.demo.sprites import SpriteBook
from models.demo.views import PATCH, PINPOINTS, SIDE
from models.demo.vocabulary import SPECIAL, words

VISION = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 3, "num_attention_heads": 4}
TEXT = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 2, "num_attention_heads": 4}
DECODER = {"hidden_size": 160, "intermediate_size": 432, "num_hidden_layers": 4, "num_attention_heads": 5}
JOINT = 96  # width of the CLIP's joint space
PIXELS = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3, "do_convert_rgb": True}
# A turn's content is a plain string or a list of parts, as everywhere in transformers.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|user|>' if message['role'] == 'user' else '<|assistant|>' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>\n' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{% if message['role'] != 'user' %}{{ '</s>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def tokenizer(book: SpriteBook, closing: bool, longest: int) -> PreTrainedTokenizerFast:
    """Word-level tokenizer, lower case, unknown words to <unk>; `closing` adds </s> after a text (CLIP)."""
    vocabulary = {word: index for index, word in enumerate((*SPECIAL, *words(book)))}
    inner = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    inner.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), behavior="removed", invert=True)
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if closing else "<s> $A",
        special_tokens=[(token, vocabulary[token]) for token in ("<s>", "</s>")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        additional_special_tokens=["<image>", "<|user|>", "<|assistant|>"],
        model_max_length=longest,
        padding_side="right" if closing else "left",
        clean_up_tokenization_spaces=False,
    )


def clip_config(vocabulary: int) -> CLIPConfig:
    vision = {**VISION, "image_size": SIDE, "patch_size": PATCH, "hidden_act": "gelu"}
    text = {**TEXT, "vocab_size": vocabulary, "max_position_embeddings": 32, "hidden_act": "gelu"}
    text |= {"bos_token_id": 1, "eos_token_id": 3, "pad_token_id": 0}
    return CLIPConfig(
        text_config=text, vision_config={**vision, "projection_dim": JOINT}, projection_dim=JOINT
    )


def llava_config(vocabulary: int, clip: CLIPConfig) -> LlavaNextConfig:
    """A LLaVA-NeXT on the CLIP's vision tower: last layer's patches, class token dropped, tied word
    embeddings."""
    text = LlamaConfig(
        **DECODER,
        num_key_value_heads=DECODER["num_attention_heads"],
        vocab_size=vocabulary,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        bos_token_id=1,
        eos_token_id=3,
        pad_token_id=0,
    )
    return LlavaNextConfig(
        vision_config=clip.vision_config,
        text_config=text,
        image_token_index=SPECIAL.index("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_grid_pinpoints=[list(pinpoint) for pinpoint in PINPOINTS],
        image_seq_length=2 * (SIDE // PATCH) ** 2,
        tie_word_embeddings=True,
    )


def new_clip(book: SpriteBook) -> CLIPModel:
    return CLIPModel(clip_config(len(SPECIAL) + len(words(book))))


def new_llava(book: SpriteBook, clip: CLIPModel) -> LlavaNextForConditionalGeneration:
    """A fresh LLaVA-NeXT whose vision tower is the CLIP's (weights copied)."""
    model = LlavaNextForConditionalGeneration(llava_config(len(SPECIAL) + len(words(book)), clip.config))
    model.model.vision_tower.load_state_dict(clip.vision_model.state_dict())
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = 3, 0
    model.generation_config.bos_token_id = 1
    return model


def clip_processor(book: SpriteBook) -> CLIPProcessor:
    """Squeezes a picture to 64 x 64: no crop, so that nothing at the edge of a wide picture is lost."""
    size = {"height": SIDE, "width": SIDE}
    images = CLIPImageProcessorPil(size=size, do_center_crop=False, crop_size=size, **PIXELS)
    return CLIPProcessor(images, tokenizer(book, closing=True, longest=32))


def llava_processor(book: SpriteBook) -> LlavaNextProcessor:
    size = {"height": SIDE, "width": SIDE}
    images = LlavaNextImageProcessorPil(
        size=size, crop_size=size, image_grid_pinpoints=[list(p) for p in PINPOINTS], **PIXELS
    )
    return LlavaNextProcessor(
        images,
        tokenizer(book, closing=False, longest=512),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT_TEMPLATE,
    )


def save_clip(model: CLIPModel, book: SpriteBook, folder: Path) -> None:
    model.save_pretrained(folder)
    clip_processor(book).save_pretrained(folder)


def save_llava(model: LlavaNextForConditionalGeneration, book: SpriteBook, folder: Path) -> None:
    model.save_pretrained(folder)
    llava_processor(book).save_pretrained(folder)
