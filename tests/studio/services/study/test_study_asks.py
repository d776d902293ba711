"""A study whose names come from a chat model behind a real HTTP server on this machine."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.domain.context import Quiet
from studio.domain.specs import ChatSpec
from studio.services.study.run import study
from studio.services.study.spec import StudySpec


def texts_and_pictures(asked: dict[str, Any]) -> tuple[str, list[np.ndarray]]:
    """What one question showed."""
    texts, pictures = [], []
    for message in asked["messages"]:
        parts = message["content"]
        for part in [{"type": "text", "text": parts}] if isinstance(parts, str) else parts:
            if part["type"] == "text":
                texts.append(part["text"])
            else:
                data = base64.b64decode(part["image_url"]["url"].split(",", 1)[1])
                pictures.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    return "\n".join(texts), pictures


def test_methods_show_what_they_say_and_nothing_is_asked_twice(
    planted: Path, tmp_path: Path, spec: StudySpec, chat_server: Any, chat_module: Any
) -> None:
    def answer(number: int, _asked: dict[str, Any]) -> Any:
        return chat_module.Says("Concept: dog" if number % 3 else "No visual concept.")

    chat_server.script = answer
    chat = ChatSpec("m", endpoint=chat_server.url, parallel=1)
    wanted = replace(spec, seeds=1, neurons=4, examples=2, explainer="endpoint", chat=chat)
    found = study(wanted, planted, tmp_path / "out", tmp_path / "work", Quiet())
    assert not [c for c in found.document["contrasts"] if "same as ours" in c.get("why", "")]
    methods = {(mean["method"], mean["side"]) for mean in found.document["means"]}
    assert ("no-text", "image") in methods
    assert found.document["provenance"]["explainer"]["name"] == "endpoint"
    page = found.report.read_text()
    assert "same encoder" not in page
    assert f"chat m at {chat_server.url}" in page
    assert "image-concept" in page
    shown = {kind_of(asked) for asked in chat_server.asked} - {None}
    # Ours with its text, the same without, whole pictures without, and texts alone.
    assert {("masked", True), ("masked", False), ("whole", False), ("none", True)} <= shown
    before = len(chat_server.asked)
    again = study(wanted, planted, tmp_path / "out", tmp_path / "work", Quiet())
    assert len(chat_server.asked) == before
    assert again.document | {"made": ""} == found.document | {"made": ""}
    json.dumps(found.document, allow_nan=False)


def kind_of(asked: dict[str, Any]) -> tuple[str, bool] | None:
    """How pictures were shown, and whether a text of the scenes was; None where a concept is sorted."""
    text, pictures = texts_and_pictures(asked)
    if "dog" in text and not pictures and "?" not in text:
        return None
    black = [bool((picture.max(axis=-1) < 8).mean() > 0.2) for picture in pictures]
    return ("none" if not black else "masked" if any(black) else "whole"), " ?" in text
