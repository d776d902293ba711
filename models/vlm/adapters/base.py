"""What a family of models has to say about itself; everything else is shared."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

from models.vlm.tokens import ImageLayout


class Adapter(Protocol):
    """`name` is for people, `model_type` is the one in the model's config.json.

    `chat_template` is used when the model's own files have none. `nested` says that the processor wants one
    list of pictures a sample instead of all pictures of the batch in one list; `needs_picture` that it reads
    no text alone; `reads_text` is False of a vision tower without a language model.
    """

    name: str
    model_type: str
    chat_template: str | None
    nested: bool
    needs_picture: bool
    reads_text: bool

    def layers(self, model: Any) -> nn.ModuleList:
        """The decoder's layers, in order."""
        ...

    def image_token_id(self, model: Any) -> int:
        """The id that stands in the input for every token of a picture."""
        ...

    def inserted(self, processor: Any) -> str:
        """Characters that the processor writes after the last picture, beyond what replaces its marker."""
        ...

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        """All tokens of a picture of `height` x `width` pixels, as its processor and its model make them."""
        ...


class Family:
    """What most families have in common."""

    chat_template: str | None = None
    nested = False
    needs_picture = False
    reads_text = True

    def layers(self, model: Any) -> nn.ModuleList:
        return model.model.language_model.layers

    def image_token_id(self, model: Any) -> int:
        return model.config.image_token_id

    def inserted(self, processor: Any) -> str:
        return ""
