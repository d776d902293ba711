"""PaliGemma: the picture stretched to a square, 256, 1024 or 4096 tokens, before the text."""

from __future__ import annotations

import math
from typing import Any

from models.vlm.adapters.base import Family
from models.vlm.adapters.cells import even_boxes, laid_out
from models.vlm.tokens import ImageLayout

#: PaliGemma has no chat template: its pictures come first, then the prompt and, on a line each, the answers.
TURNS = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% endif %}{% endfor %}{% endfor %}"
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] | trim }}{% endif %}{% endfor %}"
    "{% if not loop.last %}{{ '\\n' }}{% endif %}{% endfor %}"
)


class PaliGemma(Family):
    """Adapter of `PaliGemmaForConditionalGeneration`. The whole conversation is its prompt, so tokens see
    each other in both directions, and text changes the states of the picture's tokens."""

    name = "PaliGemma"
    model_type = "paligemma"
    chat_template = TURNS
    needs_picture = True

    def inserted(self, processor: Any) -> str:
        return processor.tokenizer.bos_token

    def layout(self, model: Any, processor: Any, height: int, width: int) -> ImageLayout:
        side = math.isqrt(processor.image_seq_length)
        return laid_out((even_boxes(side, side, height, width), 0))
