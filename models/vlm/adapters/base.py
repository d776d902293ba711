"""What a family of models has to say about itself; everything else is shared."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

from models.vlm.tokens import ImageLayout


class Adapter(Protocol):
    """`name` is for people, `model_type` is the one in the model's config.json."""

    name: str
    model_type: str

    def layers(self, model: Any) -> nn.ModuleList:
        """The decoder's layers, in order."""
        ...

    def image_token_id(self, model: Any) -> int:
        """The id that stands in the input for every token of a picture."""
        ...

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        """All tokens of a picture of `height` x `width` pixels, as its processor and its model make them."""
        ...
