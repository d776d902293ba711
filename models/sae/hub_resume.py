"""Large files on their way into the Hub's cache: what has come outlives a stop.

huggingface_hub 2 begins every file anew. Here its blob is filled under the name `<sha256>.incomplete` and put
in place when it is whole and its hash is right; `hf_hub_download` then finds it there and does the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.utils import WeakFileLock, build_hf_headers, hf_raise_for_status, http_stream_backoff

#: Bytes taken at a time, and how often in a row a connection may break without bringing any.
PIECE, TRIES = 1 << 20, 5


def bring(
    repo: str, name: str, revision: str | None, heard: Callable[[int], None], broken: tuple[type, ...]
) -> None:
    """Bring a file that the Hub keeps by its sha256 into the cache; leave all others to huggingface_hub.

    `heard(n)` hears of n more bytes, first of those that an earlier call left, and may raise to stop.
    `broken` are the errors of a connection after which it is tried again. Raises `OSError` when what came is
    not what was promised, and what huggingface_hub raises.
    """
    url = huggingface_hub.hf_hub_url(repo, name, revision=revision)
    about = huggingface_hub.get_hf_file_metadata(url)
    if not re.fullmatch("[0-9a-f]{64}", about.etag or "") or about.size is None:
        return
    blob = Path(constants.HF_HUB_CACHE) / _store(repo) / "blobs" / about.etag
    with _alone(repo, about.etag):
        if not blob.exists():
            blob.parent.mkdir(parents=True, exist_ok=True)
            part = blob.with_name(f"{about.etag}.incomplete")
            _fill(part, url, about.etag, about.size, heard, broken)
            part.replace(blob)


def _store(repo: str) -> str:
    return f"models--{repo.replace('/', '--')}"


@contextmanager
def _alone(repo: str, etag: str) -> Iterator[None]:
    """Nobody else fills this blob: the lock is huggingface_hub's own."""
    lock = Path(constants.HF_HUB_CACHE) / ".locks" / _store(repo) / f"{etag}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(lock):
        yield


def _fill(
    part: Path, url: str, etag: str, size: int, heard: Callable[[int], None], broken: tuple[type, ...]
) -> None:
    with open(part, "ab+") as file:
        digest, have = _hash_of(file), file.tell()
        heard(have)
        left = TRIES
        while have < size and left:
            left -= 1
            try:
                for piece in _pieces(url, have):
                    file.write(piece)
                    digest.update(piece)
                    have, left = have + len(piece), TRIES
                    heard(len(piece))
            except broken:
                if not left:
                    raise
    if have != size or digest.hexdigest() != etag:
        part.unlink()
        raise OSError("what came is not what the Hub promised. Download it again")


def _hash_of(file: BinaryIO) -> Any:
    """The hash so far, with the file at its end."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest


def _pieces(url: str, start: int) -> Iterator[bytes]:
    """The bytes of a file from `start` on, from wherever the Hub keeps it now."""
    place = huggingface_hub.get_hf_file_metadata(url).location
    headers = {**build_hf_headers(), "Accept-Encoding": "identity", "Range": f"bytes={start}-"}
    if urlsplit(place).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is for the Hub alone
    waits = {"retry_on_exceptions": (), "retry_on_status_codes": (408, 429)}
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with http_stream_backoff("GET", place, headers=headers, timeout=timeout, **waits) as got:
        hf_raise_for_status(got)
        if start and got.status_code != 206:
            raise OSError("the server does not send parts of a file")
        yield from got.iter_bytes(PIECE)
