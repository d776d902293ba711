"""A loaded vision-language model: samples in, hidden states and token maps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor, nn

from models.vlm.adapters import Adapter
from models.vlm.capture import capture
from models.vlm.chat import render
from models.vlm.preparing import Prompt, collate, prompt, tensors
from models.vlm.tokens import Batch
from studio.domain.errors import DataError, ModelError
from studio.domain.sample import Sample


@dataclass(frozen=True, slots=True)
class Vlm:
    """`id` is the folder or repo id asked for, `revision` the commit that was loaded (None for a folder).
    `count` is how many layers the model has where only the first ones were loaded, else None."""

    model: Any
    processor: Any
    adapter: Adapter
    id: str
    revision: str | None
    count: int | None = None

    @property
    def layers(self) -> nn.ModuleList:
        """The decoder's layers that were loaded."""
        return self.adapter.layers(self.model)

    @property
    def layer_count(self) -> int:
        return len(self.layers) if self.count is None else self.count

    @property
    def hidden_size(self) -> int:
        return self.model.config.get_text_config().hidden_size

    @property
    def device(self) -> torch.device:
        return self.model.device

    @property
    def dtype(self) -> torch.dtype:
        return self.model.dtype

    @property
    def adapter_name(self) -> str:
        return self.adapter.name

    @property
    def layer_kind(self) -> str:
        """What its layers are called: "decoder" or "vision"."""
        return "decoder" if self.adapter.reads_text else "vision"

    def prompt(self, sample: Sample, images: Sequence[Image]) -> Prompt:
        """One sample in the model's words, with its length in tokens known roughly. Raises `DataError`."""
        return prompt(self.model, self.processor, self.adapter, sample, images)

    def collate(self, prompts: Sequence[Prompt]) -> Batch:
        """A batch of prompts, padded on the right, on the model's device. Raises `DataError`."""
        return collate(self.model, self.processor, self.adapter, prompts)

    def prepare(self, samples: Sequence[tuple[Sample, Sequence[Image]]]) -> Batch:
        """A batch of samples with their opened pictures, without generation prompt. Raises `DataError`."""
        return self.collate([self.prompt(sample, images) for sample, images in samples])

    @torch.no_grad()
    def hidden(self, batch: Batch, layer: int) -> Tensor:
        """The residual stream [B, T, hidden_size] after decoder layer `layer` (from 0), in the model's dtype.

        Nothing above that layer is computed. Raises `LayerError`.
        """
        with capture(self.layers, layer, self.layer_kind) as captured:
            return captured.run(self.model, **batch.inputs, use_cache=False)

    @torch.no_grad()
    def answer(self, sample: Sample, images: Sequence[Image], max_new_tokens: int = 64) -> str:
        """The model's own answer (greedy) to the sample, up to and without its last assistant turn.

        Raises `DataError` without a question, and `ModelError` where not all layers were loaded."""
        check_whole(self)
        turns = sample.turns
        while turns and turns[-1].role == "assistant":
            turns = turns[:-1]
        if not turns:
            raise DataError("There is no question to answer: the sample has no user turn.")
        text = render(self.processor, turns, len(images), generate=True)
        inputs = tensors(self.model, self.processor, self.adapter, [text], [images])
        made = self.model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
        fresh = made[0, inputs["input_ids"].shape[1] :]
        return self.processor.decode(fresh, skip_special_tokens=True).strip()


def check_whole(vlm: Vlm) -> None:
    """Raise `ModelError` where only the first layers of a model were loaded: it cannot answer."""
    if vlm.count is not None:
        raise ModelError(f"Of {vlm.id} only the first layers were loaded. Load it whole to ask it something.")
