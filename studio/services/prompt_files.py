"""Where prompts are looked for, and copies of them to be edited."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from studio.domain.errors import DataError
from studio.services.disk import plain_disk_errors
from studio.services.places import data_folder

if TYPE_CHECKING:
    from models.explainers.prompts import Prompt


def own_folder() -> Path:
    """The folder for prompts of this computer's user."""
    return data_folder() / "prompts"


def find_prompt(name: str, folder: str = "") -> Prompt:
    """The prompt in `folder`, else in the user's own folder, else the shipped one. Raises `DataError`."""
    from models.explainers.prompts import load_prompt

    if folder and not Path(folder).is_dir():
        raise DataError(f"There is no folder “{folder}” with prompts. Check the path.")
    return load_prompt(name, [Path(folder), own_folder()] if folder else [own_folder()])


def all_prompts(folder: str = "") -> list[Prompt]:
    """The prompts as they would be used. Raises `DataError`."""
    from models.explainers.prompts import NAMES

    return [find_prompt(name, folder) for name in NAMES]


def copy_prompts(folder: Path) -> list[Path]:
    """Copy the shipped prompts to `folder`, to be edited there; what is there already is left alone."""
    from models.explainers.prompts import NAMES, shipped

    copied = []
    with plain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            path = folder / f"{name}.md"
            if not path.exists():
                shutil.copyfile(shipped() / path.name, path)
                copied.append(path)
    return copied
