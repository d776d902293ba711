"""Lists of neurons as people type them."""

from __future__ import annotations

from studio.domain.errors import UserError

#: No SAE has more neurons than this; a list is not filled beyond it.
MOST = 10_000_000


def parse_neurons(text: str) -> list[int]:
    """ "3, 7, 100-200" as numbers, ascending, each once. Raises `UserError` for anything else."""
    found: set[int] = set()
    for part in text.replace(";", ",").replace("–", "-").split(","):
        if part.strip():
            first, last = _range(part.strip())
            found.update(range(first, last + 1))
    if not found:
        raise UserError("Name at least one neuron, such as 3, 7, 100-200.")
    return sorted(found)


def _range(part: str) -> tuple[int, int]:
    ends = [end.strip().removeprefix("#") for end in part.split("-")]
    if not 1 <= len(ends) <= 2 or not all(end.isascii() and end.isdigit() and len(end) < 9 for end in ends):
        raise UserError(f"“{part}” is no neuron and no range of neurons. Write 3, 7, 100-200.")
    first, last = int(ends[0]), int(ends[-1])
    if first > last or last > MOST:
        raise UserError(f"“{part}” is no range of neurons. Write the smaller number first, as in 100-200.")
    return first, last
