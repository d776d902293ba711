"""A plug-in to start from: a reader of pictures named by what is on them, and an export as a Markdown table.

Rename the module, the package in pyproject.toml and the entry point; take away what you do not need.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from studio.api import DataError, DataSpec, ExportRows, ImageSource, Sample, Skipped, Turn, hookimpl

#: The version of the hooks that this was written for. A later Concept Studio still loads it.
API_VERSION = 1

#: What a data set of this plug-in begins with: `--data named:FOLDER`.
PREFIX = "named:"
PICTURES = {".png", ".jpg", ".jpeg", ".webp"}


class NamedPictures:
    """`red_apple.png` becomes a sample with the question "Is this: red apple?"."""

    name = "named pictures"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def samples(self) -> Iterator[Sample | Skipped]:
        """By file name. Files that are no pictures are listed as left out."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() not in PICTURES:
                yield Skipped(path.name, "It is not a picture.")
                continue
            words = path.stem.replace("_", " ")
            yield Sample(path.name, (ImageSource(path=path),), (Turn("user", f"Is this: {words}?"),))


@hookimpl
def concept_studio_open_data(spec: DataSpec) -> NamedPictures | None:
    """None for every other data set, so that the next plug-in is asked."""
    if not spec.source.startswith(PREFIX):
        return None
    folder = Path(spec.source.removeprefix(PREFIX)).expanduser()
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Write {PREFIX}FOLDER.")
    return NamedPictures(folder)


class MarkdownTable:
    """One line a neuron: its number, the concept and the class."""

    name = "markdown"
    suffix = ".md"
    title = "Markdown table"
    note = "Neuron, concept and class, to paste into a text."

    def write(self, rows: ExportRows, file: IO[bytes]) -> None:
        """Write every row; what could end a cell is escaped."""
        file.write(b"| neuron | concept | class |\n|---|---|---|\n")
        for row in rows:
            concept = (row.concept or row.proposed or "").replace("|", "\\|").replace("\n", " ")
            file.write(f"| {row.neuron} | {concept} | {row.modality or ''} |\n".encode())


@hookimpl
def concept_studio_exporters() -> list[MarkdownTable]:
    """The format `markdown`."""
    return [MarkdownTable()]
