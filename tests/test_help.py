"""The documentation is tested: every command, key and public name of the API stands in the help."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from studio import api
from studio.cli.main import cli
from studio.ui.action_list import built_in_actions

PAGES = sorted(resources.folder("help").glob("*.md"))
TEXT = "\n".join(page.read_text() for page in PAGES)
README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


@pytest.mark.parametrize("name", [n for n, c in cli.commands.items() if not c.hidden])
def test_every_command_is_in_the_help_and_the_readme(name: str) -> None:
    assert f"concept-studio {name}" in TEXT
    assert f"`{name}`" in README or f"concept-studio {name}" in README


def test_every_key_is_in_the_keyboard_page() -> None:
    page = resources.folder("help", "03-keyboard.md").read_text()
    missing = {
        f"{spec.id}: {key}" for spec in built_in_actions() for key in spec.keys if f"`{key}`" not in page
    }
    assert not missing


def test_every_public_name_is_in_the_scripts_page() -> None:
    page = resources.folder("help", "06-scripts.md").read_text()
    assert not [name for name in api.__all__ if name not in page]


def test_every_page_starts_with_one_title() -> None:
    assert len(PAGES) >= 6
    for page in PAGES:
        assert page.read_text().startswith("# ")
