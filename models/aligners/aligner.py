"""A joint text-image encoder with unit embeddings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.aligners.families import Family

Embeddings = NDArray[np.float32]
BATCH = 64


class Aligner:
    """CLIP, SigLIP or ALIGN behind two verbs. The cosine of two embeddings is their dot product.

    `id` names the model and its revision in results; `dim` is the width e of the embeddings; `scale` the
    factor on the cosine before a softmax; `text_limit` the number of tokens the text tower takes.
    """

    def __init__(self, model: Any, images: Any, tokenizer: Any, family: Family, name: str) -> None:
        self.id = name
        self._model = model.eval()
        self._images = images
        self._tokenizer = tokenizer
        self._family = family
        self.scale = family.scale(model)
        self.text_limit = _text_limit(model, tokenizer, family)
        self.dim = self.embed_texts(["a"]).shape[1]

    @property
    def fingerprint(self) -> str:
        """Tells apart networks of one name: a hash of what the network makes of two words, in hex."""
        return hashlib.sha256(self.embed_texts(["a", "the"]).round(3).tobytes()).hexdigest()[:16]

    @property
    def device(self) -> torch.device:
        return self._model.device

    def truncates(self, text: str) -> bool:
        """Whether the text tower would cut this text: its embedding would stand for less than it says."""
        return len(self._tokenizer(text, verbose=False)["input_ids"]) > self.text_limit

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        """Unit embeddings float32 [N, e]. A text that is too long is cut (see `truncates`)."""
        return self._embed(self._text_batches(list(texts)))

    def embed_images(self, images: Sequence[Image.Image]) -> Embeddings:
        """Unit embeddings float32 [N, e] of RGB pictures, prepared as the encoder's own processor does."""
        return self._embed(self._image_batches(list(images)))

    def _text_batches(self, texts: list[str]) -> Iterator[Any]:
        padding = "max_length" if self._family.pad_to_end else "longest"
        for start in range(0, len(texts), BATCH):
            inputs = self._tokenizer(
                texts[start : start + BATCH],
                padding=padding,
                truncation=True,
                max_length=self.text_limit,
                return_tensors="pt",
            )
            names = ("input_ids",) if self._family.pad_to_end else ("input_ids", "attention_mask")
            yield self._model.get_text_features(**{name: inputs[name].to(self.device) for name in names})

    def _image_batches(self, images: list[Image.Image]) -> Iterator[Any]:
        for start in range(0, len(images), BATCH):
            inputs = self._images(images=images[start : start + BATCH], return_tensors="pt")
            pixels = inputs["pixel_values"].to(self.device, self._model.dtype)
            yield self._model.get_image_features(pixel_values=pixels)

    def _embed(self, batches: Iterator[Any]) -> Embeddings:
        with torch.inference_mode():
            found = [_unit(output) for output in batches]
        return np.concatenate(found) if found else np.zeros((0, self.dim), np.float32)


def _unit(output: Any) -> Embeddings:
    """transformers 5 returns an output object, older versions the tensor itself."""
    features = output if isinstance(output, torch.Tensor) else output.pooler_output
    return torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()


def _text_limit(model: Any, tokenizer: Any, family: Family) -> int:
    positions = int(model.config.text_config.max_position_embeddings)
    return min(positions, int(tokenizer.model_max_length), family.text_limit or positions)
