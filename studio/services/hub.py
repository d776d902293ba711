"""SAEs on the Hub: search, look, download. Each runs in the compute lane, which may be cancelled."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain.context import Context
from studio.domain.hub import HubHit, HubRepo
from studio.domain.specs import SaeSpec
from studio.services.model_plugins import sae_formats


def search_hub(text: str, ctx: Context) -> list[HubHit]:
    """Repos whose name has every word of `text`. Raises `NetworkError`."""
    from models.sae.hub_look import search

    ctx.report(0, 1, "Searching the Hub")
    return search(text)


def look_at(repo: str, revision: str | None, ctx: Context) -> HubRepo:
    """What a repo holds, before anything of size is downloaded. Raises `ModelError` or `NetworkError`."""
    from models.sae.hub_look import look

    ctx.report(0, 1, f"Looking at {repo}")
    return look(repo, revision, sae_formats())


def download_sae(spec: SaeSpec, ctx: Context) -> SaeSpec:
    """Bring one SAE into the Hub's cache; the spec again, with the commit as its revision.

    A cancelled download is taken up where it stopped. Raises `DiskFullError` before it begins.
    """
    from models.sae.hub import fetch

    ctx.report(0, 1, f"Downloading {spec.source}")
    found = fetch(spec.source, spec.hookpoint, spec.revision, download_of("", ctx))
    return SaeSpec(spec.source, found.hookpoint or None, found.commit)


def download_of(text: str, ctx: Context) -> Callable[[int, int], None]:
    """What hears of bytes as they come, and stops when the job was cancelled."""

    def tell(done: int, of: int) -> None:
        ctx.report(done, of, text)
        ctx.check()

    return tell
