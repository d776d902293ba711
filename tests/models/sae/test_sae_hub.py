"""SAEs by repo id, from a real HTTP server on loopback that speaks the Hub's API."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
import torch

from models.sae import list_hookpoints, load_sae
from studio.domain.errors import ModelError, NetworkError, SaeFormatError

REFERENCE = "lmms-lab/llama3-llava-next-8b-hf-sae-131k"


def in_folder(hookpoint: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{hookpoint}/{name}": data for name, data in files.items()}


@pytest.fixture
def reference(hub, hub_module, make_files):
    """The layout of the reference SAE, with small weights: one hookpoint, an old config."""
    files = make_files(signed=False)
    repo = hub_module.Repo(
        {"README.md": b"SAE", ".gitattributes": b"x", **in_folder("model.layers.24", files)}
    )
    hub.repos[REFERENCE] = repo
    return repo


def test_reference_sae_loads_by_its_name(hub, reference) -> None:
    sae = load_sae(REFERENCE, "model.layers.24")
    assert (sae.d_in, sae.num_latents, sae.k) == (16, 64, 4)
    assert sae.config.hookpoint == "model.layers.24"
    assert sae.provenance["repo"] == REFERENCE
    assert sae.provenance["revision"] == reference.commit
    hashed = {
        n: hashlib.sha256(reference.files[f"model.layers.24/{n}"]).hexdigest()
        for n in ("cfg.json", "sae.safetensors")
    }
    assert sae.provenance["files"] == hashed
    assert list_hookpoints(REFERENCE) == ["model.layers.24"]
    assert torch.equal(load_sae(REFERENCE).decoder, sae.decoder)


def test_only_the_hookpoint_is_downloaded_and_only_once(hub, hub_module, make_files) -> None:
    files = {**in_folder("layers.2", make_files()), **in_folder("layers.10", make_files(seed=1))}
    hub.repos["a/many"] = hub_module.Repo(files)
    load_sae("a/many", "layers.10")
    load_sae("a/many", "layers.10")
    assert hub.sent["layers.10/sae.safetensors"] == 1
    assert hub.sent["layers.2/sae.safetensors"] == 0
    assert list_hookpoints("a/many") == ["layers.2", "layers.10"]
    with pytest.raises(SaeFormatError, match=r"layers\.2, layers\.10"):
        load_sae("a/many")
    with pytest.raises(SaeFormatError, match=r"no hookpoint layers\.3.*layers\.2, layers\.10"):
        load_sae("a/many", "layers.3")


def test_a_cut_connection_is_taken_up_where_it_broke(hub, reference) -> None:
    hub.cuts = 1
    sae = load_sae(REFERENCE)
    assert hub.sent["model.layers.24/sae.safetensors"] == 2
    whole = hashlib.sha256(reference.files["model.layers.24/sae.safetensors"]).hexdigest()
    assert sae.provenance["files"]["sae.safetensors"] == whole


def test_always_cut_is_a_network_error(hub, reference) -> None:
    hub.cuts = 10_000
    with pytest.raises(NetworkError, match=REFERENCE):
        load_sae(REFERENCE)


def test_429_is_waited_out_or_told(hub, reference) -> None:
    hub.slow_down, hub.slow_path = 2, "/cdn/"
    assert load_sae(REFERENCE).d_in == 16
    assert hub.slow_down == 0
    hub.slow_down, hub.slow_path = 10_000, "/"
    with pytest.raises(NetworkError, match="slow down"):
        load_sae("other/repo")


def test_unknown_gated_and_private_repos(hub, hub_module, make_files, monkeypatch) -> None:
    with pytest.raises(ModelError, match="no model repo no/such"):
        load_sae("no/such")
    hub.repos["a/gated"] = hub_module.Repo(make_files(), gated=True)
    with pytest.raises(ModelError, match="gated"):
        load_sae("a/gated")
    hub.repos["a/private"] = hub_module.Repo(make_files(), private=True)
    with pytest.raises(ModelError, match="private"):
        load_sae("a/private")
    monkeypatch.setenv("HF_TOKEN", "hf_loopback")
    assert load_sae("a/gated").num_latents == 64
    assert load_sae("a/private").num_latents == 64


def test_revisions(hub, reference) -> None:
    assert load_sae(REFERENCE, revision=reference.commit).provenance["revision"] == reference.commit
    with pytest.raises(ModelError, match="no revision v9"):
        load_sae(REFERENCE, revision="v9")


def test_repo_without_an_sae(hub, hub_module) -> None:
    hub.repos["a/empty"] = hub_module.Repo({"README.md": b"nothing"})
    with pytest.raises(SaeFormatError, match="holds no SAE"):
        load_sae("a/empty")


def test_no_network_uses_the_cache_or_says_so(hub, reference, monkeypatch) -> None:
    from huggingface_hub import constants

    first = load_sae(REFERENCE)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    again = load_sae(REFERENCE)
    assert torch.equal(first.encoder, again.encoder)
    assert again.provenance["revision"] == reference.commit
    with pytest.raises(NetworkError, match="out of reach"):
        load_sae("a/never-seen", "layers.1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert list_hookpoints(REFERENCE) == ["model.layers.24"]
    assert load_sae(REFERENCE).provenance["revision"] == reference.commit
    with pytest.raises(NetworkError, match="not in the cache"):
        load_sae(REFERENCE, "model.layers.8")


def test_names_that_are_neither_folder_nor_repo(tmp_path) -> None:
    for name in ("./nowhere", "/no/such/folder", "a/b/c", tmp_path / "gone"):
        with pytest.raises(ModelError, match="no folder"):
            load_sae(name)


def test_endpoint_and_cache_come_from_the_environment(hub, reference, tmp_path) -> None:
    code = f"from models.sae import load_sae; print(load_sae({REFERENCE!r}).provenance['revision'])"
    settings = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.stdout.strip() == reference.commit, done.stderr
    assert (tmp_path / "home" / "hub").is_dir()
