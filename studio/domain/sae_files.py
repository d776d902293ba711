"""Where SAEs lie among files: `<root>/<hookpoint>/` with a config and weights. No file is opened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

CONFIGS = ("cfg.json", "config.json", "hyperparams.json")
#: A config must lie beside safetensors; the others may bring their own.
NEEDS_CONFIG = (".safetensors",)
ALONE = (".npz", ".pt", ".pth")
WEIGHTS = (*NEEDS_CONFIG, *ALONE)
#: Where a training run keeps its weights, below its config.
INNER = "checkpoints"
#: Hookpoint folders lie at most this deep ("layers.3/seed1", "layer_20/width_16k/average_l0_71").
DEPTH = 3


def hookpoints_in(root: Path) -> list[str]:
    """Hookpoint folders under `root`, as paths relative to it with forward slashes; "" for `root` itself."""
    files = (p for depth in range(1, DEPTH + 2) for p in root.glob("/".join("*" * depth)) if p.is_file())
    return hookpoints_of(p.relative_to(root).as_posix() for p in files)


def hookpoints_of(files: Iterable[str]) -> list[str]:
    """The SAEs among `files` (relative paths), in natural order: folders with a config and weights, and
    folders with a .pt or .npz alone. Of several such files in one folder each is an SAE of its own, under its
    name. A folder "checkpoints" belongs to the one above it."""
    configs, weights = set[str](), dict[str, list[str]]()
    for file in files:
        folder, _, name = file.rpartition("/")
        if name.endswith(WEIGHTS):
            weights.setdefault(_owner(folder), []).append(file)
        if name in CONFIGS:
            configs.add(folder)
    found = set[str]()
    for folder, there in weights.items():
        if (folder and folder.count("/") >= DEPTH) or (folder not in configs and _all_need_config(there)):
            continue
        alone = [file for file in there if file.endswith(ALONE)]
        found |= {folder} if folder in configs or len(alone) == 1 else set(alone)
    return sorted(found, key=_natural)


def _owner(folder: str) -> str:
    above, _, last = folder.rpartition("/")
    return above if last == INNER else folder


def _all_need_config(files: list[str]) -> bool:
    return all(file.endswith(NEEDS_CONFIG) for file in files)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
