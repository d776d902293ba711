"""The hooks of Concept Studio. Built-ins use the same ones.

A plug-in is a module (or object) with functions marked `hookimpl` and named as below, found through the
entry point group `concept_studio.plugins`. Functions take any subset of the arguments, by name. It may say
which version of these hooks it was written for (`API_VERSION = 1`); one that is too new is left out.
A plug-in imports torch inside its functions, never at the top: the window loads plug-ins, too. What a hook
returns is held against its annotation here; a plug-in that returns anything else is named and left out.
What the returned objects have to have is in `studio.domain.interfaces`.
"""

from __future__ import annotations

from typing import Any

import pluggy

from studio.domain.interfaces import (
    DataReader,
    Explainer,
    Exporter,
    FolderExporter,
    SaeFormat,
    Scorer,
    VlmAdapter,
)
from studio.domain.specs import DataSpec

#: The name of this application among pluggy's projects, and the version of the hooks below.
PROJECT = "concept_studio"
API_VERSION = 1
ENTRY_POINTS = "concept_studio.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def concept_studio_open_data(spec: DataSpec) -> DataReader | None:  # type: ignore[empty-body]
    """The reader of this data set, or None when it is none of this plug-in's. The first one is taken.

    `spec.limit` is applied by the caller. Raises `DataError` when the data set is this plug-in's and
    cannot be read.
    """


@hookspec
def concept_studio_exporters() -> list[Exporter | FolderExporter]:  # type: ignore[empty-body]
    """The export formats of this plug-in. Where two have the same name the one loaded last is used."""


@hookspec
def concept_studio_explainers() -> list[Explainer]:  # type: ignore[empty-body]
    """The explainers of this plug-in. Where two have the same name the one loaded last is used."""


@hookspec
def concept_studio_scorers() -> list[Scorer]:  # type: ignore[empty-body]
    """The scorers of this plug-in. Where two have the same name the one loaded last is used."""


@hookspec(firstresult=True)
def concept_studio_aligners(model: str, device: str) -> Any:
    """The joint text-image encoder of this name (as `models.aligners.Aligner`: `id`, `fingerprint`, `scale`,
    `text_limit`, `dim`, `truncates`, `embed_texts`, `embed_images`), or None when it is none of this
    plug-in's. The first one is taken. Raises `ModelError`, `NetworkError`."""


@hookspec
def concept_studio_sae_formats() -> list[SaeFormat]:  # type: ignore[empty-body]
    """The SAE formats of this plug-in, the most particular first. Those of the plug-in loaded last are asked
    first, the built-in ones last of all."""


@hookspec
def concept_studio_vlm_adapters() -> list[VlmAdapter]:  # type: ignore[empty-body]
    """The model families of this plug-in. Where two read one `model_type` the one loaded last is used."""
