"""`python -m models.vlm.check MODEL`: can this model's image tokens be trusted? Says pass or fail.

A program of its own, which also knows the families of installed plug-ins.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby

from PIL import Image

from models.quiet import quiet_libraries
from models.vlm.adapters import Adapter
from models.vlm.loading import load_vlm
from models.vlm.model import Vlm
from models.vlm.probe import GROUND, Spot, probe
from studio.domain.errors import DataError, UserError
from studio.domain.specs import QUANTIZED, ModelSpec
from studio.services.model_plugins import vlm_adapters

VIEWS = {0: "whole picture", 1: "tiles"}
FIRST, SECOND = (360, 640), (640, 360)  # width and height of two pictures of one sample
ENOUGH = 0.9  # share of hits that passes; a trained vision tower may answer elsewhere now and then


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 for pass, 1 for fail, 2 when the model cannot be checked."""
    parser = argparse.ArgumentParser(prog="python -m models.vlm.check", description=__doc__)
    parser.add_argument("model", help="folder or Hub name")
    parser.add_argument("--revision")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--quantize", default="", choices=QUANTIZED)
    asked = parser.parse_args(arguments)
    try:
        spec = ModelSpec(asked.model, asked.revision, asked.dtype, asked.device, asked.quantize)
        return check(spec, vlm_adapters())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def check(spec: ModelSpec, adapters: Mapping[str, Adapter] | None = None) -> int:
    """Exit code 0 or 1. `adapters`, and what is raised, are as in `load_vlm`."""
    with quiet_libraries():
        vlm = load_vlm(spec, adapters)
    print(f"{vlm.adapter_name}, {vlm.layer_count} {vlm.layer_kind} layers of width {vlm.hidden_size}")
    passed = [*_lines(probe(vlm)), *_second(vlm)]
    print("PASS" if all(passed) else "FAIL: regions shown for this model would be in the wrong place")
    return 0 if all(passed) else 1


def _second(vlm: Vlm) -> list[bool]:
    """The same on the second of two pictures, where the model reads several."""
    try:
        return _lines(probe(vlm, [SECOND], beside=[Image.new("RGB", FIRST, GROUND)]), ", second picture")
    except DataError as error:
        print(f"one picture a sample: {error}")
        return []


def _lines(spots: Iterable[Spot], which: str = "") -> list[bool]:
    return [_line(list(found), which) for _, found in groupby(spots, key=lambda s: (s.size, s.view))]


def _line(spots: list[Spot], which: str) -> bool:
    hits = sum(spot.hit for spot in spots)
    good = hits >= ENOUGH * len(spots)
    (width, height), view = spots[0].size, VIEWS.get(spots[0].view, str(spots[0].view))
    said = f"{width} x {height}, {view}{which}: {hits} of {len(spots)} patches found"
    print(f"{'pass' if good else 'FAIL'}  {said}")
    return good


if __name__ == "__main__":
    sys.exit(main())
