"""The review at full size: 131,072 neurons. Prints p50, p95 and the longest, in milliseconds, by the clock on
the wall and as processor time of the window's thread (the two differ on a machine that is busy).

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_review.py [--neurons 131072] [--steps 200]

"next neuron" is from the key press to the end of the painting that shows every picture in sight; between two
presses the reviewer looks for `--look` seconds. "accept" is the same with the decision written to disk first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "studio" / "ui" / "review"))
os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from scenes import Scenes, neuron_evidence

from studio.app import make_application, make_window
from studio.domain.concept import Category, Proposal, Verdict
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.domain.queue import Queue
from studio.services.full_text import fill
from studio.storage.project import Project
from studio.ui.picture import settle
from studio.ui.review.neuron_query import Query, Shown, SortKey

SAMPLES, WITH_EVIDENCE = 400, 600
Times = np.ndarray


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--neurons", type=int, default=131_072)
    options.add_argument("--steps", type=int, default=200)
    options.add_argument("--look", type=float, default=0.2)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("CONFIG", "DATA", "STATE")}
        path = Path(folder) / "big.cstudio"
        # In a process of its own, so that the memory printed below is the window's.
        writer = get_context("spawn").Process(target=write_project, args=(path, given.neurons))
        writer.start()
        writer.join()
        measure(path, given.steps, given.look)


def measure(path: Path, steps: int, look: float) -> None:
    window = make_window(make_application(), "dark")
    window.settings.reviewer = "Ada"
    window.resize(1440, 900)
    window.show()
    started = time.perf_counter()
    window.projects.open(path)
    opened = usable(window)
    print(f"{'open to a usable list':>30}  {(opened - started) * 1e3:8.1f} ms")
    settle(window, 10)
    print(f"{'and all of it read':>30}  {(time.perf_counter() - started) * 1e3:8.1f} ms")
    lists(window.review)
    settle(window, 60)
    searches(window.review)
    window.review.neurons.ask(Query(sort=SortKey.NEURON))
    window.review.controller.show(0)
    wait(1.0)
    report("next neuron, key to painted", walk(window, Qt.Key.Key_J, steps, look))
    report("accept, saved, next painted", walk(window, Qt.Key.Key_Return, steps // 2, look))
    report("scroll the list by a page", scroll(window.review, steps))
    print(f"{'memory':>30}  {psutil.Process().memory_info().rss / 1e6:8.0f} MB")
    window.close()
    window.runner.shutdown()
    window.deleteLater()


def lists(review: QObject) -> None:
    """Filters, orders and searches through the panel, each painted."""
    panel = review.neurons
    base = Query()
    filters = [Query(shown=s, queue=q) for s in Shown for q in (Queue.OPEN, None)]
    sorts = [Query(sort=key, descending=down) for down in (False, True) for key in SortKey]
    words = [Query(text=t) for t in ("c", "co", "con", "concept 12", "1234", "77", "nothing at all", "9")]
    for name, queries in (
        ("filter", filters),
        ("sort, first time", sorts),
        ("sort", sorts),
        ("search", words),
    ):
        took = []
        for query in queries:
            panel.ask(base if query != base else Query(text="x"))
            took.append(timed(lambda query=query: (panel.ask(query), panel.table.viewport().repaint())))
        report(name, took)
    panel.ask(base)


def usable(window: QObject) -> float:
    """Run the event loop until the list has rows and a neuron is in front, painted; when that was."""
    loop = QEventLoop()
    while True:
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        review = window.review
        if review is not None and review.neurons.model.rowCount() and review.controller.detail is not None:
            review.neurons.table.viewport().repaint()
            return time.perf_counter()


def searches(review: QObject) -> None:
    """Searches of everything, from the key to the painting with what the index in the project has found."""
    panel, took, count = review.neurons, [], []
    words = ("co", "con", "concept 12", "the", "th", "is there", "token:there", "note:zebra", "-there", "77")
    for word in words:
        panel.ask(Query())
        panel.model.rows.columns.hits.clear()
        panel.model.rows.columns.words._scans.clear()
        loop, started = QEventLoop(), now()
        review.reader.words_found.connect(loop.quit)
        panel.search(word)
        loop.exec()
        review.reader.words_found.disconnect(loop.quit)
        panel.table.viewport().repaint()
        took.append((now() - started) * 1e3)
        count.append(f"{word}: {len(panel.model.rows):,}")
    report("search with the index", took)
    print(f"{'':>32}{', '.join(count)}")
    panel.ask(Query())


def walk(window: QObject, key: Qt.Key, steps: int, look: float) -> list[Times]:
    watcher = PaintWatcher(window.review)
    took = []
    for _ in range(steps):
        before = window.review.controller.current
        started = now()
        QTest.keyClick(window.focusWidget() or window, key)
        ended = watcher.shown_after(before)
        took.append((ended - started) * 1e3)
        wait(look)
    watcher.stop()
    return took


class PaintWatcher(QObject):
    """Notes when the grid was painted with every picture in sight there."""

    def __init__(self, review: QObject) -> None:
        super().__init__()
        self._review, self._painted = review, None
        self._grid = review.evidence.grid
        self._watched = (self._grid, review.evidence.texts.viewport())
        for widget in self._watched:
            widget.installEventFilter(self)

    def stop(self) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._painted = None
            QTimer.singleShot(0, self._after)
        return False

    def _after(self) -> None:
        self._painted = now()

    def shown_after(self, before: int | None) -> Times:
        """Run the event loop until another neuron is painted whole; when that was."""
        loop, control = QEventLoop(), self._review.controller
        self._painted = None
        until = time.perf_counter() + 30
        QTimer.singleShot(30_500, loop.wakeUp)
        while time.perf_counter() < until:
            # Waits as the window does: turning round and round would keep the other threads from working.
            loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if control.current != before and self._painted is not None and self._complete():
                return self._painted
        raise SystemExit("the next neuron was not shown within 30 seconds")

    def _complete(self) -> bool:
        grid, review = self._grid, self._review
        if review.controller.detail is None:
            return False
        sight = grid.visibleRegion()
        shown = [s for i, s in enumerate(grid.shots) if not sight.intersected(grid.rect_of(i)).isEmpty()]
        mine = all(shot.neuron == review.controller.current for shot in grid.shots)
        return mine and all(review.pictures.ready(grid.order(shot)) for shot in shown)


def scroll(review: QObject, steps: int) -> list[Times]:
    table = review.neurons.table
    bar = table.verticalScrollBar()
    places = np.linspace(0, bar.maximum(), steps).astype(int)
    return [
        timed(lambda place=place: (bar.setValue(int(place)), table.viewport().repaint())) for place in places
    ]


def now() -> Times:
    """Wall clock and processor time of this thread, seconds."""
    return np.array([time.perf_counter(), time.thread_time()])


def timed(work: Callable[[], object]) -> Times:
    started = now()
    work()
    return (now() - started) * 1e3


def report(what: str, took: list[Times]) -> None:
    wall, own = np.array(took).T
    parts = []
    for name, values in (("wall", wall), ("own", own)):
        middle, late = np.percentile(values, [50, 95])
        parts.append(f"{name} {middle:7.1f} p50 {late:7.1f} p95 {max(values):7.1f} max")
    print(f"{what:>30}  {'   '.join(parts)}   ({len(took)})", flush=True)


def wait(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1e3), loop.quit)
    loop.exec()


def write_project(path: Path, n: int) -> None:
    rng = np.random.default_rng(0)
    with Project.create(path, "Big") as project, project.transaction():
        scenes = Scenes(project, SAMPLES)
        kinds = (Modality.MULTIMODAL, Modality.VISUAL, Modality.TEXTUAL, Modality.MULTIMODAL)
        project.evidence.write(neuron_evidence(scenes, i, kinds[i % 4]) for i in range(min(n, WITH_EVIDENCE)))
        project.neurons.write(NeuronStats(side(n, rng), side(n, rng)))
        project.proposals.write(
            Proposal(
                i,
                s,
                f"concept {i % 3000}",
                Category.OBJECT,
                "vocabulary",
                candidates=((f"other {i % 99}", 0.2),),
            )
            for i in range(n)
            for s in TokenKind
        )
        project.verdicts.write(
            Verdict(
                i,
                f"concept {i % 3000}",
                kinds[i % 4],
                float(rng.random()),
                0.01,
                0.5,
                kinds[i % 4],
                i % 97 == 0,
            )
            for i in range(n)
        )

    with Project.open(path) as project:
        while not fill(project, 10.0).complete:
            pass


def side(n: int, rng: np.random.Generator) -> SideStats:
    tokens = rng.integers(1, 5000, n)
    histogram = rng.poisson(3.0, (n, HISTOGRAM_BINS)).astype(np.int64)
    return SideStats(
        tokens // 10 + 1, tokens, tokens * 0.5, rng.random(n) * 5 + 1, histogram, 117_000, 80_000_000
    )


if __name__ == "__main__":
    main()
