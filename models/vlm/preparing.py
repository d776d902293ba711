"""From samples to padded inputs and token maps."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    """Write `sample` in the chat template. Raises `DataError` when its text cannot be told from markers."""
    marker = processor.image_token
    if any("\ud800" <= character <= "\udfff" for turn in sample.turns for character in turn.text):
        raise DataError("The text has halves of characters (lone surrogates), which no tokenizer reads.")
    if any(marker in turn.text for turn in sample.turns):
        raise DataError(f"The text contains {marker}, which is this model's mark for a picture.")
    text = rendered(processor, sample.turns, len(images))
    if text.text.count(marker) != len(images):
        raise ModelError(f"The model's chat template does not write one {marker} for each picture.")
    layouts = tuple(adapter.layout(model, processor, image.height, image.width) for image in images)
    return Prompt(sample, tuple(images), text, layouts)


def tensors(model: Any, processor: Any, texts: Sequence[str], images: Sequence[Image], **options: Any) -> Any:
    """The processor's inputs for `texts`, on the model's device; pixels in its dtype.

    Special tokens are added unless the template already wrote them, as transformers itself decides.
    """
    start = processor.tokenizer.bos_token
    inputs = processor(
        images=list(images) or None,
        text=list(texts),
        return_tensors="pt",
        padding=True,
        add_special_tokens=not (start and texts[0].startswith(start)),
        **options,
    )
    return inputs.to(model.device, model.dtype)


def collate(model: Any, processor: Any, adapter: Adapter, prompts: Sequence[Prompt]) -> Batch:
    """Pad on the right: positions are then those of each sample alone, and causal attention never looks at
    the padding."""
    images = [image for p in prompts for image in p.images]
    texts = [p.text.text for p in prompts]
    inputs = dict(tensors(model, processor, texts, images, return_offsets_mapping=True, padding_side="right"))
    offsets = inputs.pop("offset_mapping").cpu().numpy()
    ids = inputs["input_ids"].cpu().numpy()
    present = inputs["attention_mask"].cpu().numpy().astype(bool)
    _check_length(model, present)
    image_id, special = adapter.image_token_id(model), _special(processor)
    maps = []
    for row, p in enumerate(prompts):
        is_image = ids[row] == image_id
        usable = present[row] & ~is_image & ~np.isin(ids[row], special)
        maps.append(_token_map(p, processor.image_token, is_image, usable, offsets[row]))
    return Batch(_known(inputs), maps)


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
    p: Prompt, marker: str, is_image: np.ndarray, usable: np.ndarray, offsets: np.ndarray
) -> TokenMap:
    expected = sum(map(len, p.layouts))
    if is_image.sum() != expected:
        raise ModelError(
            f"The processor made {int(is_image.sum())} image tokens of sample {p.sample.id}; its sizes say "
            f"{expected}. This model's files do not fit together, so positions on the image would be wrong."
        )
    starts = [match.start() for match in re.finditer(re.escape(marker), p.text.text)]
    lengths = [len(layout) * len(marker) for layout in p.layouts]
    full = _expanded(p.text.text, marker, p.layouts)
    spans = expand(p.text.spans, starts, lengths, len(marker))
    words = text_tokens(full, spans, offsets.tolist(), usable.tolist())
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


def _expanded(text: str, marker: str, layouts: Sequence[ImageLayout]) -> str:
    """`text` as the tokenizer sees it: each marker as often as its picture has tokens."""
    pieces = text.split(marker)
    return pieces[0] + "".join(
        marker * len(layout) + piece for layout, piece in zip(layouts, pieces[1:], strict=True)
    )
