"""Where a model's files are: a folder, or a repository of the Hub (huggingface_hub's cache and token)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
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


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is what transformers loads, `revision` the commit (None for a folder), `config` the file."""

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
    config = _download(model, revision)
    return Source(model, config.parent.name, config)


def _folder(folder: Path) -> Source:
    config = folder / "config.json"
    if not config.is_file():
        raise ModelError(f"The folder {folder} holds no model: it has no config.json.")
    return Source(str(folder), None, config)


def _cached(model: str, revision: str | None) -> object:
    """The path of config.json where the cache has it; else something that is no string."""
    return try_to_load_from_cache(model, "config.json", revision=revision)


def _download(model: str, revision: str | None) -> Path:
    """config.json in huggingface_hub's cache: `.../snapshots/COMMIT/config.json`."""
    try:
        if not isinstance(_cached(model, revision), str) and not hub_answers():
            raise LocalEntryNotFoundError(model)
        return Path(hf_hub_download(model, "config.json", revision=revision))
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
        why = "offline mode is on" if constants.HF_HUB_OFFLINE else "the Hub cannot be reached"
        raise NetworkError(
            f"{model} is not on this machine, and {why}. Go online once to download it, or give the folder "
            "of a copy."
        ) from error
    except EntryNotFoundError as error:
        raise ModelError(
            f"{model} on the Hub has no config.json, so it is no model for transformers."
        ) from error
    except Exception as error:  # the HTTP client below huggingface_hub changes from version to version
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NetworkError(f"The Hub did not deliver {model}: {reason}") from error
