"""What an SAE says it was trained on, in our numbers: the residual stream after layer L, counted from 0.

transformers' `hidden_states[L + 1]` is the output of layer L; entry 0 is what goes into layer 0.
TransformerLens and Prisma write `blocks.L.hook_resid_post` for it, and `blocks.L.hook_resid_pre` for the
output of layer L - 1. PatchSAE counts `block_layer` from the end where it is negative: -2 of 12 layers is
layer 10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HOOK = re.compile(r"(?:blocks|layers|layer|h)[._](?P<layer>\d+)(?:[._/](?P<part>[\w.]+))?")
#: Where a config may say it, the most particular first.
NAMES = ("hook_name", "hook_point", "hook_point_in", "hookpoint")


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """`layer` after which the residual stream was read; None where it was something else: `said` is what the
    SAE's files call it."""

    layer: int | None
    said: str


def trained_on(said: Mapping[str, Any], layers: int) -> TrainedOn | None:
    """What `hook_of` found, for a model of so many layers; None where the files say nothing."""
    name, block, part = said.get("name"), said.get("block"), str(said.get("part") or "")
    if isinstance(block, int) and not isinstance(block, bool):
        layer = block + layers if block < 0 else block
        return TrainedOn(
            layer if part in ("", "resid", "hook_resid_post") else None, f"layer {block} {part}".strip()
        )
    match = HOOK.search(str(name or ""))
    if match is None:
        return None
    layer, part = int(match["layer"]), match["part"] or ""
    if part in ("hook_resid_pre", "input"):
        return TrainedOn(layer - 1 if layer else None, str(name))
    stream = part in ("", "hook_resid_post", "output") or part.startswith(("width", "."))
    return TrainedOn(layer if stream else None, str(name))


def hook_of(config: Mapping[str, Any], hookpoint: str) -> dict[str, Any]:
    """What a checkpoint's config, or the name of its folder, says about where it was trained: a `name`, or a
    `block` counted from either end and a `part` of it."""
    inner = [config, *(v for k in ("cfg", "config", "metadata") if isinstance(v := config.get(k), Mapping))]
    for found in inner:
        if isinstance(found.get("block_layer"), int):
            return {"block": found["block_layer"], "part": found.get("module_name")}
        if isinstance(found.get("hook_point_layer"), int):
            return {"block": found["hook_point_layer"], "part": found.get("layer_subtype")}
        name = next((found[n] for n in NAMES if isinstance(found.get(n), str) and found[n]), None)
        if name is not None:
            return {"name": name}
    return {"name": hookpoint} if hookpoint else {}


def mismatch(said: Mapping[str, Any], layer: int, layers: int) -> str:
    """A sentence where the SAE says it was trained elsewhere than after `layer`; empty where it fits or where
    nothing is said."""
    found = trained_on(said, layers)
    if found is None or found.layer == layer:
        return ""
    if found.layer is None:
        return (
            f"This SAE says it was trained on {found.said}, which is not the residual stream after a layer, "
            "all that is read here. Check it before you trust its neurons: concept-studio doctor."
        )
    return (
        f"This SAE says it was trained on {found.said}: the residual stream after layer {found.layer}, "
        f"counted from 0. It is run after layer {layer}. Check it: concept-studio doctor."
    )
