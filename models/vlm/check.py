"""`python -m models.vlm.check MODEL`: can this model's image tokens be trusted? Says pass or fail."""

from __future__ import annotations

import argparse
import sys
from itertools import groupby

from models.vlm.loading import load_vlm
from models.vlm.probe import Spot, probe
from studio.domain.errors import UserError
from studio.domain.specs import ModelSpec

VIEWS = {0: "whole picture", 1: "tiles"}
ENOUGH = 0.9  # share of hits that passes; a trained vision tower may answer elsewhere now and then


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 for pass, 1 for fail, 2 when the model cannot be checked."""
    parser = argparse.ArgumentParser(prog="python -m models.vlm.check", description=__doc__)
    parser.add_argument("model", help="folder or Hub name")
    parser.add_argument("--revision")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    asked = parser.parse_args(arguments)
    try:
        return check(ModelSpec(asked.model, asked.revision, asked.dtype, asked.device))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def check(spec: ModelSpec) -> int:
    vlm = load_vlm(spec)
    print(f"{vlm.adapter_name}, {vlm.layer_count} {vlm.layer_kind} layers of width {vlm.hidden_size}")
    passed = [_line(list(spots)) for _, spots in groupby(probe(vlm), key=lambda s: (s.size, s.view))]
    print("PASS" if all(passed) else "FAIL: regions shown for this model would be in the wrong place")
    return 0 if all(passed) else 1


def _line(spots: list[Spot]) -> bool:
    hits = sum(spot.hit for spot in spots)
    good = hits >= ENOUGH * len(spots)
    (width, height), view = spots[0].size, VIEWS.get(spots[0].view, str(spots[0].view))
    print(f"{'pass' if good else 'FAIL'}  {width} x {height}, {view}: {hits} of {len(spots)} patches found")
    return good


if __name__ == "__main__":
    sys.exit(main())
