"""Where a model's files are: a folder, or a repository of the Hub (huggingface_hub's cache and token)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from models.hub_reach import hub_answers
from studio.domain.errors import ModelError, NetworkError

#: What transformers looks for, in one file or in parts that an index lists.
WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is what transformers loads: a folder, or a repository's name; where the Hub is out of reach, the
    folder that the cache has of it. `revision` is the commit (None for a folder), `config` the file."""

    name: str
    revision: str | None
    config: Path


def locate(model: str, revision: str | None) -> Source:
    """Find config.json of a folder or Hub repository. Raises `ModelError` or `NetworkError`."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return _folder(folder)
    if folder.exists():
        raise ModelError(f"{model} is a file. Give the model's folder, or its name on the Hub.")
    if model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model or not model:
        raise ModelError(
            f"There is no folder {model!r}. Check the path, or give the model's name on the Hub."
        )
    reachable = hub_answers()
    config = _download(model, revision, reachable)
    return Source(model if reachable else str(config.parent), config.parent.name, config)


def check_weights(model: str, source: Source) -> None:
    """Raise `NetworkError` when `model` comes from the cache alone and its weights are not all there."""
    if source.revision is None or source.name == model or _has_weights(source.config.parent):
        return
    raise NetworkError(
        f"Only a part of {model} is on this machine, without its weights, and {_why_not()}. Go online "
        "once to download them, or give the folder of a copy."
    )


def _has_weights(snapshot: Path) -> bool:
    """Whether one of the files that transformers looks for is there, with all the parts that it names."""
    for name in WEIGHTS:
        if (snapshot / name).is_file():
            return True
        index = snapshot / f"{name}.index.json"
        if index.is_file():
            return all((snapshot / part).is_file() for part in _parts(index))
    return False


def _parts(index: Path) -> set[str]:
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{index} is damaged. Delete the model from the cache and download it again."
        ) from error


def _folder(folder: Path) -> Source:
    config = folder / "config.json"
    if not config.is_file():
        raise ModelError(f"The folder {folder} holds no model: it has no config.json.")
    return Source(str(folder), None, config)


def _why_not() -> str:
    return "offline mode is on" if constants.HF_HUB_OFFLINE else "the Hub cannot be reached"


def _download(model: str, revision: str | None, reachable: bool) -> Path:
    """config.json in huggingface_hub's cache: `.../snapshots/COMMIT/config.json`."""
    try:
        # Without a network huggingface_hub tries for half a minute before it looks into its cache.
        found = hf_hub_download(model, "config.json", revision=revision, local_files_only=not reachable)
        return Path(found)
    except HFValidationError as error:
        raise ModelError(f"{model!r} is neither a folder nor a name on the Hub.") from error
    except GatedRepoError as error:
        raise ModelError(
            f"{model} is gated: accept its conditions on its page, then log in with `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"{model} has no revision {revision}.") from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {model} here or on the Hub. Check the name; if it is private, log in with "
            "`hf auth login`."
        ) from error
    except (OfflineModeIsEnabled, LocalEntryNotFoundError) as error:
        raise NetworkError(
            f"{model} is not on this machine, and {_why_not()}. Go online once to download it, or give "
            "the folder of a copy."
        ) from error
    except EntryNotFoundError as error:
        raise ModelError(
            f"{model} on the Hub has no config.json, so it is no model for transformers."
        ) from error
    except Exception as error:  # the HTTP client below huggingface_hub changes from version to version
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NetworkError(f"The Hub did not deliver {model}: {reason}") from error
