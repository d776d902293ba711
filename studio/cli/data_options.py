"""The options that name a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from studio.domain.errors import UserError
from studio.domain.specs import DATA_FIELDS, DataSpec

#: In the order of the help.
DATA_OPTIONS = (
    click.option("--data", required=True, help="Folder, table or Hub id of the data set."),
    click.option("--split", help="Split, with a slice if you like: train, train[:15%], test[:100]."),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="COLUMN=FIELD",
        help=f"What a column holds: {', '.join(DATA_FIELDS)}; nothing leaves it out.",
    ),
    click.option("--limit", type=click.IntRange(1), help="Use the first N samples only."),
)


def data_of(given: dict[str, Any]) -> DataSpec:
    """The data set that the options name. Raises `UserError`."""
    return DataSpec(given["data"], given["split"], given["limit"], columns_of(given["columns"]))


def columns_of(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs (column, field) from "COLUMN=FIELD". Raises `UserError`."""
    pairs = []
    for text in given:
        column, _, field = (part.strip() for part in text.rpartition("="))
        if not column or field not in ("", *DATA_FIELDS):
            raise UserError(f"A column is given as COLUMN=FIELD; fields are {', '.join(DATA_FIELDS)}.")
        pairs.append((column, field))
    return tuple(pairs)
