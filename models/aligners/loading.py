"""Loading a joint encoder from a folder or the Hub, or a sentence that says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from models.aligners.aligner import Aligner
from models.aligners.families import Family, families
from models.device import device_of, moved
from models.quiet import quiet_libraries
from models.vlm.source import Source, check_weights, locate
from studio.domain.errors import ModelError


def load_aligner(model: str, revision: str | None = None, device: str = "auto") -> Aligner:
    """Load the encoder in folder or Hub repo `model`, in float32; `device` "auto" prefers a GPU.

    Code that a repository brings along is never run. Raises `ModelError` (unknown, unreadable, incomplete, no
    joint encoder) and `NetworkError`.
    """
    if not model:
        raise ModelError("No aligner is set. Choose a joint text-image encoder, such as a CLIP.")
    source = locate(model, revision)
    family = _family(model, source)
    network = _network(model, source)
    images = _loaded(AutoImageProcessor, "picture processor", model, source)
    tokenizer = _loaded(AutoTokenizer, "tokenizer", model, source)
    network = moved(network, device_of(device), model)
    return Aligner(network, images, tokenizer, family, _name(model, source))


def _family(model: str, source: Source) -> Family:
    try:
        kind = json.loads(source.config.read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"The configuration of the aligner {model} cannot be read: {error}") from error
    known = families()
    if kind not in known:
        raise ModelError(
            f"{model} is of the type {kind or 'unknown'}, which is no joint text-image encoder that can be "
            f"used here. Choose one of: {', '.join(sorted(known))}."
        )
    return known[kind]


def _network(model: str, source: Source) -> Any:
    check_weights(model, source)
    network, found = _loaded(
        AutoModel, "weights", model, source, dtype=torch.float32, output_loading_info=True
    )
    wrong = sorted(found["missing_keys"]) + sorted(key[0] for key in found["mismatched_keys"])
    if wrong:
        raise ModelError(
            f"The weights of the aligner {model} are incomplete: {len(wrong)} are missing, as {wrong[0]}."
        )
    return network.requires_grad_(False)


def _loaded(kind: Any, what: str, model: str, source: Source, **options: Any) -> Any:
    try:
        with quiet_libraries():
            return kind.from_pretrained(
                source.name, revision=source.revision, trust_remote_code=False, **options
            )
    except Exception as error:  # transformers raises whatever it meets; all of it means: not usable
        raise ModelError(f"The {what} of the aligner {model} cannot be loaded: {_reason(error)}") from error


def _name(model: str, source: Source) -> str:
    """Folder name or repo id, with the commit where the Hub says it."""
    return f"{model}@{source.revision[:12]}" if source.revision else Path(source.name).name


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
