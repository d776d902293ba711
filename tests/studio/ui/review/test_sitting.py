"""A thousand neurons in one sitting: nothing is lost, and nothing grows once the caches are full."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SITTING = Path(__file__).parents[3] / "benchmarks" / "bench_sitting.py"
#: Pictures and details of the last neurons are kept, up to a bound; by then they have reached it.
FULL, GROWTH_MB = 6, 15


@pytest.mark.proof
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_long_sitting_leaves_nothing_behind() -> None:
    done = subprocess.run([sys.executable, str(SITTING), "1000"], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "1000 of 1000 decisions in the file, 1000 with class and rating, damage: []"
    )
    rows = re.findall(r"([\d.]+) MB, (\d+) threads, (\d+) open files", done.stdout)[FULL:]
    memory = [float(row[0]) for row in rows]
    assert max(memory) - memory[0] < GROWTH_MB
    assert len({row[1:] for row in rows}) == 1
