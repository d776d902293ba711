"""Writing an SAE as SAELens 6 writes it."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from models.sae.choices import Gate, Threshold, TopK
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError

NORMALISE = {"none": "none", "token_norm": "constant_norm_rescale", "layer_norm": "layer_norm"}


def write(sae: Sae, folder: Path) -> None:
    """Write `cfg.json` and `sae_weights.safetensors` into `folder`, so that SAELens 6 reads them.

    One scale for all tokens is folded into the weights, as SAELens does. Raises `SaeFormatError` for what it
    has no name for (groupmax, top-k without ReLU).
    """
    kind, tensors, settings = _rule(sae)
    scale = sae.rule.inputs.scale
    tensors |= {
        "W_enc": sae.encoder.t() * scale,
        "W_dec": sae.decoder / scale,
        "b_dec": sae.b_dec / scale,
    }
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(plain, folder / "sae_weights.safetensors", metadata={"format": "pt"})
    (folder / "cfg.json").write_text(json.dumps(_config(sae, kind) | settings, indent=1), encoding="utf-8")


def _rule(sae: Sae) -> tuple[str, dict[str, Tensor], dict[str, object]]:
    choice = sae.rule.choice
    if isinstance(choice, Gate):
        return "gated", {"b_gate": choice.b_gate, "r_mag": choice.r_mag, "b_mag": choice.b_mag}, {}
    bias = {"b_enc": sae.encoder_bias}
    if isinstance(choice, Threshold):
        if choice.threshold is None:
            return "standard", bias, {}
        return "jumprelu", {**bias, "threshold": choice.threshold.expand(sae.num_latents)}, {}
    if isinstance(choice, TopK) and choice.relu | choice.signed:
        settings = {"k": choice.k, "rescale_acts_by_decoder_norm": False}
        return "abstopk" if choice.signed else "topk", bias, settings
    raise SaeFormatError(f"SAELens's format cannot hold this SAE ({sae.rule.describe()}).")


def _config(sae: Sae, kind: str) -> dict[str, object]:
    inputs = sae.rule.inputs
    return {
        "d_in": sae.d_in,
        "d_sae": sae.num_latents,
        "dtype": str(torch.float32).removeprefix("torch."),
        "device": "cpu",
        "apply_b_dec_to_input": inputs.subtract_bias,
        "normalize_activations": NORMALISE[inputs.normalise],
        "reshape_activations": "none",
        "metadata": {"sae_lens_version": "6.0.0", "hook_name": sae.config.hookpoint or None},
        "architecture": kind,
    }
