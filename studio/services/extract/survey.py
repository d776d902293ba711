"""Look through the data before a run, and say what of it was left out."""

from __future__ import annotations

from studio.domain.context import Context
from studio.domain.sample import Skipped
from studio.domain.specs import DataSpec
from studio.services.data import read_all
from studio.services.plugin_host import load_plugins

#: Samples left out that are named one by one.
NAMED = 20


def survey(data: DataSpec, ctx: Context) -> tuple[int, list[Skipped]]:
    """How many samples there are, and those that make no sample. Raises `DataError`."""
    ctx.report(0, 1, "Looking through the data")
    for report in (host := load_plugins()).failed:
        ctx.log(report.error)
    count, unread = 0, list[Skipped]()
    for item in read_all(data, host):
        if count % 1000 == 0:
            ctx.check()
        if isinstance(item, Skipped):
            unread.append(item)
        else:
            count += 1
    return count, unread


def say_left_out(skipped: list[Skipped], ctx: Context) -> None:
    """Name what was left out, some one by one, the others by their number."""
    for item in skipped[:NAMED]:
        ctx.log(f"Left out {item.id}: {item.reason}")
    if len(skipped) > NAMED:
        ctx.log(f"And {len(skipped) - NAMED} more were left out; the project lists them all.")
