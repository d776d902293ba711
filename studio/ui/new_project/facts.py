"""What a model, data set, SAE or file name gives away before anything heavy is loaded. No Qt, no torch."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.errors import UserError
from studio.domain.sae_files import CONFIGS, hookpoints_in
from studio.domain.specs import DataSpec

HUB_ID = re.compile(r"^[\w.-]+/[\w.-]+$")
#: Joint encoders, of which the vision tower is the model.
JOINT = ("clip", "siglip")
LARGEST_CONFIG = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """`note` is what was found out, `problem` why it cannot be used; both may be empty.

    `layers` and `width` of a model; `width` and `hookpoints` of an SAE; None and () while unknown.
    """

    note: str = ""
    problem: str = ""
    layers: int | None = None
    width: int | None = None
    hookpoints: tuple[str, ...] = ()


def model_facts(source: str) -> Facts:
    """A folder is looked into; a Hub id is believed until the run."""
    if not source:
        return Facts(problem="Choose a model: a folder, or a Hub id.")
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return _hub_facts(source, "model")
    config = _json(folder / "config.json")
    if config is None:
        return Facts(problem="There is no readable config.json in this folder. Choose a model's folder.")
    part = "vision_config" if config.get("model_type") in JOINT else "text_config"
    text = config.get(part) if isinstance(config.get(part), dict) else config
    layers, width = _whole(text.get("num_hidden_layers")), _whole(text.get("hidden_size"))
    if layers is None or width is None:
        return Facts(note=f"{config.get('model_type', 'A model')}; the layers are counted when it runs.")
    return Facts(
        f"{config.get('model_type', 'A model')}, {layers} layers of width {width}", "", layers, width
    )


def data_facts(source: str, split: str = "") -> Facts:
    """Asks the readers of data sets, as the run will. Nothing is read yet: that may take its time."""
    if not source:
        return Facts(problem="Choose a folder with pictures and a samples.jsonl.")
    from studio.services.data import open_data

    try:
        open_data(DataSpec(source, split or None))
    except UserError as error:
        return Facts(problem=str(error))
    if HUB_ID.match(source.partition(":")[0]) and not Path(source).expanduser().exists():
        return Facts(note="A Hub id; the data set is read, row after row, when the job runs.")
    return Facts()


def sae_facts(source: str) -> Facts:
    """What lies in an SAE's folder, or in those below it; "" stands for the folder itself."""
    if not source:
        return Facts(problem="Choose an SAE: a folder, or a Hub id.")
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return _hub_facts(source, "SAE")
    names = tuple(hookpoints_in(folder))
    if not names:
        return Facts(problem="There is no SAE in this folder or below it. Choose an SAE's folder.")
    configs = (_json(folder / names[0] / name) for name in CONFIGS)
    config = next((found for found in configs if found), {})
    count = f"{len(names)} hookpoint{'s' * (len(names) > 1)}"
    return Facts(count, "", None, _whole(config.get("d_in")), names)


def file_facts(text: str) -> Facts:
    """Whether a project can be made at this path."""
    if not text:
        return Facts(problem="Choose where the project file is to be.")
    path = Path(text).expanduser()
    if path.suffix != ".cstudio":
        return Facts(problem="The name of a project file ends in .cstudio.")
    if path.exists():
        return Facts(problem=f"{path.name} is there already. Choose another name.")
    folder = path.parent
    if not folder.is_dir():
        return Facts(problem=f"There is no folder {folder}.")
    return Facts() if os.access(folder, os.W_OK) else Facts(problem=f"The folder {folder} cannot be written.")


def fit_problem(model: Facts, sae: Facts, layer: int) -> str:
    """Why this layer or this SAE does not go with this model, as far as their files tell."""
    if model.layers is not None and not 0 <= layer < model.layers:
        return f"This model has layers 0 to {model.layers - 1}."
    if model.width is not None and sae.width is not None and model.width != sae.width:
        return f"The SAE reads vectors of width {sae.width}; this model's layers have width {model.width}."
    return ""


def _hub_facts(source: str, what: str) -> Facts:
    if HUB_ID.match(source):
        return Facts(note=f"A Hub id; the {what} is fetched when the job runs.")
    return Facts(
        problem=f"There is no such folder, and a Hub id looks like owner/name. Choose the {what} again."
    )


def _json(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > LARGEST_CONFIG:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
