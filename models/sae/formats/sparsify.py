"""EleutherAI sparsify: `cfg.json` + `sae.safetensors`, encoder and decoder both (n, d)."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from models.sae.config import SaeConfig
from models.sae.formats.fields import flag, whole
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.rule import Rule
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

NAMES = ("encoder.weight", "encoder.bias", "W_dec", "b_dec")


def recognises(shapes: Shapes, config: Json, container: str = "safetensors") -> bool:
    """Whether the file has sparsify's tensors (whatever their sizes)."""
    return set(NAMES) <= set(shapes) and set(shapes) <= {*NAMES, "W_skip"}


def read(file: Weights, config: Json) -> Sae:
    """x - b_dec, ReLU, then the k largest. Raises `SaeFormatError` for a transcoder and for damage."""
    _refuse_transcoders(file, config)
    settings = _settings(file.shapes, config)
    _check_shapes(file, settings)
    found = {name: tensor.to(torch.float32) for name, tensor in file.tensors(NAMES).items()}
    return Sae(settings, *(found[name] for name in NAMES))


def _refuse_transcoders(file: Weights, config: Json) -> None:
    if flag(config, "transcode"):
        raise SaeFormatError(
            "These weights are a transcoder: it predicts another layer from its input instead of "
            "reconstructing it, so its latents say nothing about this layer. Choose an SAE."
        )
    if "W_skip" in file.shapes or flag(config, "skip_connection"):
        raise SaeFormatError(
            "These weights have a skip connection (W_skip) past the latents, as transcoders have. "
            "Choose an SAE."
        )


def _settings(shapes: Shapes, config: Json) -> SaeConfig:
    d_in = whole(config, "d_in", shapes["b_dec"][0] if len(shapes["b_dec"]) == 1 else None)
    latents = whole(config, "num_latents", 0) or d_in * whole(config, "expansion_factor", 32)
    activation = config.get("activation", "topk")
    if activation not in ("topk", "groupmax"):
        raise SaeFormatError(
            f'The SAE\'s config says "activation": {activation!r}; topk and groupmax are known.'
        )
    k = whole(config, "k", 32)
    if not 1 <= k <= latents:
        raise SaeFormatError(f'The SAE\'s config says "k": {k}, but it has {latents:,} latents.')
    if activation == "groupmax" and latents % k:
        raise SaeFormatError(f"Groupmax needs latents in equal groups, but {latents:,} do not divide by {k}.")
    return SaeConfig(d_in, latents, k, "topk", activation, flag(config, "signed"))


def _check_shapes(file: Weights, settings: SaeConfig) -> None:
    n, d = settings.num_latents, settings.d_in
    wanted = {"encoder.weight": (n, d), "encoder.bias": (n,), "W_dec": (n, d), "b_dec": (d,)}
    for name, shape in wanted.items():
        if file.shapes[name] != shape:
            raise SaeFormatError(
                f"{file.path.name}: {name} has the shape {file.shapes[name]}, but the config asks for "
                f"{shape}. The two files do not belong together."
            )


def write(sae: Sae, folder: Path) -> None:
    """Write `cfg.json` and `sae.safetensors` into `folder`, so that eai-sparsify reads them."""
    if sae.config.architecture != "topk" or sae.rule != Rule.of(sae.config):
        raise SaeFormatError(f"sparsify's format cannot hold this SAE ({sae.rule.describe()}).")
    weights = (sae.encoder, sae.encoder_bias, sae.decoder, sae.b_dec)
    tensors = {name: weight.detach().cpu().contiguous() for name, weight in zip(NAMES, weights)}
    save_file(tensors, folder / "sae.safetensors", metadata={"format": "pt"})
    (folder / "cfg.json").write_text(json.dumps(_config(sae.config), indent=1), encoding="utf-8")


def _config(config: SaeConfig) -> dict[str, object]:
    known = {
        "activation": config.activation,
        "expansion_factor": max(1, config.num_latents // config.d_in),
        "normalize_decoder": True,
        "num_latents": config.num_latents,
        "k": config.k,
        "multi_topk": False,
        "skip_connection": False,
        "transcode": False,
        "d_in": config.d_in,
    }
    return {**known, "signed": True} if config.signed else known


FORMAT = Format("sparsify", recognises, read, write)
