"""A Hub on loopback, and small SAEs in sparsify's layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save


@pytest.fixture
def hub(hub_module, monkeypatch, tmp_path):
    """A running Hub, an empty cache, no token, and no waiting between retries."""
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    with hub_module.LoopbackHub() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(_http.time, "sleep", lambda _: None)
        yield server


def sae_files(
    n: int = 64, d: int = 16, k: int = 4, dtype: torch.dtype = torch.float32, seed: int = 0, **config
) -> dict[str, bytes]:
    """The two files of a sparsify SAE with random weights; `config` overrides its cfg.json."""
    draw = torch.Generator().manual_seed(seed)
    tensors = {
        "encoder.weight": torch.randn(n, d, generator=draw),
        "encoder.bias": torch.randn(n, generator=draw) * 0.1,
        "W_dec": torch.nn.functional.normalize(torch.randn(n, d, generator=draw), dim=1),
        "b_dec": torch.randn(d, generator=draw),
    }
    settings = {"expansion_factor": 32, "normalize_decoder": True, "num_latents": n, "k": k, "d_in": d}
    return {
        "cfg.json": json.dumps({**settings, **config}).encode(),
        "sae.safetensors": save({name: t.to(dtype) for name, t in tensors.items()}),
    }


@pytest.fixture
def make_files():
    """`sae_files`, for tests."""
    return sae_files


@pytest.fixture
def write_files(tmp_path):
    """Write an SAE's files to `tmp_path/<hookpoint>`; returns the root."""

    def write(files: dict[str, bytes], hookpoint: str = "layers.2") -> Path:
        folder = tmp_path / "saes" / hookpoint
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return tmp_path / "saes"

    return write
