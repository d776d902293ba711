"""An OpenAI-compatible server on this machine that misbehaves on request, for the tests of endpoints."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Says:
    """One reply. `cut` sends half the body and drops the line; `wait` seconds pass first."""

    text: str | None = "Concept: dog"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    finish: str = "stop"
    refusal: str | None = None
    yes: float | None = None
    wait: float = 0.0
    cut: bool = False

    def bytes(self) -> bytes:
        if self.body is not None:
            return self.body
        if self.status != 200:
            return json.dumps({"error": {"message": f"status {self.status}"}}).encode()
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        message |= {} if self.refusal is None else {"refusal": self.refusal}
        choice: dict[str, Any] = {"index": 0, "finish_reason": self.finish, "message": message}
        if self.yes is not None:
            choice["logprobs"] = {"content": [{"token": "yes", "logprob": 0.0, "top_logprobs": self._top()}]}
        usage = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}
        return json.dumps(
            {"id": "1", "created": 1, "model": "m", "object": "chat.completion", "system_fingerprint": "",
             "choices": [choice], "usage": usage}
        ).encode()  # fmt: skip

    def _top(self) -> list[dict[str, Any]]:
        import math

        pairs = (("yes", self.yes), (" No", 1 - self.yes))
        return [{"token": t, "logprob": math.log(p)} for t, p in pairs if p > 0]


class ChatServer:
    """`script` gives the reply to the n-th question (from 0) with its body; `asked` are the bodies and
    `keys` the Authorization headers that came."""

    def __init__(self) -> None:
        self.script: Callable[[int, dict[str, Any]], Says] = lambda _n, _asked: Says()
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.at: list[float] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def replies(self, *replies: Says) -> None:
        """These replies one after another, the last one for ever."""
        self.script = lambda n, _asked: replies[min(n, len(replies) - 1)]

    @contextmanager
    def running(self) -> Iterator[ChatServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def take(self, body: dict[str, Any], key: str | None) -> Says:
        with self._lock:
            number = len(self.asked)
            self.asked.append(body)
            self.keys.append(key)
            self.at.append(time.monotonic())
        return self.script(number, body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                says = server.take(body, self.headers.get("Authorization"))
                server.closing.wait(says.wait)
                sent = says.bytes()
                try:
                    self.send_response(says.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(sent)))
                    for name, value in says.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(sent[: len(sent) // 2] if says.cut else sent)
                except OSError:  # the client did not wait for it
                    pass
                self.close_connection = True

            def log_message(self, *_: Any) -> None: ...

        return Handler
