"""What SAEs a Hub repo holds, from its file list and the heads of its files: nothing is downloaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import errors as hub_errors

from models.hub_reach import hub_answers
from models.sae.folder import LONGEST_CONFIG
from models.sae.formats.format import Format
from models.sae.formats.header_only import describe
from models.sae.hub import belongs, cache_folder, free_bytes, sentences
from studio.domain.errors import ModelError, NetworkError
from studio.domain.hub import HubHit, HubRepo, HubSae
from studio.domain.sae_files import CONFIGS, WEIGHTS, hookpoints_of

#: Repos that a search lists, SAEs of one repo whose heads are read, and how many at a time.
HITS, LOOKED_INTO, AT_ONCE = 40, 200, 8


@dataclass(frozen=True, slots=True)
class _Repo:
    """A repo's files with their sizes in bytes, at one commit."""

    name: str
    commit: str
    sizes: Mapping[str, int]
    locked: bool


def search(text: str) -> list[HubHit]:
    """Model repos whose name has every word of `text`, the most downloaded first. Raises `NetworkError`."""
    if not hub_answers():
        raise NetworkError(
            "The Hub is out of reach, or offline mode (HF_HUB_OFFLINE) is on. A repo that was downloaded "
            "before still opens by its name."
        )
    with sentences(text, None):
        found = huggingface_hub.HfApi().list_models(search=text, sort="downloads", limit=HITS)
        return [_hit(info) for info in found]


def look(repo: str, revision: str | None = None, formats: Sequence[Format] | None = None) -> HubRepo:
    """The SAEs of a repo, their formats and sizes, its licence and terms. Raises as `fetch` does."""
    with sentences(repo, revision):
        if not hub_answers():
            return _cached_repo(repo, revision)
        api = huggingface_hub.HfApi()
        info = api.model_info(repo, revision=revision, files_metadata=True)
        sizes = {s.rfilename: int(s.size or 0) for s in info.siblings or ()}
        locked = bool(info.gated) and not _may_read(repo, str(info.sha), list(sizes))
        found = _Repo(repo, str(info.sha), sizes, locked)
        return HubRepo(
            repo,
            found.commit,
            _revisions(api, repo),
            _licence(info),
            bool(info.gated),
            bool(info.private),
            locked,
            False,
            _day(info.last_modified),
            _saes(found, formats),
            free_bytes(),
        )


def _hit(info: Any) -> HubHit:
    modified = _day(info.last_modified)
    downloads, likes = int(info.downloads or 0), int(info.likes or 0)
    return HubHit(info.id, downloads, likes, modified, bool(info.gated), bool(info.private))


def _saes(repo: _Repo, formats: Sequence[Format] | None) -> tuple[HubSae, ...]:
    names = hookpoints_of(repo.sizes)
    plain = [_plain(repo, name) for name in names]
    if repo.locked:
        return tuple(plain)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        known = list(pool.map(lambda sae: _looked_into(repo, sae, formats), plain[:LOOKED_INTO]))
    return (*known, *plain[LOOKED_INTO:])


def _plain(repo: _Repo, hookpoint: str) -> HubSae:
    files = [name for name in repo.sizes if belongs(name, hookpoint)]
    cached = all(
        isinstance(huggingface_hub.try_to_load_from_cache(repo.name, f, revision=repo.commit), str)
        for f in files
    )
    return HubSae(hookpoint, sum(repo.sizes[f] for f in files), cached)


def _looked_into(repo: _Repo, sae: HubSae, formats: Sequence[Format] | None) -> HubSae:
    files = [name for name in repo.sizes if belongs(name, sae.hookpoint)]
    weights = next((name for name in sorted(files) if name.endswith(".safetensors")), None)
    if weights is None:
        return sae  # a torch or npz file has no head to read
    try:
        head = huggingface_hub.HfApi().parse_safetensors_file_metadata(
            repo.name, weights, revision=repo.commit
        )
        config = _config(repo, sae.hookpoint, files)
    except (hub_errors.SafetensorsParsingError, ModelError, ValueError) as error:
        return replace(sae, problem=f"{weights} cannot be read: {error}")
    shapes = {name: tuple(info.shape) for name, info in head.tensors.items()}
    return replace(sae, **describe(weights, shapes, config, formats))


def _config(repo: _Repo, hookpoint: str, files: Sequence[str]) -> dict[str, Any]:
    """The config beside the weights: small, so it goes into the cache at once."""
    name = next((f for known in CONFIGS for f in files if f.rpartition("/")[2] == known), None)
    if name is None:
        return {}
    if repo.sizes[name] > LONGEST_CONFIG:
        raise ModelError("its config is too long")
    path = huggingface_hub.hf_hub_download(repo.name, name, revision=repo.commit)
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ModelError("its config is no JSON object")
    return found


def _may_read(repo: str, commit: str, files: Sequence[str]) -> bool:
    """Whether this account may read a gated repo: the head of its first file says it."""
    if not files:
        return True
    try:
        url = huggingface_hub.hf_hub_url(repo, files[0], revision=commit)
        huggingface_hub.get_hf_file_metadata(url)
    except (hub_errors.GatedRepoError, hub_errors.RepositoryNotFoundError):
        return False
    return True


def _cached_repo(repo: str, revision: str | None) -> HubRepo:
    """What the cache has of a repo, when the Hub does not answer."""
    root = cache_folder(repo, revision)
    sizes = {p.relative_to(root).as_posix(): p.stat().st_size for p in root.rglob("*") if p.is_file()}
    files = {name: size for name, size in sizes.items() if name.endswith((*WEIGHTS, ".json"))}
    saes = tuple(_plain(_Repo(repo, root.name, files, False), name) for name in hookpoints_of(files))
    revisions = tuple(sorted(p.name for p in (root.parents[1] / "refs").glob("*")))
    return HubRepo(repo, root.name, revisions, "", False, False, False, True, "", saes, free_bytes())


def _revisions(api: huggingface_hub.HfApi, repo: str) -> tuple[str, ...]:
    try:
        refs = api.list_repo_refs(repo)
    except hub_errors.HfHubHTTPError:
        return ("main",)  # some mirrors do not list them
    return tuple(ref.name for ref in (*refs.branches, *refs.tags))


def _licence(info: Any) -> str:
    card = info.card_data.to_dict() if info.card_data is not None else {}
    return str(card.get("license_name") or card.get("license") or "")


def _day(when: Any) -> str:
    return "" if when is None else when.date().isoformat()
