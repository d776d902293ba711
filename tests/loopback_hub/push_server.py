"""The part of the Hub's API that pushing a data set needs, on loopback: make a repo, upload, commit."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import yaml

LARGE = 1024


@dataclass
class PushHub:
    """Use as a context manager; `repos` maps "owner/name" to files by path. `status` answers all."""

    token: str = "hf_loopback"
    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    status: int = 0
    seen: list[str] = field(default_factory=list)

    def __enter__(self) -> PushHub:
        hub = self

        class Handler(_Handler):
            state = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="push hub")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: PushHub

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def do_PUT(self) -> None:
        self._serve(self._body())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _serve(self, body: bytes) -> None:
        path = unquote(urlsplit(self.path).path)
        self.state.seen.append(f"{self.command} {path}")
        if self.state.status:
            return self._send(self.state.status, {"error": "asked for"})
        if path.startswith("/lfs/"):
            self.state.objects[path.removeprefix("/lfs/")] = body
            return self._send(200, {})
        if self.headers.get("Authorization") != f"Bearer {self.state.token}":
            return self._send(401, {"error": "who are you?"})
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return self._send(200, {"errors": _yaml_errors(json.loads(body)["content"]), "warnings": []})
        if path.endswith("/info/lfs/objects/batch"):
            return self._batch(json.loads(body))
        return self._repo(path.removeprefix("/api/datasets/").split("/"), body)

    def _create(self, asked: dict) -> None:
        name = f"{asked.get('organization') or 'ada'}/{asked['name']}"
        if asked.get("type") != "dataset":
            return self._send(400, {"error": "only data sets here"})
        if name in self.state.repos:
            url = f"{self.state.url}/datasets/{name}"
            return self._send(409, {"error": "You already created this dataset repo", "url": url})
        self.state.repos[name] = {}
        self.state.private[name] = bool(asked.get("private") or asked.get("visibility") == "private")
        return self._send(200, {"url": f"{self.state.url}/datasets/{name}", "name": name, "id": name})

    def _batch(self, asked: dict) -> None:
        found = [
            {**one, "actions": {"upload": {"href": f"{self.state.url}/lfs/{one['oid']}", "header": {}}}}
            for one in asked["objects"]
        ]
        self._send(200, {"transfer": "basic", "objects": found})

    def _repo(self, parts: list[str], body: bytes) -> None:
        name, rest = "/".join(parts[:2]), parts[2:]
        files = self.state.repos.get(name)
        if files is None:
            return self._send(404, {"error": "no such repo"})
        if rest[:1] == ["preupload"]:
            return self._send(200, {"files": [_mode(one) for one in json.loads(body)["files"]]})
        if rest[:1] == ["commit"]:
            return self._commit(name, files, body)
        if rest[:1] == ["tree"]:
            return self._send(200, [_entry(path, data) for path, data in files.items()])
        about = {"id": name, "sha": "0" * 40, "private": self.state.private[name], "siblings": []}
        return self._send(200, about | {"siblings": [{"rfilename": path} for path in files]})

    def _commit(self, name: str, files: dict[str, bytes], body: bytes) -> None:
        for line in body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                data = self.state.objects[value["oid"]]
                assert hashlib.sha256(data).hexdigest() == value["oid"]
                files[value["path"]] = data
            elif item["key"] == "deletedFile":
                files.pop(value["path"])
        commit = hashlib.sha1(body).hexdigest()
        url = f"{self.state.url}/datasets/{name}/commit/{commit}"
        self._send(200, {"success": True, "commitOid": commit, "commitUrl": url})

    def _send(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _yaml_errors(card: str) -> list[dict]:
    """The front matter has to be a mapping, as the Hub asks."""
    front = yaml.safe_load(card.split("---")[1])
    return [] if isinstance(front, dict) else [{"message": "the card has no front matter"}]


def _mode(one: dict) -> dict:
    mode = "lfs" if one["size"] >= LARGE else "regular"
    return {"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}


def _entry(path: str, data: bytes) -> dict:
    return {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
