"""What does loading and verifying a large SAE cost? Figures to reach: 131,072 x 4,096 in float32 (4.3 GB)
peaks at 1.1 times its size at most and is read once; a folder's format is told in 100 ms.

    python tests/benchmarks/bench_sae_load.py [--latents 131072] [--folder /tmp] [--written]

The file's matrices are holes of a sparse file, which read as zeros, unless `--written`. Where memory or the
disk has no room the SAE is scaled down, and that is said. Loading runs in a process of its own that has
imported torch before: `peak` is the growth of its resident memory, `read calls` what it read past the maps,
`device` what came from the disk itself: 0 for holes and what is cached.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

D, K = 4096, 256
GB = 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and reads of loading an SAE.")
    parser.add_argument("--latents", type=int, default=131_072)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--written", action="store_true", help="write the matrices out")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        print(json.dumps(loaded(given.child)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        latents = fitting(given.latents, given.folder, given.written)
        file = write(Path(scratch), latents, given.written)
        report(file, latents)


def fitting(latents: int, folder: Path, written: bool) -> int:
    """As many latents as memory (and the disk, where they are written) has room for."""
    room = psutil.virtual_memory().available / 1.5
    if written:
        room = min(room, shutil.disk_usage(folder).free / 1.1)
    while latents * D * 8 > room:
        latents //= 2
        print(f"scaled to {latents:,} latents: there is room for {room / GB:.1f} GB")
    return latents


def write(folder: Path, latents: int, written: bool) -> Path:
    """cfg.json and sae.safetensors as sparsify writes them; the matrices zero."""
    shapes = {
        "W_dec": (latents, D),
        "b_dec": (D,),
        "encoder.bias": (latents,),
        "encoder.weight": (latents, D),
    }
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = folder / "sae.safetensors"
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        if written:
            for _ in range(0, at, 1 << 24):
                file.write(b"\0" * (1 << 24))
        file.truncate(8 + len(text) + at)
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # so that loading has to fetch it from the disk
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    (folder / "cfg.json").write_text(json.dumps({"d_in": D, "num_latents": latents, "k": K}))
    return path


def report(file: Path, latents: int) -> None:
    size, held = file.stat().st_size, file.stat().st_blocks * 512
    print(f"{latents:,} x {D:,} float32: {size / GB:.2f} GB, of which {held / GB:.2f} GB on the disk")
    found = json.loads(
        subprocess.run(
            [sys.executable, __file__, "--child", str(file.parent)], check=True, stdout=subprocess.PIPE
        ).stdout
    )
    print(f"format told in {found['detect_ms']:.1f} ms (the first time {found['first_ms']:.1f} ms)")
    print(f"loaded and verified in {found['seconds']:.1f} s, {found['cpu']:.1f} s of processor time")
    print(f"peak {found['peak'] / size:.3f} x its size; figure: 1.1")
    print(f"read calls {found['called'] / size:.3f} x its size, device {found['device'] / size:.3f} x")


def loaded(folder: Path) -> dict[str, float]:
    """Detect and load once, measured; runs in the child."""
    from models.sae import load_sae
    from models.sae.folder import open_folder

    process = psutil.Process()
    first = timed(lambda: open_folder(folder))
    detect = min(timed(lambda: open_folder(folder)) for _ in range(5))
    before, io, cpu = process.memory_info().rss, process.io_counters(), process.cpu_times()
    watch = Peak(process)
    start = time.monotonic()
    sae = load_sae(folder)
    seconds, peak = time.monotonic() - start, watch.stop()
    after, used = process.io_counters(), process.cpu_times()
    assert sae.provenance["files"]
    return {
        "first_ms": first * 1e3, "detect_ms": detect * 1e3, "seconds": seconds, "peak": peak - before,
        "cpu": used.user + used.system - cpu.user - cpu.system,
        "called": after.read_chars - io.read_chars, "device": after.read_bytes - io.read_bytes,
    }  # fmt: skip


def timed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


class Peak:
    """The largest resident memory of a process, looked at every few milliseconds."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._most, self._ended = process, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self._most = max(self._most, self._process.memory_info().rss)

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return max(self._most, self._process.memory_info().rss)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
