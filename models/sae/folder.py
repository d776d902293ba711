"""Finding SAEs in a folder: `<root>/<hookpoint>/` with a config and weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.sae.formats.format import Format
from models.sae.formats.registry import detect
from models.sae.formats.safetensors_file import SafetensorsFile
from models.sae.formats.weights_file import Weights
from studio.domain.errors import SaeFormatError
from studio.domain.sae_files import CONFIGS, INNER, NEEDS_CONFIG, WEIGHTS, hookpoints_in

#: No config is longer; anything larger is not parsed.
LONGEST_CONFIG = 1 << 20


@dataclass(frozen=True, slots=True)
class SaeFolder:
    """One SAE's files and the format they are in. `config` is what the files say, wherever they say it."""

    hookpoint: str
    config_path: Path | None
    config: dict[str, Any]
    weights: Weights
    format: Format

    def hashes(self) -> dict[str, str]:
        """sha256 of each file by name."""
        found = {} if self.config_path is None else {self.config_path.name: file_hash(self.config_path)}
        return {**found, self.weights.path.name: self.weights.sha256()}


def file_hash(path: Path) -> str:
    """sha256 of a small file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def open_folder(
    root: Path, hookpoint: str | None = None, formats: Sequence[Format] | None = None
) -> SaeFolder:
    """The SAE for `hookpoint` under `root`, or the only one there, in one of `formats` (None: the built-in
    ones). Raises `SaeFormatError`."""
    if hookpoint and hookpoint.endswith(WEIGHTS) and (root / hookpoint).is_file():
        return _open_files(root, hookpoint, [root / hookpoint], formats)
    hookpoint = choose(hookpoint, hookpoints_in(root), str(root))
    if hookpoint.endswith(WEIGHTS):
        return _open_files(root, hookpoint, [root / hookpoint], formats)
    folder = root / hookpoint
    found = [*_weights_in(folder), *_weights_in(folder / INNER)]
    return _open_files(root, hookpoint, found, formats)


def _weights_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in WEIGHTS) if folder.is_dir() else []


def _open_files(root: Path, hookpoint: str, files: list[Path], formats: Sequence[Format] | None) -> SaeFolder:
    """The first of `files` that a format reads, with the config beside it."""
    refused: SaeFormatError | None = None
    for path in files:
        config_path = _config_beside(path)
        if config_path is None and path.suffix in NEEDS_CONFIG:
            continue
        try:
            weights = open_weights(path)
        except SaeFormatError as error:
            refused = refused or error
            continue
        config = {**weights.extra, **(read_config(config_path) if config_path else {})}
        if (known := detect(weights.shapes, config, weights.container, formats)) is not None:
            return SaeFolder(hookpoint, config_path, config, weights, known)
    where = root / hookpoint
    raise refused or SaeFormatError(f"{where} holds no weights in a format this version reads.")


def _config_beside(path: Path) -> Path | None:
    folders = (path.parent, path.parent.parent) if path.parent.name == INNER else (path.parent,)
    return next((f / name for f in folders for name in CONFIGS if (f / name).is_file()), None)


def open_weights(path: Path) -> Weights:
    """A weights file of any kind, told by its first bytes. Raises `SaeFormatError`."""
    from models.sae.formats.npz_file import NpzFile
    from models.sae.formats.saev_file import SaevFile, looks_like_saev
    from models.sae.formats.torch_file import TorchFile

    if path.suffix == ".safetensors":
        return SafetensorsFile(path)
    if path.suffix == ".npz":
        return NpzFile(path)
    return SaevFile(path) if looks_like_saev(path) else TorchFile(path)


def choose(hookpoint: str | None, there: list[str], where: str) -> str:
    """The hookpoint meant among those `there`. Raises `SaeFormatError` listing them when that is open."""
    if not there:
        raise SaeFormatError(
            f"{where} holds no SAE: a folder with cfg.json and a .safetensors file beside it is needed, or a "
            ".pt or .npz file."
        )
    if not hookpoint and len(there) == 1:
        return there[0]
    if hookpoint in there or (there == [""] and Path(where).name == hookpoint):
        return hookpoint if hookpoint in there else ""
    listed = ", ".join(there[:40]) + (" ..." if len(there) > 40 else "")
    if not hookpoint:
        raise SaeFormatError(f"{where} holds {len(there)} SAEs. Choose a hookpoint: {listed}.")
    raise SaeFormatError(f"{where} has no hookpoint {hookpoint}. There are: {listed or 'none'}.")


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
