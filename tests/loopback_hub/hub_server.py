"""A small Hub on loopback: a real HTTP server that speaks the part of the Hub's API which loading needs.

Search, model info, refs and file tree, `resolve` with ETag, commit and redirect to a "CDN" path, range
requests, and on demand 401, 403 (gated), 404, 429 and connections cut in the middle of a file.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

#: Files of this size or more are served as large files are: by redirect, with their sha256.
LARGE = 1024
#: What names of data sets begin with in `repos`; models have no such prefix, as on the Hub.
DATASETS = "datasets/"


@dataclass
class Repo:
    """Files by path at one commit; `gated` and `private` ask for `token`."""

    files: dict[str, bytes]
    revision: str = "main"
    gated: bool = False
    private: bool = False
    token: str = "hf_loopback"
    licence: str = ""
    tags: tuple[str, ...] = ()
    downloads: int = 0
    #: Sizes that the API says instead of the true ones.
    claims: dict[str, int] = field(default_factory=dict)

    def size(self, name: str) -> int:
        """Bytes of a file, as the API says."""
        return self.claims.get(name, len(self.files[name]))

    @property
    def commit(self) -> str:
        parts = [f"{name}:{hashlib.sha1(data).hexdigest()}" for name, data in sorted(self.files.items())]
        return hashlib.sha1("\n".join(parts).encode()).hexdigest()


@dataclass
class LoopbackHub:
    """Use as a context manager; `url` is what HF_ENDPOINT is set to."""

    repos: dict[str, Repo] = field(default_factory=dict)
    #: Answer so many requests whose path starts with `slow_path` with 429 first.
    slow_down: int = 0
    slow_path: str = "/"
    #: Cut so many downloads of large files after half of their bytes.
    cuts: int = 0
    #: Downloads of large files stop after half of their bytes and wait for this.
    hold: threading.Event | None = None
    seen: Counter = field(default_factory=Counter)
    sent: Counter = field(default_factory=Counter)
    #: Bytes of large files that were asked for.
    bytes: Counter = field(default_factory=Counter)

    def __enter__(self) -> LoopbackHub:
        hub = self

        class Handler(_Handler):
            state = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="hub")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def cdn(self) -> str:
        """Another host name: clients read a large file's headers before they follow to another host."""
        return f"http://localhost:{self._server.server_port}/cdn"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: LoopbackHub

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        self.state.seen[f"{self.command} {path}"] += 1
        if self.state.slow_down > 0 and path.startswith(self.state.slow_path):
            self.state.slow_down -= 1
            return self._send(429, b"{}")
        if path == "/api/models":
            return self._search(parse_qs(url.query))
        if path.startswith("/api/models/"):
            return self._api(path.removeprefix("/api/models/").split("/"))
        if path.startswith("/api/datasets/"):
            return self._api(path.removeprefix("/api/datasets/").split("/"), DATASETS)
        if path.startswith("/cdn/"):
            return self._cdn(path.removeprefix("/cdn/"))
        if path.startswith(f"/{DATASETS}"):
            return self._resolve(path.removeprefix(f"/{DATASETS}").split("/"), DATASETS)
        return self._resolve(path.strip("/").split("/"))

    def _search(self, query: dict[str, list[str]]) -> None:
        words = query.get("search", [""])[0].lower().split()
        open_to_all = {name: repo for name, repo in self.state.repos.items() if not repo.private}
        found = [name for name in open_to_all if all(word in name.lower() for word in words)]
        found.sort(key=lambda name: -open_to_all[name].downloads)
        limit = int(query.get("limit", ["1000"])[0])
        self._json([self._info(name, open_to_all[name]) for name in found[:limit]])

    def _info(self, name: str, repo: Repo) -> dict:
        card = {"license": repo.licence} if repo.licence else {}
        about = {"id": name, "sha": repo.commit, "private": repo.private, "downloads": repo.downloads}
        return about | {
            "likes": 3,
            "gated": "manual" if repo.gated else False,
            "cardData": card,
            "lastModified": "2026-01-02T03:04:05.000Z",
            "siblings": [{"rfilename": file, "size": repo.size(file)} for file in repo.files],
        }

    def _api(self, parts: list[str], kind: str = "") -> None:
        name, rest = kind + "/".join(parts[:2]), parts[2:]
        if (repo := self._repo(name)) is None:
            return None
        if rest[:1] == ["refs"]:
            return self._refs(repo)
        revision = rest[1] if len(rest) > 1 else repo.revision
        if revision not in (repo.revision, "main", repo.commit, *repo.tags):
            return self._fail(404, "RevisionNotFound")
        if rest[:1] == ["tree"]:
            return self._tree(repo, "/".join(rest[2:]))
        return self._json(self._info(name, repo))

    def _refs(self, repo: Repo) -> None:
        def ref(kind: str, name: str) -> dict:
            return {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": repo.commit}

        tags = [ref("tags", tag) for tag in repo.tags]
        self._json({"branches": [ref("heads", repo.revision)], "converts": [], "tags": tags})

    def _tree(self, repo: Repo, folder: str) -> None:
        """The files below a folder; only those right in it, and folders, unless all are asked for."""
        start = f"{folder}/" if folder else ""
        inside = {name: data for name, data in repo.files.items() if name.startswith(start)}
        if "recursive=true" in self.path.lower():
            return self._json([self._entry(name, data) for name, data in inside.items()])
        here = {name: data for name, data in inside.items() if "/" not in name[len(start) :]}
        folders = {start + name[len(start) :].split("/")[0] for name in inside.keys() - here.keys()}
        found = [{"type": "directory", "path": name, "size": 0, "oid": "0" * 40} for name in sorted(folders)]
        return self._json(found + [self._entry(name, data) for name, data in here.items()])

    def _entry(self, name: str, data: bytes) -> dict:
        entry = {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
        if len(data) >= LARGE:
            digest = hashlib.sha256(data).hexdigest()
            entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 130}
        return entry

    def _resolve(self, parts: list[str], kind: str = "") -> None:
        name = kind + "/".join(parts[:2])
        if (repo := self._repo(name)) is None:
            return None
        if repo.gated and not self._knows(repo):
            return self._fail(403, "GatedRepo")
        if len(parts) < 5 or parts[2] != "resolve":
            return self._fail(404, "EntryNotFound")
        data = repo.files.get(file := "/".join(parts[4:]))
        if data is None:
            return self._fail(404, "EntryNotFound", {"X-Repo-Commit": repo.commit})
        return self._file(name, repo, file, data)

    def _file(self, name: str, repo: Repo, file: str, data: bytes) -> None:
        headers = {"X-Repo-Commit": repo.commit, "ETag": f'"{hashlib.sha1(data).hexdigest()}"'}
        if len(data) < LARGE:
            return self._send(200, data, headers)
        digest = hashlib.sha256(data).hexdigest()
        headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        return self._send(302, b"", headers | {"Location": f"{self.state.cdn}/{name}/{file}"})

    def _cdn(self, path: str) -> None:
        depth = 3 if path.startswith(DATASETS) else 2
        parts = path.split("/", depth)
        file, data = parts[-1], self.state.repos["/".join(parts[:-1])].files[parts[-1]]
        asked = (self.headers.get("Range") or "bytes=0-").removeprefix("bytes=")
        start, end = (int(side) if side else len(data) - 1 for side in asked.split("-"))
        end = min(end, len(data) - 1)
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        part = start > 0 or end < len(data) - 1
        if part:
            headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        if self.command == "GET":
            self.state.bytes[file] += end + 1 - start
        self.state.sent[file] += 1
        self._send(206 if part else 200, data[start : end + 1], headers, cut=self._cuts_now())

    def _cuts_now(self) -> bool:
        if self.command == "GET" and self.state.cuts > 0:
            self.state.cuts -= 1
            return True
        return False

    def _repo(self, name: str) -> Repo | None:
        repo = self.state.repos.get(name)
        if repo is None or (repo.private and not self._knows(repo)):
            self._fail(401, "RepoNotFound")
            return None
        return repo

    def _knows(self, repo: Repo) -> bool:
        return self.headers.get("Authorization") == f"Bearer {repo.token}"

    def _fail(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code, **(headers or {})})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            half = body[: len(body) // 2]
            if self.state.hold is not None and len(body) > LARGE and not cut:
                self.wfile.write(half)
                self.wfile.flush()
                self.state.hold.wait(60)
                body = body[len(half) :]
            self.wfile.write(half if cut else body)
        if cut:
            self.wfile.flush()
            self.close_connection = True
