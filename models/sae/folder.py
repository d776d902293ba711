"""Finding SAEs in a folder: `<root>/<hookpoint>/` with a config and weights."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.sae.formats.format import Format
from models.sae.formats.registry import detect
from models.sae.formats.weights_file import WeightsFile
from studio.domain.errors import SaeFormatError

CONFIGS = ("cfg.json", "config.json")
WEIGHTS = (".safetensors",)
#: No config is longer; anything larger is not parsed.
LONGEST_CONFIG = 1 << 20
#: Hookpoint folders lie at most this deep ("layers.3/seed1").
DEPTH = 2


@dataclass(frozen=True, slots=True)
class SaeFolder:
    """One SAE's files and the format they are in."""

    hookpoint: str
    config_path: Path
    config: dict[str, Any]
    weights: WeightsFile
    format: Format

    def hashes(self) -> dict[str, str]:
        """sha256 of each file by name."""
        config = hashlib.sha256(self.config_path.read_bytes()).hexdigest()
        return {self.config_path.name: config, self.weights.path.name: self.weights.sha256()}


def open_folder(root: Path, hookpoint: str | None = None) -> SaeFolder:
    """The SAE for `hookpoint` under `root`, or the only one there. Raises `SaeFormatError`."""
    hookpoint = choose(hookpoint, hookpoints_in(root), str(root))
    folder = root / hookpoint
    config_path = next(folder / name for name in CONFIGS if (folder / name).is_file())
    config = read_config(config_path)
    for path in sorted(p for p in folder.iterdir() if p.suffix in WEIGHTS):
        weights = WeightsFile(path)
        if (known := detect(weights.shapes, config)) is not None:
            return SaeFolder(hookpoint, config_path, config, weights, known)
    raise SaeFormatError(f"{folder} holds no weights in a format this version reads.")


def choose(hookpoint: str | None, there: list[str], where: str) -> str:
    """The hookpoint meant among those `there`. Raises `SaeFormatError` listing them when that is open."""
    if not there:
        raise SaeFormatError(
            f"{where} holds no SAE: a folder with cfg.json and a .safetensors file beside it is needed."
        )
    if not hookpoint and len(there) == 1:
        return there[0]
    if hookpoint in there or (there == [""] and Path(where).name == hookpoint):
        return hookpoint if hookpoint in there else ""
    listed = ", ".join(there[:40]) + (" ..." if len(there) > 40 else "")
    if not hookpoint:
        raise SaeFormatError(f"{where} holds {len(there)} SAEs. Choose a hookpoint: {listed}.")
    raise SaeFormatError(f"{where} has no hookpoint {hookpoint}. There are: {listed or 'none'}.")


def hookpoints_in(root: Path) -> list[str]:
    """Hookpoint folders under `root`, as paths relative to it with forward slashes; "" for `root` itself."""
    files = (p for depth in range(1, DEPTH + 2) for p in root.glob("/".join("*" * depth)) if p.is_file())
    return hookpoints_of(p.relative_to(root).as_posix() for p in files)


def hookpoints_of(files: Any) -> list[str]:
    """The folders among `files` (relative paths) that have both a config and weights, in natural order."""
    configs, weights = set(), set()
    for file in files:
        folder, _, name = file.rpartition("/")
        if folder.count("/") >= DEPTH:
            continue
        if name in CONFIGS:
            configs.add(folder)
        if name.endswith(WEIGHTS):
            weights.add(folder)
    return sorted(configs & weights, key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def read_config(path: Path) -> dict[str, Any]:
    """A JSON object from `path`. Raises `SaeFormatError` when it is none, or far too long."""
    try:
        if path.stat().st_size > LONGEST_CONFIG:
            raise SaeFormatError(f"{path} is too long for an SAE's config.")
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SaeFormatError(f"{path} is not valid JSON; get it again, or mend it.") from error
    if not isinstance(config, dict):
        raise SaeFormatError(f"{path} is not an SAE's config: a JSON object is needed.")
    return config
