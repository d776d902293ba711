"""What the Hub says about SAEs before anything is downloaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubHit:
    """A repo that a search found. `modified` is an ISO date; "" where the Hub does not tell."""

    repo: str
    downloads: int
    likes: int
    modified: str
    gated: bool
    private: bool


@dataclass(frozen=True, slots=True)
class HubSae:
    """One SAE of a repo. `size` in bytes; `cached` when no byte of it is missing on this machine.

    `format`, `d_in`, `num_latents`, `k`: what the header and the config say; "" and None where that takes the
    whole file. `problem`: why it cannot be used, "" when nothing is known against it.
    """

    hookpoint: str
    size: int
    cached: bool
    format: str = ""
    d_in: int | None = None
    num_latents: int | None = None
    k: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HubRepo:
    """A repo at one commit. `revisions`: branches and tags. `licence` as its card says, "" for none.

    `gated`: terms must be accepted first. `locked`: this account may not read its files yet. `offline`: the
    Hub did not answer, and this is what the cache has. `free`: bytes free where the cache lies.
    """

    repo: str
    commit: str
    revisions: tuple[str, ...]
    licence: str
    gated: bool
    private: bool
    locked: bool
    offline: bool
    modified: str
    saes: tuple[HubSae, ...]
    free: int
