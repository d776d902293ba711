"""What a repo holds is known before it is downloaded; from a real HTTP server on loopback."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from models.sae import load_sae
from models.sae.hub import fetch, free_bytes
from models.sae.hub_look import look, search
from studio.domain.errors import Cancelled, DiskFullError, ModelError, NetworkError


@pytest.fixture
def big(hub, hub_module, make_files):
    """Two hookpoints of 2 MB each, a transcoder, weights in no known format, and a torch file."""
    files = {"README.md": b"---\nlicense: mit\n---\nSAEs"}
    for layer, more in ((2, {}), (10, {}), (11, {"transcode": True})):
        made = make_files(n=8192, d=32, seed=layer, **more)
        files |= {f"layers.{layer}/{name}": data for name, data in made.items()}
    files["odd/cfg.json"] = b"{}"
    files["odd/sae.safetensors"] = save({"conv.weight": torch.zeros(4, 4)})
    files["ae.pt"] = b"PK" * 2000
    hub.repos["lab/many"] = hub_module.Repo(files, licence="mit", tags=("v1",), downloads=70)
    hub.repos["lab/few"] = hub_module.Repo({"README.md": b"x"}, downloads=900)
    hub.repos["other/thing"] = hub_module.Repo({"README.md": b"x"})
    hub.repos["lab/secret"] = hub_module.Repo({"README.md": b"x"}, private=True)
    return hub.repos["lab/many"]


def test_search_lists_the_most_used_first(hub, big) -> None:
    found = search("lab")
    assert [(hit.repo, hit.downloads) for hit in found] == [("lab/few", 900), ("lab/many", 70)]
    assert found[0].modified == "2026-01-02"
    assert search("nothing of this name") == []


def test_hookpoints_formats_sizes_and_problems_are_seen(hub, big) -> None:
    repo = look("lab/many")
    assert (repo.commit, repo.licence, repo.revisions) == (big.commit, "mit", ("main", "v1"))
    assert (repo.gated, repo.locked, repo.offline) == (False, False, False)
    saes = {sae.hookpoint: sae for sae in repo.saes}
    assert list(saes) == ["", "layers.2", "layers.10", "layers.11", "odd"]
    two = saes["layers.2"]
    assert (two.format, two.d_in, two.num_latents, two.k, two.problem) == ("sparsify", 32, 8192, 4, "")
    assert two.size == sum(len(data) for name, data in big.files.items() if name.startswith("layers.2/"))
    assert "transcoder" in saes["layers.11"].problem
    assert "no format" in saes["odd"].problem
    assert (saes[""].format, saes[""].problem) == ("", "")


def test_only_heads_are_read(hub, big) -> None:
    look("lab/many")
    for name, data in big.files.items():
        if name.endswith(".safetensors") and len(data) > 200_000:
            assert 0 < hub.bytes[name] <= 100_001
    assert not look("lab/many").saes[1].cached


def test_what_the_look_says_is_what_loading_gives(hub, big) -> None:
    before = look("lab/many").saes[1]
    sae = load_sae("lab/many", before.hookpoint)
    assert (sae.d_in, sae.num_latents, sae.k) == (before.d_in, before.num_latents, before.k)
    assert sae.config.format == before.format
    assert look("lab/many").saes[1].cached


def test_formats_that_share_tensor_names_are_told_apart(hub, hub_module) -> None:
    tensors = {"W_enc": torch.zeros(8, 40), "W_dec": torch.zeros(40, 8)}
    tensors |= {"b_enc": torch.zeros(40), "b_dec": torch.zeros(8)}
    config = {"architecture": "topk", "d_in": 8, "d_sae": 40, "activation_fn_kwargs": {"k": 5}}
    config |= {"apply_b_dec_to_input": True, "normalize_activations": "none"}
    files = {"sae_weights.safetensors": save(tensors), "cfg.json": json.dumps(config).encode()}
    hub.repos["lab/lens"] = hub_module.Repo(files)
    (found,) = look("lab/lens").saes
    assert (found.hookpoint, found.format, found.d_in, found.num_latents) == ("", "saelens", 8, 40)


def test_terms_and_tokens(hub, big, monkeypatch) -> None:
    big.gated = True
    shut = look("lab/many")
    assert (shut.gated, shut.locked) == (True, True)
    assert all(not sae.format for sae in shut.saes)
    monkeypatch.setenv("HF_TOKEN", big.token)
    opened = look("lab/many")
    assert (opened.gated, opened.locked) == (True, False)
    assert opened.saes[1].format == "sparsify"
    assert look("lab/secret").private


def test_what_is_not_there_is_a_sentence(hub, big) -> None:
    with pytest.raises(ModelError, match="no model repo lab/none"):
        look("lab/none")
    with pytest.raises(ModelError, match="no revision v9"):
        look("lab/many", "v9")
    assert look("lab/many", "v1").commit == big.commit
    assert look("lab/few").saes == ()
    hub.slow_down = 10_000
    with pytest.raises(NetworkError, match="429"):
        look("lab/many")


def test_offline_shows_what_the_cache_has(hub, big, monkeypatch) -> None:
    load_sae("lab/many", "layers.10")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    repo = look("lab/many")
    assert (repo.offline, repo.commit) == (True, big.commit)
    assert [(sae.hookpoint, sae.cached) for sae in repo.saes] == [("layers.10", True)]
    with pytest.raises(NetworkError):
        search("lab")


def test_a_download_tells_its_bytes_and_goes_on_where_it_was_stopped(hub, big) -> None:
    heard: list[tuple[int, int]] = []
    size = sum(len(data) for name, data in big.files.items() if name.startswith("layers.2/"))

    def stop_halfway(done: int, of: int) -> None:
        heard.append((done, of))
        if done > of / 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch("lab/many", "layers.2", None, stop_halfway)
    assert heard[-1][1] == size
    assert not look("lab/many").saes[1].cached
    (part,) = hub_cache().rglob("*.incomplete")
    had, asked = part.stat().st_size, hub.bytes["layers.2/sae.safetensors"]
    assert had > 0
    again: list[tuple[int, int]] = []
    fetch("lab/many", "layers.2", None, lambda done, of: again.append((done, of)))
    whole = len(big.files["layers.2/sae.safetensors"])
    assert hub.bytes["layers.2/sae.safetensors"] - asked == whole - had, "only what was missing was asked for"
    assert not list(hub_cache().rglob("*.incomplete"))
    assert again[-1][0] == again[-1][1] <= size
    counts = [done for done, _ in again]
    assert counts == sorted(counts)
    assert look("lab/many").saes[1].cached


def hub_cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def test_what_was_left_of_other_bytes_is_not_used(hub, big) -> None:
    """A half download that was damaged on the disk is found out by its hash, and gone the next time."""
    data = big.files["layers.2/sae.safetensors"]
    part = hub_cache() / "models--lab--many" / "blobs" / f"{hashlib.sha256(data).hexdigest()}.incomplete"
    for left in (b"x" * 1000, b"x" * (len(data) + 5)):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(left)
        with pytest.raises(NetworkError, match="not what the Hub promised"):
            fetch("lab/many", "layers.2")
        assert not part.exists()
    assert fetch("lab/many", "layers.2").commit == big.commit
    assert load_sae("lab/many", "layers.2").num_latents == 8192


def test_a_full_disk_is_told_before_anything_is_written(hub, big, monkeypatch) -> None:
    monkeypatch.setattr("models.sae.hub.free_bytes", lambda: 1000)
    with pytest.raises(DiskFullError, match="Make room"):
        fetch("lab/many", "layers.2")
    assert not look("lab/many").saes[1].cached
    assert free_bytes() > 0
