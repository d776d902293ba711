"""Files of SAEs: who writes them, who may read them, and their hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch

from models.sae import Sae, load_sae, save_sae
from models.sae.config import SaeConfig
from models.sae.formats.format import Format
from studio.domain.errors import SaeFormatError


def _sae(n: int = 8, d: int = 4) -> Sae:
    draw = torch.Generator().manual_seed(0)
    sizes = ((n, d), (n,), (n, d), (d,))
    return Sae(SaeConfig(d, n, 2), *(torch.randn(size, generator=draw) for size in sizes))


@pytest.mark.skipif(os.name == "nt", reason="POSIX file modes")
@pytest.mark.parametrize("form", ["sparsify", "saelens"])
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_who_may_read_it_is_the_umask_s_matter(tmp_path, form: str, umask: int) -> None:
    before = os.umask(umask)
    try:
        names = save_sae(_sae(), tmp_path, form)
    finally:
        os.umask(before)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in names} == {0o666 & ~umask}


def test_the_hash_of_a_file_larger_than_the_buffer(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("models.sae.formats.weights_file.BLOCK", 100)
    for name in save_sae(_sae(), tmp_path):
        whole = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert load_sae(tmp_path).provenance["files"][name] == whole


def test_an_sae_in_another_format_takes_the_place_of_the_first(tmp_path) -> None:
    first, second = _sae(), _sae(16)
    save_sae(first, tmp_path, "sparsify")
    save_sae(second, tmp_path, "saelens")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cfg.json", "sae_weights.safetensors"]
    assert load_sae(tmp_path).num_latents == 16


def test_a_format_of_a_plug_in_writes_what_it_reads(tmp_path) -> None:
    """Its files appear when they are whole, and not at all when it fails."""

    def write(sae: Sae, folder: Path) -> None:
        (folder / "mine.json").write_text("{}")
        torch.save({"state_dict": {"up": sae.encoder}}, folder / "mine.pt")

    def fail(sae: Sae, folder: Path) -> None:
        write(sae, folder)
        raise SaeFormatError("It cannot hold this SAE.")

    formats = [Format(name, lambda *_: False, lambda *_: _sae(), w) for name, w in
               (("mine", write), ("bad", fail), ("empty", lambda *_: None), ("reader", None))]  # fmt: skip
    for name, says in (("bad", "cannot hold"), ("empty", "wrote no file"), ("reader", "known are mine, bad")):
        with pytest.raises(SaeFormatError, match=says):
            save_sae(_sae(), tmp_path / "new", name, formats)
        assert not list((tmp_path / "new").iterdir())
    assert save_sae(_sae(), tmp_path / "new", "mine", formats) == ("mine.pt", "mine.json")
    assert torch.load(tmp_path / "new" / "mine.pt")["state_dict"]["up"].shape == (8, 4)
