"""A thousand neurons in one sitting, by real key events: what stays behind, and whether anything was lost.

    .venv/bin/python tests/benchmarks/bench_sitting.py [NEURONS]

Each neuron gets a class, a rating and a decision, each twentieth an undo and a redo as well. Memory (VmRSS),
threads and open files are read every hundred neurons; the file is read back at the end.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1] / "studio" / "ui" / "review"))
STEP = 100


def figures() -> tuple[float, int, int]:
    """Resident memory in MB, threads, open file descriptors of this process."""
    rows = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(row.split()[1]) for row in rows if row.startswith("VmRSS"))
    return memory / 1024, threading.active_count(), len(os.listdir("/proc/self/fd"))


def sit(window, neurons: int) -> tuple[list[tuple[float, int, int]], list[float]]:
    """Review neurons; figures every `STEP`, and seconds from each deciding key to the next neuron."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    key, control = Qt.Key, window.review.controller
    found, times = [figures()], []

    def press(which: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or window, which, held)
        until = time.monotonic() + 30
        while not (control.saves.settled and control.detail is not None):
            QTest.qWait(1)
            assert time.monotonic() < until, f"stuck at neuron {control.current}"

    for number in range(neurons):
        press((key.Key_V, key.Key_T, key.Key_M, key.Key_U)[number % 4])
        press(key.Key_1 if number % 2 else key.Key_4)
        if number % 20 == 7:
            press(key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            press(key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        start = time.perf_counter()
        press(key.Key_X if number % 7 == 3 else key.Key_Return)
        times.append(time.perf_counter() - start)
        if (number + 1) % STEP == 0:
            found.append(figures())
    return found, times


def run(neurons: int, folder: Path) -> list[tuple[float, int, int]]:
    """Make a project, review it, check the file, print; returns the figures."""
    from PySide6.QtCore import QSettings
    from PySide6.QtTest import QTest
    from scenes import make_project

    from studio.app import make_application, make_window
    from studio.services.projects import open_project

    project = make_project(folder / "sitting.cstudio", neurons=neurons + 40)
    app = make_application()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "config"))
    window = make_window(app, "dark")
    window.settings.reviewer = "Ada"
    window.projects.set_annotator("Ada")
    window.show()
    window.projects.open(project)
    while window.review is None or window.review.controller.detail is None:
        QTest.qWait(10)
    window.activateWindow()
    window.review.setFocus()
    found, times = sit(window, neurons)
    window.acts.may_close = lambda: True
    window.close()
    window.deleteLater()
    with open_project(project) as reopened:
        labels = [label for label in reopened.events.labels("Ada") if label.reviewed]
        kept = sum(label.rating is not None and label.modality is not None for label in labels)
        damaged = reopened.events.verify()
    ordered = sorted(times)
    print(
        f"{len(labels)} of {neurons} decisions in the file, {kept} with class and rating, damage: {damaged}"
    )
    print(f"decision to next neuron, saved: p50 {ordered[len(ordered) // 2] * 1000:.1f} ms, "
          f"p95 {ordered[int(len(ordered) * 0.95)] * 1000:.1f} ms")  # fmt: skip
    for number, (memory, threads, files) in enumerate(found):
        print(f"after {number * STEP:5,}: {memory:7.1f} MB, {threads} threads, {files} open files")
    assert len(labels) == kept == neurons, "something was lost"
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, Path(made))
