"""SAEs from the Hugging Face Hub, through huggingface_hub: its cache, token, mirror and offline mode."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import HFValidationError

from models.hub_reach import hub_answers
from models.sae.folder import (
    CONFIGS,
    INNER,
    NEEDS_CONFIG,
    WEIGHTS,
    choose,
    hookpoints_in,
    hookpoints_of,
)
from studio.domain.errors import DiskFullError, ModelError, NetworkError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One hookpoint of one commit of a repo, in the cache."""

    root: Path
    hookpoint: str
    repo: str
    commit: str


def fetch(repo: str, hookpoint: str | None, revision: str | None = None) -> Snapshot:
    """Download the files of one hookpoint, and nothing else, unless the cache has them.

    Raises `ModelError` (no such repo, gated), `NetworkError` (no network, and not cached),
    `SaeFormatError` (no such hookpoint).
    """
    with sentences(repo, revision):
        files = _repo_files(repo, revision)
        if files is None:
            return _cached(repo, hookpoint, revision)
        chosen = choose(hookpoint, hookpoints_of(files), repo)
        wanted = [name for name in files if _belongs(name, chosen)]
        root = Path(huggingface_hub.snapshot_download(repo, revision=revision, allow_patterns=wanted))
        return Snapshot(root, chosen, repo, root.name)


def hub_hookpoints(repo: str, revision: str | None = None) -> list[str]:
    """The hookpoint folders of a repo; without a network, those in the cache."""
    with sentences(repo, revision):
        files = _repo_files(repo, revision)
        return hookpoints_of(files) if files is not None else hookpoints_in(_cache_folder(repo, revision))


def _repo_files(repo: str, revision: str | None) -> list[str] | None:
    """Names of all files of a repo; None when the Hub is out of reach but the cache knows the repo."""
    if not hub_answers():
        return None
    try:
        return huggingface_hub.HfApi().list_repo_files(repo, revision=revision)
    except (hub_errors.OfflineModeIsEnabled, *_unreachable()) as error:
        if isinstance(error, hub_errors.HfHubHTTPError):
            raise
        return None


def _cached(repo: str, hookpoint: str | None, revision: str | None) -> Snapshot:
    root = _cache_folder(repo, revision)
    there = hookpoints_in(root)
    if not there or (hookpoint and hookpoint not in there):
        raise hub_errors.LocalEntryNotFoundError(f"{repo} {hookpoint or ''}")
    return Snapshot(root, choose(hookpoint, there, repo), repo, root.name)


def _cache_folder(repo: str, revision: str | None) -> Path:
    """The snapshot that the cache has of a repo, complete or not (only some hookpoints were asked for)."""
    store = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
    named = store / "refs" / (revision or "main")
    commit = named.read_text().strip() if named.is_file() else (revision or "")
    folder = store / "snapshots" / commit
    if not commit or not folder.is_dir():
        raise hub_errors.LocalEntryNotFoundError(repo)
    return folder


def _belongs(name: str, hookpoint: str) -> bool:
    """Whether a file is of one SAE: of its folder, or of the one below with a training run's weights."""
    folder, _, file = name.rpartition("/")
    if hookpoint.endswith(WEIGHTS):
        return name == hookpoint or (folder == hookpoint.rpartition("/")[0] and file in CONFIGS)
    inner = f"{hookpoint}/{INNER}" if hookpoint else INNER
    return (folder == hookpoint and (file in CONFIGS or file.endswith(WEIGHTS))) or (
        folder == inner and file.endswith(NEEDS_CONFIG)
    )


def _unreachable() -> tuple[type[Exception], ...]:
    """What the Hub's HTTP client raises; which client that is depends on huggingface_hub's version."""
    client = next(c for c in hub_errors.HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")
    return (client, ConnectionError, TimeoutError)


@contextmanager
def sentences(repo: str, revision: str | None) -> Iterator[None]:
    """Turn what huggingface_hub raises into errors a person can act on."""
    at = f" at revision {revision}" if revision else ""
    try:
        yield
    except HFValidationError as error:
        raise ModelError(f"{repo} is neither a folder nor a Hub repo id (owner/name).") from error
    except hub_errors.GatedRepoError as error:
        raise ModelError(
            f"{repo} is gated. Accept its terms at its page on the Hub, then log in with `hf auth login`."
        ) from error
    except hub_errors.RevisionNotFoundError as error:
        raise ModelError(f"{repo} has no revision {revision}.") from error
    except hub_errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"The Hub has no model repo {repo}, or it is private. "
            "Check the name, or log in with `hf auth login`."
        ) from error
    except hub_errors.LocalEntryNotFoundError as error:
        if isinstance(error.__cause__, hub_errors.HfHubHTTPError):
            raise NetworkError(_answered(repo, error.__cause__)) from error
        raise NetworkError(
            f"{repo}{at} is not in the cache, and the Hub is out of reach or offline mode "
            "(HF_HUB_OFFLINE) is on. Connect once, or name a folder."
        ) from error
    except hub_errors.HfHubHTTPError as error:
        raise NetworkError(_answered(repo, error)) from error
    except _unreachable() as error:
        raise NetworkError(f"The connection to the Hub broke while reading {repo}. Try again.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(f"The disk has no room for {repo}. Make room, or move HF_HOME.") from error
        raise NetworkError(f"{repo} cannot be downloaded: {error}.") from error


def _answered(repo: str, error: hub_errors.HfHubHTTPError) -> str:
    status = error.response.status_code if error.response is not None else 0
    if status == 429:
        return f"The Hub asks to slow down (429) while reading {repo}. Wait some minutes, or log in."
    return f"The Hub answered {status or 'nothing'} when asked for {repo}. Try again later."
