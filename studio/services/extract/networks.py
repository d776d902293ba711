"""The networks of a run: the model, and an SAE that fits its layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.context import Context
from studio.domain.errors import WidthError
from studio.domain.hookpoint import mismatch
from studio.domain.specs import ExtractSpec, ModelSpec
from studio.services.hub import download_of
from studio.services.model_plugins import sae_formats, vlm_adapters

if TYPE_CHECKING:
    from models.sae import Sae
    from models.vlm import Vlm


def load_model(model: ModelSpec, layer: int, ctx: Context, whole: bool = False) -> Vlm:
    """The model up to the layer, or whole, so that it answers questions. Raises `ModelError`, `LayerError`,
    `NetworkError` and `Cancelled`."""
    from models.quiet import quiet_libraries
    from models.vlm import load_vlm
    from models.vlm.capture import check_layer

    with quiet_libraries():
        vlm = load_vlm(model, vlm_adapters(), None if whole else layer)
    check_layer(layer, vlm.layer_count, vlm.layer_kind)
    _say_no_text(vlm, ctx)
    ctx.check()
    return vlm


def load_networks(spec: ExtractSpec, ctx: Context, whole: bool = False) -> tuple[Vlm, Sae]:
    """The model as `load_model` and an SAE that fits its layer, on one device. Raises as `extract` does."""
    from models.sae import load_sae

    vlm = load_model(spec.model, spec.layer, ctx, whole)
    source = spec.sae
    tell = download_of("Downloading the SAE", ctx)
    formats = sae_formats()
    sae = load_sae(source.source, source.hookpoint, source.revision, str(vlm.device), tell, formats)
    if sae.d_in != vlm.hidden_size:
        raise WidthError(
            f"This SAE reads vectors of {sae.d_in} numbers; layer {spec.layer} of this model gives "
            f"{vlm.hidden_size}. Choose the SAE that was trained on this model."
        )
    if doubt := mismatch(sae.provenance.get("trained_on", {}), spec.layer, vlm.layer_count):
        ctx.log(doubt)
    return vlm, sae


def _say_no_text(vlm: Vlm, ctx: Context) -> None:
    """A vision tower reads pictures alone, whatever words the data has: said before it runs."""
    if not vlm.adapter.reads_text:
        ctx.log(
            f"{vlm.id} is a vision tower: it reads pictures alone. No text here: neurons have no textual "
            "side, and no modality can be taken away from a sample."
        )
