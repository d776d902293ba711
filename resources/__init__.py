"""Icons, themes, prompts, help pages and the demo world, found beside this file."""

from pathlib import Path


def folder(*parts: str) -> Path:
    """The path of a resource: `folder("demo", "sprites")`."""
    return Path(__file__).parent.joinpath(*parts)
