"""Only the layers that are needed: those above the one that is looked at are not even loaded."""

from __future__ import annotations

from typing import Any

from torch import nn

from models.vlm.capture import check_layer


def cut(config: Any, layer: int, kind: str) -> int:
    """Let `config` (of a whole model) build layers 0 to `layer` alone; returns how many there are in all.

    `kind` is "decoder" or "vision". Raises `LayerError`. Lists with an entry a layer are cut as well.
    """
    part = _part(config, kind)
    count = part.num_hidden_layers
    check_layer(layer, count, kind)
    for name, value in list(vars(part).items()):
        if isinstance(value, list) and len(value) == count and name.startswith("layer_"):
            setattr(part, name, value[: layer + 1])
    part.num_hidden_layers = layer + 1
    return int(count)


def _part(config: Any, kind: str) -> Any:
    return config.get_text_config() if kind == "decoder" else getattr(config, "vision_config", config)


def without_head(model: Any) -> Any:
    """Let go of what turns hidden states into words: it is never reached."""
    if isinstance(getattr(model, "lm_head", None), nn.Module):
        model.lm_head = nn.Identity()
    return model
