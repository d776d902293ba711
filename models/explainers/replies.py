"""What an endpoint sent back, as an `Answer`: text, refusal, probability of yes, token counts."""

from __future__ import annotations

import math
from typing import Any

from models.explainers.chat import Answer


class UnreadableReplyError(ValueError):
    """The reply is JSON, but holds no answer."""


def as_answer(reply: Any, judged: bool) -> Answer:
    """`reply` is huggingface_hub's ChatCompletionOutput. Raises `UnreadableReplyError`."""
    choices = getattr(reply, "choices", None)
    if not choices:
        raise UnreadableReplyError("it holds no choices")
    choice = choices[0]
    message = getattr(choice, "message", None)
    text = _get(message, "content")
    refusal = _get(message, "refusal")
    finish = str(_get(choice, "finish_reason") or "")
    if text is None and not refusal and finish != "content_filter":
        raise UnreadableReplyError("it holds no text")
    usage = getattr(reply, "usage", None)
    return Answer(
        str(text or refusal or ""),
        probability_of_yes(_get(choice, "logprobs")) if judged else None,
        bool(refusal) or finish == "content_filter",
        finish != "length",
        _count(_get(usage, "prompt_tokens")),
        _count(_get(usage, "completion_tokens")),
    )


def probability_of_yes(logprobs: Any) -> float | None:
    """P(yes) / (P(yes) + P(no)) among the alternatives of the first token; None when neither is there."""
    tokens = _get(logprobs, "content") or []
    top = _get(tokens[0], "top_logprobs") or [] if tokens else []
    sums = {"yes": 0.0, "no": 0.0}
    for entry in top:
        word, value = str(_get(entry, "token")).strip(" \n\t▁Ġ\"'.").casefold(), _get(entry, "logprob")
        if word in sums and isinstance(value, (int, float)):
            sums[word] += math.exp(min(float(value), 0.0))
    total = sums["yes"] + sums["no"]
    return sums["yes"] / total if total > 0 else None


def _get(found: Any, name: str) -> Any:
    """A field of an object or of a dict: huggingface_hub parses what its types know, and leaves the rest."""
    return found.get(name) if isinstance(found, dict) else getattr(found, name, None)


def _count(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else 0
