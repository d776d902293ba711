"""SAEs from the Hugging Face Hub, through huggingface_hub: its cache, token, mirror and offline mode."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub import errors as hub_errors
from huggingface_hub.utils import HFValidationError
from tqdm import tqdm

from models.hub_reach import hub_answers
from models.sae.folder import choose
from models.sae.hub_resume import bring
from studio.domain.errors import DiskFullError, ModelError, NetworkError
from studio.domain.sae_files import CONFIGS, INNER, NEEDS_CONFIG, WEIGHTS, hookpoints_in, hookpoints_of

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One hookpoint of one commit of a repo, in the cache."""

    root: Path
    hookpoint: str
    repo: str
    commit: str


def fetch(
    repo: str, hookpoint: str | None, revision: str | None = None, tell: Tell | None = None
) -> Snapshot:
    """Download the files of one hookpoint, and nothing else, unless the cache has them.

    `tell(done, of)` hears of bytes while they come, and may raise to stop; what has come is kept and taken up
    by the next call. Raises `ModelError` (no such repo, gated), `NetworkError` (no network, and not cached),
    `SaeFormatError` (no such hookpoint), `DiskFullError` before anything is written.
    """
    with sentences(repo, revision):
        sizes = _repo_files(repo, revision)
        if sizes is None:
            return _cached(repo, hookpoint, revision)
        chosen = choose(hookpoint, hookpoints_of(sizes), repo)
        wanted = {name: size for name, size in sizes.items() if belongs(name, chosen)}
        root = _download(repo, revision, wanted, tell or (lambda _done, _of: None))
        return Snapshot(root, chosen, repo, root.name)


def _download(repo: str, revision: str | None, wanted: Mapping[str, int], tell: Tell) -> Path:
    """The snapshot folder, with the wanted files in it."""
    missing = {name: size for name, size in wanted.items() if not _is_cached(repo, name, revision)}
    _check_room(repo, sum(missing.values()))
    bar = progress_of(tell, sum(missing.values()))
    root = Path()
    for name in wanted:
        if name in missing:
            bring(repo, name, revision, bar.hear, _unreachable())
        path = Path(huggingface_hub.hf_hub_download(repo, name, revision=revision, tqdm_class=bar))
        root = path.parents[name.count("/")]
    return root


def _is_cached(repo: str, name: str, revision: str | None) -> bool:
    return isinstance(huggingface_hub.try_to_load_from_cache(repo, name, revision=revision), str)


def _check_room(repo: str, needed: int) -> None:
    free = free_bytes()
    if needed > free:
        raise DiskFullError(
            f"{repo} needs {needed / 1e9:.1f} GB more, and the disk with the cache has {free / 1e9:.1f} GB "
            "free. Make room, or move HF_HOME."
        )


def free_bytes() -> int:
    """Bytes free where the Hub's cache lies, or will lie."""
    folder = Path(constants.HF_HUB_CACHE).absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def progress_of(tell: Tell, total: int) -> type[Any]:
    """A progress bar class for huggingface_hub that draws nothing and adds up what all files have got;
    `hear(n)` counts n bytes that came past it."""

    class Heard(tqdm):
        came = 0

        @classmethod
        def hear(cls, n: int) -> None:
            cls.came += n
            tell(min(cls.came, total), total)

        def __init__(self, *_given: Any, initial: float = 0, **_more: Any) -> None:
            super().__init__(disable=True)
            Heard.came += int(initial or 0)

        def update(self, n: float | None = 1) -> None:
            Heard.hear(int(n or 0))

    return Heard


def hub_hookpoints(repo: str, revision: str | None = None) -> list[str]:
    """The hookpoint folders of a repo; without a network, those in the cache."""
    with sentences(repo, revision):
        files = _repo_files(repo, revision)
        return hookpoints_of(files) if files is not None else hookpoints_in(cache_folder(repo, revision))


def size_of(repo: str, hookpoint: str | None, revision: str | None = None) -> int:
    """Bytes of one hookpoint's files, on the Hub or, without a network, in the cache. Raises as `fetch`."""
    with sentences(repo, revision):
        sizes = _repo_files(repo, revision)
        if sizes is None:
            root = _cached(repo, hookpoint, revision).root
            sizes = {str(p.relative_to(root)): p.stat().st_size for p in root.rglob("*") if p.is_file()}
        chosen = choose(hookpoint, hookpoints_of(sizes), repo)
        return sum(size for name, size in sizes.items() if belongs(name, chosen))


def _repo_files(repo: str, revision: str | None) -> dict[str, int] | None:
    """All files of a repo with their sizes in bytes; None when the Hub is out of reach."""
    if not hub_answers():
        return None
    try:
        tree = huggingface_hub.HfApi().list_repo_tree(repo, revision=revision, recursive=True)
        return {file.path: file.size for file in tree if isinstance(file, huggingface_hub.RepoFile)}
    except (hub_errors.OfflineModeIsEnabled, *_unreachable()) as error:
        if isinstance(error, hub_errors.HfHubHTTPError):
            raise
        return None


def _cached(repo: str, hookpoint: str | None, revision: str | None) -> Snapshot:
    root = cache_folder(repo, revision)
    there = hookpoints_in(root)
    if not there or (hookpoint and hookpoint not in there):
        raise hub_errors.LocalEntryNotFoundError(f"{repo} {hookpoint or ''}")
    return Snapshot(root, choose(hookpoint, there, repo), repo, root.name)


def cache_folder(repo: str, revision: str | None) -> Path:
    """The snapshot that the cache has of a repo, complete or not (only some hookpoints were asked for)."""
    store = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
    named = store / "refs" / (revision or "main")
    commit = named.read_text().strip() if named.is_file() else (revision or "")
    folder = store / "snapshots" / commit
    if not commit or not folder.is_dir():
        raise hub_errors.LocalEntryNotFoundError(repo)
    return folder


def belongs(name: str, hookpoint: str) -> bool:
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
