"""Prompts are files: a head of settings, then sections of text with $names to fill in. Standard library only.

A file in a folder of the user's comes before the one that is shipped. What a prompt said is told by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import resources
from studio.domain.errors import DataError

NAMES = ("image-concept", "text-concept", "detection", "fuzzing", "category")
SECTIONS = ("system", "opening", "example", "closing")
#: What each section may ask for.
FILLED = {"count": "3", "number": "1", "text": "a dog", "concept": "dog"}
MAX_FILE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Prompt:
    """`tokens` an answer may have; `longest` words of an answer that counts as a concept; `script` the answer
    is written in ("latin", or "any") and its `language` (ISO 639-1, or "any", which is where none is given);
    `context`: whether the other side of a sample is shown, too."""

    name: str
    version: int
    digest: str
    path: str
    sections: tuple[str, ...]
    tokens: int
    longest: int
    script: str
    context: bool
    language: str = "any"

    def fill(self, section: str, **values: object) -> str:
        """The text of a section with its $names filled in."""
        return Template(self.sections[SECTIONS.index(section)]).substitute(values)

    def record(self) -> dict[str, object]:
        """What is kept with every answer: name, version and the hash of the file, in hex."""
        return {"name": self.name, "version": self.version, "hash": self.digest}


def load_prompt(name: str, folders: Sequence[Path] = ()) -> Prompt:
    """The prompt of that name in the first of `folders` that has it, else the one that is shipped.

    Raises `DataError` naming the file and what is wrong with it.
    """
    for folder in (*folders, shipped()):
        path = folder / f"{name}.md"
        if path.is_file():
            return read_prompt(path)
    raise DataError(f"There is no prompt “{name}”. The prompts are: {', '.join(NAMES)}.")


def shipped() -> Path:
    """The folder of the prompts that are shipped."""
    return resources.folder("prompts")


def read_prompt(path: Path) -> Prompt:
    """Read one file. Raises `DataError`."""
    text = _text(path)
    head, body = _parts(text, path)
    sections = _sections(body)
    for section in sections:
        _check_names(section, path)
    try:
        return Prompt(
            head["name"], int(head["version"]), hashlib.sha256(text.encode()).hexdigest()[:16], str(path),
            sections, int(head["tokens"]), int(head["longest"]), head["script"], head["context"] == "yes",
            head.get("language", "any"),
        )  # fmt: skip
    except KeyError as error:
        raise DataError(f"The head of the prompt {path} lacks “{error.args[0]}”.") from error
    except ValueError as error:
        raise DataError(f"In the head of the prompt {path}: {error}.") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise DataError(f"The prompt {path} is larger than {MAX_FILE // 1024} KiB.")
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The prompt {path} cannot be read: {error}.") from error


def _parts(text: str, path: Path) -> tuple[dict[str, str], str]:
    first, _, rest = text.partition("---\n")
    head, mark, body = rest.partition("\n---\n")
    if first.strip() or not mark:
        raise DataError(f"The prompt {path} must begin with a head between two lines of “---”.")
    fields = (line.partition(":") for line in head.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in fields}, body


def _sections(body: str) -> tuple[str, ...]:
    found: dict[str, list[str]] = {name: [] for name in SECTIONS}
    current: list[str] = []
    for line in body.splitlines():
        name = line.removeprefix("# ").strip() if line.startswith("# ") else ""
        if name in found:
            current = found[name]
        else:
            current.append(line)
    return tuple("\n".join(found[name]).strip() for name in SECTIONS)


def _check_names(section: str, path: Path) -> None:
    try:
        Template(section).substitute(FILLED)
    except KeyError as error:
        known = ", ".join(f"${name}" for name in FILLED)
        raise DataError(f"The prompt {path} asks for ${error.args[0]}; there are {known}.") from error
    except ValueError as error:
        raise DataError(
            f"The prompt {path} has a “$” that names nothing; write “$$” for the sign."
        ) from error
