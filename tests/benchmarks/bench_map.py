"""Neighbours, map and overview at full size: 131,072 neurons.

    python tests/benchmarks/bench_map.py [--neurons 131072] [--width 4096] [--rows 16384] [--steps 1500]
    QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_map.py --window

Without `--window`: decoder neighbours beside the bare products of the same blocks (the floor), on `--rows`
rows, with what that makes at full size (pairs grow with the square); layout with its trustworthiness; neurons
that fire together. With `--window`: panning, zooming and hovering the map, scrolling and walking the
overview, in milliseconds a frame: p50, p95 and the longest, on the wall and as time of the window's thread.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")

import numpy as np

NEIGHBOURS, LINKED, PROBES = 32, 15, 300


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--neurons", type=int, default=131_072)
    options.add_argument("--width", type=int, default=4096)
    options.add_argument("--rows", type=int, default=16_384)
    options.add_argument("--steps", type=int, default=1500)
    options.add_argument("--window", action="store_true")
    given = options.parse_args()
    if given.window:
        measure_window(given.neurons)
        return
    nearest(given.neurons, given.width, given.rows)
    places(given.neurons, given.steps)
    firing_together(given.neurons)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{'peak memory':>34}  {peak:9.0f} MB")


def nearest(neurons: int, width: int, rows: int) -> None:
    import torch

    from models.similar.cosine import BLOCK, cosine_nearest

    decoder = torch.randn(rows, width, generator=torch.Generator().manual_seed(0))
    started, own = time.perf_counter(), time.process_time()
    cosine_nearest(decoder, torch.arange(rows), NEIGHBOURS)
    took, took_own = time.perf_counter() - started, time.process_time() - own
    started, own = time.perf_counter(), time.process_time()
    for i in range(0, rows, BLOCK):
        for j in range(i, rows, BLOCK):
            decoder[i : i + BLOCK] @ decoder[j : j + BLOCK].T
    floor, floor_own = time.perf_counter() - started, time.process_time() - own
    full = took * (neurons / rows) ** 2
    print(f"{f'nearest of {rows:,} x {width:,}':>34}  {took:9.1f} s, {took_own:.1f} s of processor")
    print(f"{'bare products of the same blocks':>34}  {floor:9.1f} s, {floor_own:.1f} s of processor")
    print(f"{f'that makes for {neurons:,}':>34}  {full / 60:9.1f} min on this machine", flush=True)


def places(neurons: int, steps: int) -> None:
    """A mixture of `neurons` / 200 groups, whose exact neighbours are looked for within the group."""
    import torch

    from models.similar import layout, principal_plane

    random = torch.Generator().manual_seed(0)
    size, width = 128, 64
    groups = torch.randn(max(neurons // size, 1), 1, width, generator=random)
    vectors = groups + 0.7 * torch.randn(len(groups), size, width, generator=random)
    unit = torch.nn.functional.normalize(vectors, dim=2)
    cosines = unit @ unit.mT
    cosines.diagonal(dim1=1, dim2=2).fill_(-2)
    local = cosines.topk(LINKED, dim=2).indices
    near = (local + torch.arange(len(groups)).view(-1, 1, 1) * size).reshape(-1, LINKED).int().numpy()
    flat = vectors.reshape(-1, width)
    started = time.perf_counter()
    start = principal_plane(flat, torch.arange(len(flat)))
    print(f"{'principal plane':>34}  {time.perf_counter() - started:9.1f} s")
    started, own = time.perf_counter(), time.process_time()
    found = layout(start, near, steps=steps)
    took, took_own = time.perf_counter() - started, time.process_time() - own
    print(f"{f'layout of {len(flat):,}, {steps} steps':>34}  {took:9.1f} s, {took_own:.1f} s of processor")
    for name, plane in (("principal plane", start.numpy()), ("map", found)):
        value = trustworthiness(flat, plane)
        print(f"{f'trustworthiness of the {name}':>34}  {value:9.4f}", flush=True)


def trustworthiness(vectors: object, plane: np.ndarray, k: int = 15) -> float:
    """Venna and Kaski (2001), by the cosine of the vectors, estimated on `PROBES` points."""
    import torch

    unit = torch.nn.functional.normalize(vectors, dim=1)
    n, penalty = len(plane), 0.0
    probes = np.random.default_rng(0).choice(n, min(PROBES, n), replace=False)
    for probe in probes:
        away = -(unit @ unit[probe]).numpy()
        away[probe] = -2
        rank = np.empty(n, np.int64)
        rank[np.argsort(away)] = np.arange(n)
        square = ((plane - plane[probe]) ** 2).sum(1)
        square[probe] = np.inf
        close = np.argpartition(square, k)[:k]
        penalty += float(np.maximum(rank[close] - k, 0).sum())
    return 1 - 2 / (len(probes) * k * (2 * n - 3 * k - 1)) * penalty


def firing_together(neurons: int) -> None:
    """60 kept samples a neuron out of one sample a neuron, some of them far more frequent than others."""
    from scipy.sparse import csr_matrix

    from studio.domain.context import Quiet
    from studio.services.together import ochiai

    rng = np.random.default_rng(0)
    columns = (neurons * rng.random((neurons, 60)) ** 1.5).astype(np.int64)
    rows = np.repeat(np.arange(neurons), 60)
    members = csr_matrix((np.ones(len(rows), np.float32), (rows, columns.ravel())), (neurons, neurons))
    members.data[:] = 1
    started = time.perf_counter()
    ochiai(members, NEIGHBOURS, Quiet())
    print(f"{f'firing together, {neurons:,}':>34}  {time.perf_counter() - started:9.1f} s", flush=True)


def write_big(path: Path, neurons: int) -> None:
    """In a process of its own, so that the memory printed is the window's."""
    from bench_review import write_project

    from studio.domain.similar import Likeness, Neighbours
    from studio.storage.project import Project
    from studio.storage.similar import SimilarTable

    write_project(path, neurons)
    rng = np.random.default_rng(0)
    with Project.open(path) as project:
        table = SimilarTable(project.database)
        groups = rng.normal(size=(neurons // 128 + 1, 2))
        spots = groups[np.arange(neurons) // 128] + 0.03 * rng.normal(size=(neurons, 2))
        table.write_map(spots.astype(np.float32))
        index = rng.integers(0, neurons, (neurons, NEIGHBOURS)).astype(np.int32)
        value = rng.random((neurons, NEIGHBOURS)).astype(np.float32)
        for kind in Likeness:
            table.write(kind, Neighbours(index, value, index % 9))


def measure_window(neurons: int) -> None:
    import psutil

    from studio.app import make_application, make_window
    from studio.ui.picture import settle

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("CONFIG", "DATA", "STATE")}
        path = Path(folder) / "big.cstudio"
        writer = get_context("spawn").Process(target=write_big, args=(path, neurons))
        writer.start()
        writer.join()
        window = make_window(make_application(), "dark")
        window.settings.reviewer = "Ada"
        window.resize(1440, 900)
        window.show()
        started = time.perf_counter()
        window.projects.open(path)
        settle(window, 10)
        print(f"{'open to a usable list':>34}  {(time.perf_counter() - started) * 1e3:9.1f} ms")
        on_the_map(window)
        in_the_overview(window)
        print(f"{'memory':>34}  {psutil.Process().memory_info().rss / 1e6:9.0f} MB")
        window.close()
        window.runner.shutdown()
        window.deleteLater()


def on_the_map(window: object) -> None:
    from bench_review import report, timed
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    from studio.ui.picture import settle

    window.actions_registry.action("view.map").trigger()
    settle(window)
    surface = window.pages.currentWidget().map

    def move(dx: int) -> None:
        surface._set_window(surface.window_now.moved(dx, dx // 2))
        surface.repaint()

    def zoom(factor: float) -> None:
        surface.zoom(factor, QPointF(500, 300))
        surface.repaint()

    def walk(key: Qt.Key) -> None:
        QTest.keyClick(surface, key)
        surface.repaint()

    report("pan", [timed(lambda i=i: move(7 if i % 40 < 20 else -7)) for i in range(200)])
    report("zoom", [timed(lambda i=i: zoom(1.25 if i % 20 < 10 else 0.8)) for i in range(100)])
    at = np.random.default_rng(0).integers(100, 600, (200, 2)).tolist()
    report("hover", [timed(lambda p=p: surface._point_at(QPointF(*p))) for p in at])
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down)
    report("walk to the nearest", [timed(lambda i=i: walk(keys[i % 4])) for i in range(100)])


def in_the_overview(window: object) -> None:
    from bench_review import report, timed, wait
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from studio.ui.picture import settle

    started = time.perf_counter()
    window.actions_registry.action("view.overview").trigger()
    settle(window)
    print(f"{'overview, all cards in sight':>34}  {(time.perf_counter() - started) * 1e3:9.1f} ms")
    view = window.pages.currentWidget().view
    bar = view.verticalScrollBar()

    def scroll(to: int) -> None:
        bar.setValue(to)
        view.viewport().repaint()

    def walk() -> None:
        QTest.keyClick(view, Qt.Key.Key_Right)
        view.viewport().repaint()

    took = []
    for step in range(150):
        took.append(timed(lambda step=step: scroll(step * 60)))
        wait(0.01)
    report("scroll by 60 pixels", took)
    places = np.linspace(0, bar.maximum(), 100).astype(int).tolist()
    took = []
    for to in places:
        took.append(timed(lambda to=to: scroll(to)))
        wait(0.01)
    report("scroll by a hundredth", took)
    bar.setValue(0)
    settle(window)
    took = []
    for _ in range(100):
        took.append(timed(walk))
        wait(0.05)
    report("walk to the next card", took)
    sizes = [timed(lambda size=size: view.set_card_width(size)) for size in range(140, 320, 10)]
    report("card size", sizes)


if __name__ == "__main__":
    main()
