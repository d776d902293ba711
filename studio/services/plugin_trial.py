"""A plug-in of others is first loaded in a process that is thrown away: it may raise, hang or crash there.

A thread that hangs in an import cannot be ended, a process can. The outcome is kept until the plug-in's
files, its version, Python or the hooks change, so that a trial is made once and not at every start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

from studio import hookspecs
from studio.services.plugin_store import keep_verdicts, verdicts

Verdict = dict[str, str]
#: Seconds a plug-in may take to load, and how many are tried at once.
SECONDS, AT_ONCE = 15.0, 4
#: Seconds more until a child is ended that did not end itself: it has to start Python first.
GRACE = 10.0
#: Characters of a plug-in's own output that are kept for the details.
OUTPUT = 4000


def try_all(points: Sequence[EntryPoint], seconds: float = SECONDS) -> list[Verdict]:
    """The verdict on each: `error` is "" when it may be loaded, `details` what to send to its authors."""
    keys, around, known = [fingerprint(point) for point in points], surroundings(), verdicts()
    fresh = [key for key in keys if not holds(known.get(key), around)]
    if fresh:
        untried = [point for point, key in zip(points, keys) if key in fresh]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda point: try_one(point, seconds), untried))
        new = {key: {**verdict, "around": around} for key, verdict in zip(fresh, found)}
        keep_verdicts(new)
        known = {**known, **new}
    return [known[key] for key in keys]


def untried(points: Sequence[EntryPoint]) -> list[bool]:
    """Whether each would be tried now."""
    around, known = surroundings(), verdicts()
    return [not holds(known.get(fingerprint(point)), around) for point in points]


def holds(verdict: Verdict | None, around: str) -> bool:
    """Whether a verdict is still good: a failure only as long as nothing else was installed either."""
    return verdict is not None and (not verdict["error"] or verdict.get("around") == around)


def try_one(point: EntryPoint, seconds: float = SECONDS) -> Verdict:
    """Load the plug-in in a process of its own and end that."""
    with tempfile.TemporaryDirectory(prefix="concept-studio-plugin-") as folder:
        answer, output = Path(folder, "verdict.json"), Path(folder, "output")
        with open(output, "wb") as out:
            began = time.monotonic()
            code = _run(point, answer, out.fileno(), seconds)
            took = time.monotonic() - began
        said = output.read_text("utf-8", "replace")[-OUTPUT:]
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(answer.read_text("utf-8"))
            return {"error": str(found["error"]), "details": f"{found['details']}{said}"}
        if took >= seconds:
            return {"error": f"it took longer than {seconds:g} seconds to load", "details": said}
        return {"error": f"it ended the process that loaded it (exit code {code})", "details": said}


def fingerprint(point: EntryPoint) -> str:
    """Changes with the plug-in's version and Python files, with Python and with the hooks."""
    digest = hashlib.sha256()
    dist = f"{point.dist.name} {point.dist.version}" if point.dist else ""
    for part in (point.name, point.value, dist, sys.version, str(hookspecs.API_VERSION)):
        digest.update(part.encode() + b"\0")
    for path in _sources(point.module.partition(".")[0]):
        digest.update(str(path).encode() + b"\0")
        with contextlib.suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def surroundings() -> str:
    """Changes when a package is installed or removed."""
    times = [f"{path}:{os.stat(path).st_mtime_ns}" for path in sys.path if os.path.isdir(path)]
    return hashlib.sha256("\n".join(times).encode()).hexdigest()


def _sources(package: str) -> list[Path]:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is None:
        return [Path(spec.origin)] if spec.origin else []
    return sorted(path for root in spec.submodule_search_locations for path in Path(root).rglob("*.py"))


def _run(point: EntryPoint, answer: Path, out: int, seconds: float) -> int | None:
    """The exit code of the child, which ends itself in time; None when it had to be ended all the same."""
    command = [sys.executable, "-B", "-P", "-m", "studio.services.plugin_child"]
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    child = subprocess.Popen(
        [*command, point.name, point.value, str(answer), str(seconds)],
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return child.wait(seconds + GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child and whatever it has started: nothing that a plug-in began may outlive its trial."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
