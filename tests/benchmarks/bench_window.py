"""How soon the window is up, and how late it ever is while an SAE trains in the compute lane.

    python tests/benchmarks/bench_window.py [--starts 7] [--seconds 20] [--json]

Start: from the start of the process to the first painted window, in fresh processes, `torch` not imported.
Lateness: a precise 10 ms timer of a shown window with live curves, against the clock, while
`models.sae.Trainer` trains at d 512, n 8,192, k 32, batch 4,096 in the compute child.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

START = """
import sys
from studio.app import make_application, make_window
app = make_application()
window = make_window(app)
window.show()
window.grab()
import time
print(time.time(), "torch" in sys.modules)
window.close()
"""


def start_times(count: int) -> list[float]:
    """Seconds from starting a process to a painted window."""
    times = []
    for _ in range(count):
        began = time.time()
        done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
        shown, torch = done.stdout.split()
        assert torch == "False", "torch was imported before the window was up"
        times.append(float(shown) - began)
    return sorted(times)


def train(seconds, ctx):
    """Train on random vectors with structure; runs in the compute child."""
    import torch

    from models.sae import Trainer, TrainerConfig

    torch.manual_seed(0)
    trainer = Trainer(512, TrainerConfig(k=32, num_latents=8192, tokens=0))
    parts = torch.randn(1024, 512)
    batches = [torch.relu(torch.randn(4096, 1024) - 2.0) @ parts for _ in range(4)]
    until, step = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        report = trainer.step(batches[step % 4], torch.arange(4096) % 2 == 0)
        names = ("loss", "fvu", "fvu_image", "fvu_text", "l0", "dead", "lr", "tokens_per_s")
        ctx.curve(step, {name: getattr(report, name) for name in names})
        ctx.report(seconds - max(until - time.monotonic(), 0), seconds, f"step {step}")
        ctx.check()
        step += 1
    return step


def lateness(seconds: float) -> dict[str, float]:
    """Percentiles of how late a 10 ms timer of the window is, in milliseconds, while the child trains."""
    from PySide6.QtCore import Qt, QTimer

    from studio.app import make_application, make_window

    app = make_application()
    window = make_window(app)
    window.show()
    window.show_page(window.training)
    late: list[float] = []
    last = [0.0]
    timer = QTimer(window, interval=10, timerType=Qt.TimerType.PreciseTimer)

    def tick() -> None:
        now = time.perf_counter()
        late.append((now - last[0]) * 1000 - 10)
        last[0] = now

    timer.timeout.connect(tick)
    steps: list[int] = []

    def begin(*_: object) -> None:
        if not timer.isActive():
            last[0] = time.perf_counter()
            timer.start()

    def end(result: int) -> None:
        steps.append(result)
        timer.stop()
        QTimer.singleShot(0, app.quit)

    window.runner.curve.connect(begin)
    window.runner.compute("Training the SAE", train, seconds, done=end)
    window.runner.failed.connect(lambda title, error: print(title, error, file=sys.stderr) or app.exit(1))
    app.exec()
    window.close()
    late.sort()
    at = {"p50": 0.50, "p99": 0.99, "max": 1.0}
    found = {name: round(late[min(int(q * len(late)), len(late) - 1)], 1) for name, q in at.items()}
    return {**found, "ticks": len(late), "steps": sum(steps)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_CONFIG_HOME"] = home
        starts = start_times(chosen.starts)
        late = lateness(chosen.seconds)
    median, slowest = (round(starts[at], 2) for at in (len(starts) // 2, -1))
    found = {"start_median_s": median, "start_max_s": slowest, "late_ms": late}
    if chosen.json:
        print(json.dumps(found))
        return
    print(f"window up (s): median {found['start_median_s']}, max {found['start_max_s']}, without torch")
    print(
        f"lateness while training (ms): p50 {late['p50']}, p99 {late['p99']}, max {late['max']} "
        f"({late['ticks']} ticks, {late['steps']} training steps)"
    )


if __name__ == "__main__":
    main()
