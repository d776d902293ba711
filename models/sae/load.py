"""Loading an SAE from a folder or the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from models.device import device_of, moved
from models.sae.folder import SaeFolder, open_folder
from models.sae.formats.format import Format
from models.sae.hub import Tell, fetch, hub_hookpoints
from models.sae.sae import Sae
from studio.domain.errors import ModelError
from studio.domain.hookpoint import hook_of
from studio.domain.sae_files import WEIGHTS, hookpoints_in


def load_sae(
    source: str | Path,
    hookpoint: str | None = None,
    revision: str | None = None,
    device: str | torch.device = "cpu",
    tell: Tell | None = None,
    formats: Sequence[Format] | None = None,
) -> Sae:
    """The SAE for `hookpoint` ("model.layers.24" ...) in a folder or a Hub repo ("owner/name").

    Without a hookpoint the only one is taken. The Hub's cache, token, mirror and offline settings are
    huggingface_hub's own. `Sae.provenance` holds `source`, `hookpoint`, `format`, `files` (name ->
    sha256) and for the Hub `repo` and `revision` (commit). `tell(done, of)` hears of bytes that are
    downloaded, and may raise to stop. `formats` are those looked for, None for the built-in ones. Raises
    `SaeFormatError`, `ModelError`, `NetworkError` or `DiskFullError`, each with a sentence that says what to
    do.
    """
    place = device_of(str(device))
    if (root := local_root(source)) is not None:
        found = open_folder(root, hookpoint or named_file(source), formats)
        origin: dict[str, str | None] = {"repo": None, "revision": None}
    else:
        snapshot = fetch(str(source), hookpoint, revision, tell)
        found = open_folder(snapshot.root, snapshot.hookpoint, formats)
        origin = {"repo": snapshot.repo, "revision": snapshot.commit}
    return _read(found, str(source), origin, place)


def list_hookpoints(source: str | Path, revision: str | None = None) -> list[str]:
    """The hookpoint folders of a folder or Hub repo, in natural order; [""] when it is itself one."""
    if (root := local_root(source)) is not None:
        return hookpoints_in(root)
    return hub_hookpoints(str(source), revision)


def local_root(source: str | Path) -> Path | None:
    """The folder `source` names, None when it can only be a Hub repo id. Raises `ModelError`."""
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        return path.parent
    text = str(source)
    if isinstance(source, Path) or text.startswith((".", "/", "~")) or "\\" in text or text.count("/") != 1:
        raise ModelError(f"There is no folder {source}. Name an SAE's folder, or a Hub repo as owner/name.")
    return None


def named_file(source: str | Path) -> str | None:
    """The file's name when `source` is a weights file itself."""
    path = Path(source).expanduser()
    return path.name if path.is_file() and path.suffix in WEIGHTS else None


def _read(found: SaeFolder, source: str, origin: dict[str, str | None], device: torch.device) -> Sae:
    sae = found.format.read(found.weights, found.config)
    config = replace(sae.config, hookpoint=found.hookpoint, source=source, format=found.format.name)
    provenance = {**origin, "source": source, "hookpoint": found.hookpoint, "format": found.format.name}
    provenance["trained_on"] = hook_of(found.config, found.hookpoint)
    provenance["files"] = found.hashes()
    config = replace(config, rule=sae.rule.describe())
    loaded = Sae(config, *sae.weights, provenance=provenance, rule=sae.rule)
    return loaded if device.type == "cpu" else moved(loaded, device, "The SAE")
