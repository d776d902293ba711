"""The preview of a data set of a million rows, as JSONL, JSON, CSV and Parquet, each in a process of its own.

Prints the seconds of `preview` (plug-ins and libraries included) and of the whole process, and those of a
preview of a split in percent, which must know how many rows there are. Files are warm, as after a copy.

    .venv/bin/python tests/benchmarks/bench_preview.py [--rows 1000000]
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = 32
FORMATS = ("jsonl", "json", "csv", "parquet")
SPLITS = (None, "[:15%]")


def row(n: int) -> dict[str, str]:
    return {
        "id": f"sample-{n}",
        "image": f"images/{n % PICTURES}.jpg",
        "question": f"What is to be seen on the {n}th picture, and where on it?",
        "answer": f"A red square at {n % 97}, {n % 89}, and a blue one beside it.",
    }


def write(folder: Path, rows: int) -> None:
    """The same rows in each format; pictures of 1280 x 960 pixels."""
    import pyarrow
    from pyarrow import parquet

    (folder / "images").mkdir()
    draw = np.random.default_rng(0)
    for n in range(PICTURES):
        coarse = Image.fromarray(draw.integers(0, 255, (60, 80, 3), np.uint8))
        coarse.resize((1280, 960)).save(folder / f"images/{n}.jpg")
    with open(folder / "s.jsonl", "w") as lines, open(folder / "s.csv", "w", newline="") as table:
        writer = csv.DictWriter(table, list(row(0)))
        writer.writeheader()
        for n in range(rows):
            lines.write(json.dumps(row(n)) + "\n")
            writer.writerow(row(n))
    lines_of = (folder / "s.jsonl").read_text().splitlines()
    (folder / "s.json").write_text("[" + ",\n".join(lines_of) + "]")
    columns = {name: [row(n)[name] for n in range(rows)] for name in row(0)}
    parquet.write_table(pyarrow.table(columns), folder / "s.parquet")


def one(source: str, split: str | None) -> None:
    """Preview in this process, and print the seconds."""
    started = time.perf_counter()
    from studio.domain.context import Quiet
    from studio.domain.specs import DataSpec
    from studio.services.preview import SHOWN, preview

    found = preview(DataSpec(source, split), None, Quiet())
    assert len(found.samples) == SHOWN, found
    print(time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], given.one[1] if len(given.one) > 1 else None)
        return
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), given.rows)
        for split in SPLITS:
            for kind in FORMATS:
                measure(Path(name) / f"s.{kind}", split)


def measure(file: Path, split: str | None) -> None:
    started = time.perf_counter()
    command = [sys.executable, __file__, "--one", str(file), *([split] if split else [])]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    whole = time.perf_counter() - started
    size = file.stat().st_size / 1e6
    print(
        f"{file.suffix[1:]:8}{split or 'no split':10}{size:8.0f} MB   "
        f"preview {float(said):6.2f} s   process {whole:6.2f} s"
    )


if __name__ == "__main__":
    main()
