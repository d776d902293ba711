"""The configs of SAELens, of all versions, and of the libraries that descend from it."""

from __future__ import annotations

from typing import Any

from models.sae.formats.fields import whole
from models.sae.formats.format import Json
from models.sae.inputs import Normalise
from studio.domain.errors import SaeFormatError

NORMALISE: dict[str, Normalise] = {
    "none": "none",
    "expected_average_only_in": "none",
    "constant_norm_rescale": "token_norm",
    "layer_norm": "layer_norm",
}


def architecture(config: Json) -> str:
    """ "standard", "topk", "jumprelu", "gated" ...; old configs say topk by their activation function."""
    kind = str(config.get("architecture") or "standard")
    return "topk" if kind == "standard" and activation(config) == "topk" else kind


def activation(config: Json) -> str:
    """The activation function's name; `activation_fn_str` before version 4."""
    return str(config.get("activation_fn") or config.get("activation_fn_str") or "relu")


def top_k(config: Json) -> int:
    """k, which old configs keep under `activation_fn_kwargs`. Raises `SaeFormatError`."""
    inner = config.get("activation_fn_kwargs")
    if isinstance(inner, dict) and "k" in inner:
        return whole(inner, "k")
    return whole(config, "k")


def normalise(config: Json, default: str = "none") -> Normalise:
    """How each token is normalised. Old files say true or false. Raises `SaeFormatError`."""
    said: Any = config.get("normalize_activations", default)
    if said is None or isinstance(said, bool):
        said = "expected_average_only_in" if said else "none"
    if said not in NORMALISE:
        raise SaeFormatError(
            f'The SAE\'s config says "normalize_activations": {said!r}, which cannot be undone from its '
            f"files. Known are {', '.join(NORMALISE)}."
        )
    return NORMALISE[said]


def average_scale(config: Json) -> float:
    """sqrt(d) / E||x|| where it was not folded into the weights and the config has it, else 1.

    SAELens folds it in when it saves, or keeps it in a table of its own; without it, it encodes unscaled.
    """
    if config.get("normalize_activations") not in ("expected_average_only_in", True):
        return 1.0
    value: Any = config.get("norm_scaling_factor", 1.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise SaeFormatError(
            f'The SAE\'s config says "norm_scaling_factor": {value!r}; a number above 0 is needed.'
        )
    return float(value)


def refuse_transcoders(config: Json) -> None:
    """Raise `SaeFormatError` for what predicts another layer."""
    metadata = config.get("metadata")
    both = {**(metadata if isinstance(metadata, dict) else {}), **config}
    ends = [both.get("hook_name") or both.get("hook_point"), both.get("hook_name_out")]
    widths = both.get("d_in"), both.get("d_out")
    if (
        "transcoder" in str(config.get("architecture", ""))
        or config.get("is_transcoder") is True
        or (all(ends) and ends[0] != ends[1])
        or (all(widths) and widths[0] != widths[1])
    ):
        raise SaeFormatError(
            "These weights are a transcoder: it predicts another layer from its input instead of "
            "reconstructing it, so its latents say nothing about this layer. Choose an SAE."
        )
