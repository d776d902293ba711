"""Every row of the table of checkpoint formats: layouts built from the table, against plain formulas."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import relu

from models.sae import Sae, list_hookpoints, load_sae, save_sae
from models.sae.formats.registry import built_in
from studio.domain.errors import SaeFormatError

D, N, K = 6, 20, 3


@pytest.fixture
def w() -> dict[str, torch.Tensor]:
    """Random weights, in capitals, W_enc (d, n) and W_dec (n, d); inputs x [9, d]."""
    draw = torch.Generator().manual_seed(4)
    sizes = {"W_enc": (D, N), "W_dec": (N, D), "b_enc": (N,), "b_dec": (D,), "x": (9, D)}
    found = {name: torch.randn(size, generator=draw) for name, size in sizes.items()}
    found["threshold"] = torch.rand(N, generator=draw)
    return found


def parts(w: dict[str, torch.Tensor], *names: str) -> dict[str, torch.Tensor]:
    return {name: w[name].clone() for name in names or ("W_enc", "W_dec", "b_enc", "b_dec")}


def dense(sae: Sae, x: torch.Tensor) -> torch.Tensor:
    code = sae.encode(x)
    return torch.zeros(len(x), sae.num_latents).scatter_add(1, code.indices.long(), code.values)


def agrees(sae: Sae, x: torch.Tensor, acts: torch.Tensor, decoded: torch.Tensor, tol: float = 1e-5) -> None:
    mine = dense(sae, x)
    assert torch.equal(mine != 0, acts != 0)
    assert torch.allclose(mine, acts, atol=tol)
    assert torch.allclose(sae.decode(sae.encode(x)), decoded, atol=10 * tol)


def top(pre: torch.Tensor, k: int = K) -> torch.Tensor:
    values, latents = pre.topk(k, dim=1)
    return torch.zeros_like(pre).scatter(1, latents, values)


def layer_norm(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mean = x.mean(1, keepdim=True)
    spread = ((x - mean) ** 2).sum(1, keepdim=True).div(D - 1).sqrt()
    return (x - mean) / (spread + 1e-5), mean, spread


def test_every_row_of_the_table_has_a_loader() -> None:
    rows = {"sparsify", "saelens", "dictionary_learning", "prisma", "patchsae", "gemma_scope", "llama_scope"}
    assert {known.name for known in built_in()} == rows | {"saev", "openai"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("signed", [False, True])
def test_row_sparsify_old_config(tmp_path, w, dtype, signed) -> None:
    """No `activation`, no `num_latents`: d x `expansion_factor`; a signed file ranks by size."""
    wide = torch.randn(2 * D, D, generator=torch.Generator().manual_seed(6))
    stored = {
        "encoder.weight": wide,
        "encoder.bias": wide[:, 0].clone(),
        "W_dec": wide * 2,
        "b_dec": w["b_dec"],
    }
    stored = {name: tensor.to(dtype) for name, tensor in stored.items()}
    save_file(stored, tmp_path / "sae.safetensors")
    config = {"expansion_factor": 2, "num_latents": 0, "k": K, "d_in": D, "signed": signed}
    (tmp_path / "cfg.json").write_text(json.dumps(config))
    sae, kept = load_sae(tmp_path), {name: tensor.float() for name, tensor in stored.items()}
    pre = (w["x"] - kept["b_dec"]) @ kept["encoder.weight"].t() + kept["encoder.bias"]
    acts = pre * (top(pre.abs()) > 0) if signed else relu(top(pre))
    assert not signed or bool((acts < 0).any())
    agrees(sae, w["x"], acts, acts @ kept["W_dec"] + kept["b_dec"])
    assert sae.provenance["format"] == "sparsify"


@pytest.mark.parametrize("said", [True, False])
def test_row_saelens_old_boolean_with_its_sparsity_file(tmp_path, w, said) -> None:
    """Before version 4: `hook_point`, `activation_fn_str`, a boolean; sparsity.safetensors is no SAE."""
    save_file(parts(w), tmp_path / "sae_weights.safetensors")
    save_file({"sparsity": torch.zeros(N)}, tmp_path / "sparsity.safetensors")
    config = {
        "d_in": D,
        "d_sae": N,
        "hook_point": "a",
        "activation_fn_str": "relu",
        "norm_scaling_factor": 0.5,
    }
    (tmp_path / "cfg.json").write_text(json.dumps({**config, "normalize_activations": said}))
    sae, scale = load_sae(tmp_path), 0.5 if said else 1.0
    acts = relu((w["x"] * scale - w["b_dec"]) @ w["W_enc"] + w["b_enc"])
    agrees(sae, w["x"], acts, (acts @ w["W_dec"] + w["b_dec"]) / scale)
    assert sae.provenance["files"].keys() == {"cfg.json", "sae_weights.safetensors"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("turned", [False, True])
def test_row_saelens_expected_average_in_both_orientations(tmp_path, w, dtype, turned) -> None:
    stored = {name: tensor.to(dtype) for name, tensor in parts(w).items()}
    kept = {name: tensor.float() for name, tensor in stored.items()}
    if turned:
        stored |= {name: stored[name].t().contiguous() for name in ("W_enc", "W_dec")}
    save_file(stored, tmp_path / "sae_weights.safetensors")
    config = {"d_in": D, "d_sae": N, "normalize_activations": "expected_average_only_in", "hook_point": "a"}
    (tmp_path / "cfg.json").write_text(json.dumps({**config, "norm_scaling_factor": 0.5}))
    sae = load_sae(tmp_path)
    acts = relu((w["x"] * 0.5 - kept["b_dec"]) @ kept["W_enc"] + kept["b_enc"])
    agrees(sae, w["x"], acts, (acts @ kept["W_dec"] + kept["b_dec"]) / 0.5)
    assert sae.provenance["format"] == "saelens"


def test_row_dictionary_learning_interrupted_run(tmp_path, w) -> None:
    ae = {"encoder.weight": w["W_enc"].t().contiguous(), "decoder.weight": w["W_dec"].t().contiguous()}
    ae |= {"encoder.bias": w["b_enc"], "b_dec": w["b_dec"], "k": torch.tensor(K)}
    ae |= {"threshold": torch.tensor(-1.0)}
    wrapped = {
        "step": 7,
        "ae": ae,
        "optimizer": {"state": {0: torch.zeros(3)}},
        "config": {},
        "norm_factor": 2.0,
    }
    torch.save(wrapped, tmp_path / "ae.pt")
    sae = load_sae(tmp_path)
    acts = relu(top((w["x"] - 2 * w["b_dec"]) @ w["W_enc"] + 2 * w["b_enc"]))
    agrees(sae, w["x"], acts, acts @ w["W_dec"] + 2 * w["b_dec"])
    assert (sae.provenance["format"], sae.k) == ("dictionary_learning", K)


@pytest.mark.parametrize("said", [None, "none"])
def test_row_prisma(tmp_path, w, said) -> None:
    torch.save(parts(w), tmp_path / "weights.pt")
    config = {"d_in": D, "image_size": 224} | ({"normalize_activations": said} if said else {})
    (tmp_path / "config.json").write_text(json.dumps(config))
    sae = load_sae(tmp_path)
    z, mean, spread = (w["x"], 0.0, 1.0) if said else layer_norm(w["x"])
    acts = relu((z - w["b_dec"]) @ w["W_enc"] + w["b_enc"])
    agrees(sae, w["x"], acts, (acts @ w["W_dec"] + w["b_dec"]) * spread + mean)
    assert sae.provenance["format"] == "prisma"


@pytest.mark.parametrize("key", ["cfg", "config"])
def test_row_patchsae(tmp_path, w, key) -> None:
    file = tmp_path / "any_name.pt"
    torch.save({key: {"d_in": D, "class_token": True}, "state_dict": parts(w)}, file)
    acts = relu((w["x"] - w["b_dec"]) @ w["W_enc"] + w["b_enc"])
    for source in (tmp_path, file):
        sae = load_sae(source)
        agrees(sae, w["x"], acts, acts @ w["W_dec"] + w["b_dec"])
        assert sae.provenance["format"] == "patchsae"


@pytest.mark.parametrize("kind", ["npz", "compressed", "safetensors"])
def test_row_gemma_scope(tmp_path, w, kind) -> None:
    stored = parts(w, "W_enc", "W_dec", "b_enc", "b_dec", "threshold")
    folder = tmp_path / "layer_2" / "width_20" / "average_l0_7"
    folder.mkdir(parents=True)
    if kind == "safetensors":
        save_file({name.lower(): tensor for name, tensor in stored.items()}, folder / "params.safetensors")
        (folder / "config.json").write_text(json.dumps({"type": "sae", "architecture": "jump_relu"}))
    else:
        write = np.savez if kind == "npz" else np.savez_compressed
        write(folder / "params.npz", **{name: tensor.numpy() for name, tensor in stored.items()})
    sae = load_sae(tmp_path)
    pre = w["x"] @ w["W_enc"] + w["b_enc"]
    acts = relu(pre) * (pre > w["threshold"])
    agrees(sae, w["x"], acts, acts @ w["W_dec"] + w["b_dec"])
    assert (sae.provenance["format"], sae.config.hookpoint) == (
        "gemma_scope",
        "layer_2/width_20/average_l0_7",
    )


@pytest.mark.parametrize("with_norm", [False, True])
def test_row_llama_scope(tmp_path, w, with_norm) -> None:
    folder = tmp_path / "L0R-8x"
    (folder / "checkpoints").mkdir(parents=True)
    stored = {"encoder.weight": w["W_enc"].t().contiguous(), "encoder.bias": w["b_enc"]}
    stored |= {"decoder.weight": w["W_dec"].t().contiguous(), "decoder.bias": w["b_dec"]}
    save_file(stored, folder / "checkpoints" / "final.safetensors")
    config = {
        "d_model": D,
        "d_sae": N,
        "jump_relu_threshold": 0.5,
        "hook_point_in": "a",
        "hook_point_out": "a",
    }
    config |= {"dataset_average_activation_norm": {"in": 1.5, "out": 1.5}}
    config |= {"sparsity_include_decoder_norm": with_norm}
    (folder / "hyperparams.json").write_text(json.dumps(config))
    assert list_hookpoints(tmp_path) == ["L0R-8x"]
    sae, scale = load_sae(tmp_path), D**0.5 / 1.5
    pre = scale * w["x"] @ w["W_enc"] + w["b_enc"]
    compared = pre * w["W_dec"].norm(dim=1) if with_norm else pre
    acts = pre * (compared > 0.5)
    agrees(sae, w["x"], acts, (acts @ w["W_dec"] + w["b_dec"]) / scale)
    assert sae.provenance["format"] == "llama_scope"
    (folder / "hyperparams.json").write_text(json.dumps({**config, "hook_point_out": "b"}))
    with pytest.raises(SaeFormatError, match="transcoder"):
        load_sae(tmp_path)


@pytest.mark.parametrize(
    ("header", "k"),
    [
        ({"schema": 1, "d_vit": D, "exp_factor": 4}, 0),
        ({"schema": 2, "cls": "SparseAutoencoder", "cfg": {"activation": {"cls": "Relu", "params": {}}}}, 0),
        ({"schema": 2, "cfg": {"activation": {"cls": "TopK", "params": {"top_k": K}}}}, K),
        ({"cfg": {"activation": {"key": "top-k", "top_k": 15}}}, 15),
    ],
)
def test_row_saev(tmp_path, w, header, k) -> None:
    buffer = io.BytesIO()
    torch.save(parts(w), buffer)
    (tmp_path / "sae.pt").write_bytes(json.dumps(header).encode() + b"\n" + buffer.getvalue())
    sae = load_sae(tmp_path)
    pre = w["x"] @ w["W_enc"] + w["b_enc"]
    acts = top(pre, k) if k else relu(pre)
    agrees(sae, w["x"], acts, acts @ w["W_dec"] + w["b_dec"])
    assert k != 15 or bool((acts < 0).any())  # without ReLU negative values count
    assert sae.provenance["format"] == "saev"


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("kind", ["TopK", "ReLU"])
def test_row_openai(tmp_path, w, tied, kind) -> None:
    encoder = w["W_enc"].t().contiguous()
    state = {"pre_bias": w["b_dec"], "latent_bias": w["b_enc"], "encoder.weight": encoder}
    state |= {"stats_last_nonzero": torch.zeros(N, dtype=torch.long), "activation": kind}
    state |= {"decoder.linear.weight": encoder} if tied else {"decoder.weight": w["W_dec"].t().contiguous()}
    if kind == "TopK":
        state["activation_state_dict"] = {"k": K, "postact_fn": "ReLU"}
    torch.save(state, tmp_path / "layer_3.pt")
    sae = load_sae(tmp_path)
    z, mean, spread = layer_norm(w["x"]) if kind == "TopK" else (w["x"], 0.0, 1.0)
    pre = (z - w["b_dec"]) @ encoder.t() + w["b_enc"]
    acts = relu(top(pre)) if kind == "TopK" else relu(pre)
    agrees(sae, w["x"], acts, (acts @ (encoder if tied else w["W_dec"]) + w["b_dec"]) * spread + mean)
    assert sae.provenance["format"] == "openai"


def test_several_files_in_one_folder_are_several_saes(tmp_path, w) -> None:
    for layer in (2, 10):
        torch.save({"cfg": {}, "state_dict": parts(w)}, tmp_path / f"layer_{layer}.pt")
    assert list_hookpoints(tmp_path) == ["layer_2.pt", "layer_10.pt"]
    assert load_sae(tmp_path, "layer_10.pt").provenance["files"].keys() == {"layer_10.pt"}
    with pytest.raises(SaeFormatError, match=r"Choose a hookpoint: layer_2\.pt, layer_10\.pt"):
        load_sae(tmp_path)


def test_saelens_written_here_was_read_by_saelens(tmp_path) -> None:
    """Frozen proof: tests/fixtures/saes-written was saved by `save_sae` and read by sae-lens 6.54."""
    written = Path(__file__).parents[2] / "fixtures" / "saes-written"
    names = sorted(path.name for path in written.iterdir() if path.is_dir())
    assert names == ["gated", "gemma-scope", "layer-norm", "scaled", "topk"]
    for name in names:
        theirs, sae = load_file(written / f"{name}.outputs.safetensors"), load_sae(written / name)
        agrees(sae, theirs["x"], theirs["acts"], theirs["decoded"])
        save_sae(sae, tmp_path / name, "saelens")  # and what is written has not changed since
        again, before = (json.loads((at / name / "cfg.json").read_text()) for at in (tmp_path, written))
        assert {**again, "metadata": 0} == {**before, "metadata": 0}
        again, before = (load_file(at / name / "sae_weights.safetensors") for at in (tmp_path, written))
        assert again.keys() == before.keys()
        assert all(torch.equal(tensor, before[key]) for key, tensor in again.items())
    with pytest.raises(SaeFormatError, match="sparsify's format cannot hold"):
        save_sae(load_sae(written / "gated"), tmp_path / "no")
