"""Concept banks from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.explainers.bank import make_bank, read_bank
from studio.domain.concept import Category
from studio.domain.errors import DataError


def written(folder: Path, text: str) -> Path:
    path = folder / "bank.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_both_kinds_of_lines(tmp_path: Path) -> None:
    bank = read_bank(
        written(tmp_path, '{"concept": "dog", "category": "object"}\n\n  red  fruit \n{"concept": "sky"}\n')
    )
    assert bank.phrases == ("dog", "red fruit", "sky")
    assert bank.categories == (Category.OBJECT, None, None)


def test_a_phrase_counts_once(tmp_path: Path) -> None:
    bank = read_bank(written(tmp_path, "Dog\ndog\n DOG \ncat"))
    assert bank.phrases == ("Dog", "cat")


def test_the_digest_is_of_phrases_and_categories() -> None:
    one = make_bank([("dog", Category.OBJECT), ("cat", None)])
    assert one.digest == make_bank([("dog", Category.OBJECT), ("cat", None)]).digest
    assert one.digest != make_bank([("dog", None), ("cat", None)]).digest
    assert one.digest != make_bank([("cat", None), ("dog", Category.OBJECT)]).digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("dog\n{nonsense\n", "line 2 of bank.txt"),
        ('{"category": "object"}', "line 1 of bank.txt"),
        ('{"concept": 3}', "no text"),
        ('{"concept": "dog", "category": "beast"}', "'beast'"),
        ("x" * 201, "longer than 200"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_bank(written(tmp_path, text))


def test_a_missing_or_binary_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no concept bank"):
        read_bank(tmp_path / "none.jsonl")
    (tmp_path / "image.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(DataError, match="cannot be read"):
        read_bank(tmp_path / "image.jpg")
