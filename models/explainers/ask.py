"""Makes what asks: the model of a spec with its cache and its account."""

from __future__ import annotations

from pathlib import Path

from models.explainers.answer_cache import AnswerCache
from models.explainers.asking import Asker, Spent
from models.explainers.chat import ChatModel
from studio.domain.specs import ChatSpec


def asker_of(spec: ChatSpec, answers: Path) -> Asker:
    """Raises `ModelError` and `NetworkError`."""
    chat = chat_of(spec)
    return Asker(chat, AnswerCache(answers, chat.id), Spent(spec.price_in, spec.price_out))


def chat_of(spec: ChatSpec) -> ChatModel:
    """The model behind the endpoint, or the one that runs here."""
    if spec.endpoint:
        from models.explainers.endpoint import EndpointChat

        return EndpointChat(spec)
    from models.explainers.local import LocalChat

    return LocalChat(spec)
