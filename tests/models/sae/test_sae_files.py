"""Files of SAEs: who may read them, and their hash."""

from __future__ import annotations

import hashlib
import os

import pytest
import torch

from models.sae import Sae, load_sae, save_sae
from models.sae.config import SaeConfig


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
