"""A bank of candidate phrases. Standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.domain.concept import Category
from studio.domain.errors import DataError

MAX_FILE = 64 * 1024 * 1024
MAX_PHRASE = 200


@dataclass(frozen=True, slots=True)
class Bank:
    """Distinct phrases in a fixed order, and the category of each where it is known."""

    phrases: tuple[str, ...]
    categories: tuple[Category | None, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over phrases and categories, in hex: says which bank a rank or a softmax belongs to."""
        text = json.dumps([self.phrases, [c.value if c else None for c in self.categories]])
        return hashlib.sha256(text.encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.phrases)


def make_bank(entries: Iterable[tuple[str, Category | None]]) -> Bank:
    """A bank of these phrases; a phrase that is there already (but for case and spaces) is left out."""
    found: dict[str, tuple[str, Category | None]] = {}
    for phrase, category in entries:
        tidy = " ".join(phrase.split())
        if tidy:
            found.setdefault(tidy.casefold(), (tidy, category))
    return Bank(tuple(p for p, _ in found.values()), tuple(c for _, c in found.values()))


def read_bank(path: Path | str) -> Bank:
    """Read a bank: JSONL of {"concept", "category"}, or plain text with one phrase a line.

    Raises `DataError` naming the line when a line cannot be used, and when there is no phrase at all.
    """
    path = Path(path)
    lines = enumerate(_text(path).splitlines(), start=1)
    bank = make_bank(_entry(line, f"line {n} of {path.name}") for n, line in lines if line.strip())
    if not bank.phrases:
        raise DataError(f"The concept bank {path.name} is empty. Give it one phrase a line.")
    return bank


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise DataError(f"The concept bank {path.name} is larger than {MAX_FILE // 2**20} MiB.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"There is no concept bank {path}. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The concept bank {path.name} cannot be read: {error}.") from error


def _entry(line: str, where: str) -> tuple[str, Category | None]:
    if not line.lstrip().startswith("{"):
        return _checked(line, where), None
    try:
        entry = json.loads(line)
        phrase, category = entry["concept"], entry.get("category")
    except (ValueError, KeyError, RecursionError) as error:
        raise DataError(f'In {where}, a JSON object with "concept" was expected.') from error
    if not isinstance(phrase, str):
        raise DataError(f'In {where}, "concept" is no text.')
    return _checked(phrase, where), _category(category, where)


def _checked(phrase: str, where: str) -> str:
    if len(phrase) > MAX_PHRASE:
        raise DataError(f"The phrase in {where} is longer than {MAX_PHRASE} characters.")
    return phrase


def _category(name: object, where: str) -> Category | None:
    try:
        return None if name is None else Category(name)
    except ValueError:
        known = ", ".join(Category)
        raise DataError(f"The category in {where} is {name!r}. Use one of: {known}.") from None
