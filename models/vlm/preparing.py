"""From samples to padded inputs and token maps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL.Image import Image
from torch import Tensor

from models.vlm.adapters import Adapter
from models.vlm.chat import Rendered, rendered
from models.vlm.text_tokens import expand, text_tokens
from models.vlm.tokens import Batch, ImageLayout, TokenMap
from studio.domain.errors import DataError, ModelError
from studio.domain.sample import Sample

TOKEN_CHARACTERS = 4  # a token of text is about that long; only to sort samples by length


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sample in the model's words. `size` estimates its number of tokens."""

    sample: Sample
    images: tuple[Image, ...]
    text: Rendered
    layouts: tuple[ImageLayout, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.layouts)) + len(self.text.text) // TOKEN_CHARACTERS


def prompt(model: Any, processor: Any, adapter: Adapter, sample: Sample, images: Sequence[Image]) -> Prompt:
    """Write `sample` in the chat template. Raises `DataError` when its text cannot be told from markers.

    Of a model that reads no text (`Adapter.reads_text`) there is the layout of the sample's one picture.
    """
    if not adapter.reads_text:
        return _picture_alone(model, processor, adapter, sample, images)
    marker, marks = processor.image_token, _marks(model, processor, adapter)
    if any("\ud800" <= character <= "\udfff" for turn in sample.turns for character in turn.text):
        raise DataError("The text has halves of characters (lone surrogates), which no tokenizer reads.")
    if used := [mark for mark in marks if any(mark in turn.text for turn in sample.turns)]:
        raise DataError(f"The text contains {used[0]}, which is this model's mark for a picture.")
    if adapter.needs_picture and not images:
        raise DataError(f"{adapter.name} reads no text without a picture.")
    text = rendered(processor, sample.turns, len(images))
    if text.text.count(marker) != len(images):
        raise ModelError(f"The model's chat template does not write one {marker} for each picture.")
    layouts = tuple(adapter.layout(model, processor, image.height, image.width) for image in images)
    return Prompt(sample, tuple(images), text, layouts)


def _picture_alone(
    model: Any, processor: Any, adapter: Adapter, sample: Sample, images: Sequence[Image]
) -> Prompt:
    if len(images) != 1:
        raise DataError(f"{adapter.name}: one picture a sample is read; this one has {len(images)}.")
    layout = adapter.layout(model, processor, images[0].height, images[0].width)
    return Prompt(sample, tuple(images), Rendered("", ()), (layout,))


def _marks(model: Any, processor: Any, adapter: Adapter) -> list[str]:
    """The marker of a picture and what it becomes: the same in most families."""
    token = processor.tokenizer.convert_ids_to_tokens(adapter.image_token_id(model))
    return list(dict.fromkeys([processor.image_token, token]))


def tensors(
    model: Any,
    processor: Any,
    adapter: Adapter,
    texts: Sequence[str],
    images: Sequence[Sequence[Image]],
    **options: Any,
) -> Any:
    """The inputs for `texts` with each one's `images`, on the model's device; pixels in its dtype.

    Special tokens are added unless the template already wrote them, as transformers itself decides.
    """
    start = processor.tokenizer.bos_token
    inputs = processor(
        images=_given(adapter, images),
        text=list(texts),
        return_tensors="pt",
        padding=True,
        add_special_tokens=not (
            start and (texts[0].startswith(start) or start in adapter.inserted(processor))
        ),
        **options,
    )
    return inputs.to(model.device, model.dtype)


def _given(adapter: Adapter, images: Sequence[Sequence[Image]]) -> list[Any] | None:
    flat = [image for pictures in images for image in pictures]
    if not flat:
        return None
    return [list(pictures) for pictures in images] if adapter.nested else flat


def collate(model: Any, processor: Any, adapter: Adapter, prompts: Sequence[Prompt]) -> Batch:
    """Pad on the right: positions are then those of each sample alone, and causal attention never looks at
    the padding."""
    inputs = dict(_tensors(model, processor, adapter, prompts))
    replaced = inputs.pop("text_replacement_offsets", None)
    if not isinstance(replaced, list) or not replaced:  # nothing was replaced; some make it an empty tensor
        replaced = [[]] * len(prompts)
    offsets = inputs.pop("offset_mapping").cpu().numpy()
    ids = inputs["input_ids"].cpu().numpy()
    present = inputs["attention_mask"].cpu().numpy().astype(bool)
    _check_length(model, present)
    image_id, special = adapter.image_token_id(model), _special(processor)
    maps = []
    for row, p in enumerate(prompts):
        is_image = ids[row] == image_id
        usable = present[row] & ~is_image & ~np.isin(ids[row], special)
        expanded = _expanded(p, replaced[row], adapter.inserted(processor))
        maps.append(_token_map(p, expanded, is_image, usable, offsets[row]))
    return Batch(_known(inputs), maps)


def _tensors(model: Any, processor: Any, adapter: Adapter, prompts: Sequence[Prompt]) -> Any:
    texts, images = [p.text.text for p in prompts], [p.images for p in prompts]
    return tensors(
        model,
        processor,
        adapter,
        texts,
        images,
        return_offsets_mapping=True,
        return_text_replacement_offsets=True,
        padding_side="right",
    )


def _known(inputs: dict[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in inputs.items() if isinstance(value, Tensor)}


def _special(processor: Any) -> np.ndarray:
    """Ids that are never words. The unknown token is one: it stands for a word of the sample."""
    tokenizer = processor.tokenizer
    return np.array(sorted(set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}), np.int64)


def _check_length(model: Any, present: np.ndarray) -> None:
    most = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    longest = int(present.sum(axis=1).max())
    if most and longest > most:
        raise DataError(f"The sample is {longest} tokens long; this model reads at most {most}.")


def _token_map(
    p: Prompt, expanded: Rendered, is_image: np.ndarray, usable: np.ndarray, offsets: np.ndarray
) -> TokenMap:
    expected = sum(map(len, p.layouts))
    if is_image.sum() != expected:
        raise ModelError(
            f"The processor made {int(is_image.sum())} image tokens of sample {p.sample.id}; its sizes say "
            f"{expected}. This model's files do not fit together, so positions on the image would be wrong."
        )
    words = text_tokens(expanded.text, expanded.spans, offsets.tolist(), usable.tolist())
    pixels = _joined([layout.has_pixels for layout in p.layouts], bool)
    pictures = _joined([np.full(len(layout), i) for i, layout in enumerate(p.layouts)], np.uint8)
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *(layout.boxes for layout in p.layouts)])
    views = _joined([layout.views for layout in p.layouts], np.uint8)
    return TokenMap(
        np.flatnonzero(is_image)[pixels].astype(np.int64),
        boxes[pixels],
        views[pixels],
        pictures[pixels],
        words.positions,
        words.pieces,
        words.roles,
    )


def _joined(parts: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)


def _expanded(p: Prompt, replaced: Sequence[Mapping[str, Any]], inserted: str) -> Rendered:
    """The text as the tokenizer saw it, and where the turns are in it. `replaced` is the processor's own
    account of what it wrote for each picture's marker; `inserted` follows the last one."""
    if not replaced:
        return p.text
    marker = str(replaced[0]["text"])
    words = [str(r["replacement"]) for r in replaced]
    words[-1] += inserted
    pieces = p.text.text.split(marker)
    text = pieces[0] + "".join(word + piece for word, piece in zip(words, pieces[1:], strict=True))
    starts = [match.start() for match in re.finditer(re.escape(marker), p.text.text)]
    spans = expand(p.text.spans, starts, [len(word) for word in words], len(marker))
    return Rendered(text, tuple(spans))
