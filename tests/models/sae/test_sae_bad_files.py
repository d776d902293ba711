"""Pickles, archives and tensors that lie: each is refused with a sentence, and nothing is executed."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from models.sae import load_sae
from models.sae.folder import open_folder
from studio.domain.errors import SaeFormatError


class RunsCode:
    """A pickle of this makes a folder when it is loaded carelessly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def state(n: int = 12, d: int = 4, **changed) -> dict[str, torch.Tensor]:
    found = {"W_enc": torch.rand(d, n), "W_dec": torch.rand(n, d)}
    return {**found, "b_enc": torch.rand(n), "b_dec": torch.rand(d), **changed}


def refused(folder: Path, content: object, says: str) -> None:
    torch.save(content, folder / "sae.pt")
    with pytest.raises(SaeFormatError, match=says):
        load_sae(folder)


def test_pickles_that_run_code_are_not_run(tmp_path) -> None:
    trap = tmp_path / "trap"
    refused(tmp_path, {"cfg": RunsCode(trap), "state_dict": state()}, "mkdir.*run code")
    assert not trap.exists()


@pytest.mark.filterwarnings("ignore:Sparse")
def test_tensors_that_lie_are_refused(tmp_path) -> None:
    sparse = torch.sparse_coo_tensor([[0], [0]], [1.0], (4, 10**9))
    for name, tensor, says in (
        ("W_enc", sparse, "sparse"),
        ("W_dec", torch.zeros(1, 1).expand(10**9, 4), "does not hold one by"),
        ("W_enc", torch.rand(4, 13), "do not belong together"),
        ("b_dec", torch.rand(2, 2), "one dimension"),
        ("W_dec", torch.full((12, 4), torch.nan), "NaN"),
        ("W_dec", torch.ones(12, 4, dtype=torch.int32), "floating-point"),
    ):
        refused(tmp_path, {"cfg": {}, "state_dict": state(**{name: tensor})}, says)
    lacking = state()
    del lacking["b_enc"]
    refused(tmp_path, {"cfg": {}, "state_dict": lacking}, "no weights in a format")
    refused(tmp_path, [1, 2], "no state dict")


def test_half_files_and_bombs_are_refused(tmp_path) -> None:
    buffer = io.BytesIO()
    torch.save({"cfg": {}, "state_dict": state()}, buffer)
    whole = buffer.getvalue()
    file = tmp_path / "sae.pt"
    for damaged in (
        b"",
        whole[:10],
        whole[: len(whole) // 2],
        b"\x80\x02}q\x00.",
        b'{"a": 1}\n' + whole[:40],
    ):
        file.write_bytes(damaged)
        with pytest.raises(SaeFormatError, match="damaged"):
            load_sae(tmp_path)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(60_000_000))
    with pytest.raises(SaeFormatError, match="zip bomb"):
        load_sae(tmp_path)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(1000))
    with pytest.raises(SaeFormatError, match="compressed"):
        load_sae(tmp_path)


@pytest.mark.parametrize("name", ["../outside.npy", "/tmp/outside.npy", "W_enc/../../outside.npy"])
def test_zip_slip_names_lead_nowhere(tmp_path, name: str) -> None:
    """Archives are read in place and never unpacked: a name with `..` is no path, only not a tensor's."""
    folder = tmp_path / "inner"
    folder.mkdir()
    arrays = {key: tensor.numpy() for key, tensor in state(threshold=torch.rand(12)).items()}
    np.savez(folder / "params.npz", **arrays)
    header = io.BytesIO()
    np.save(header, np.zeros(3, np.float32))
    with zipfile.ZipFile(folder / "params.npz", "a") as archive:
        archive.writestr(name, header.getvalue())
    assert load_sae(folder).num_latents == 12
    torch.save({"cfg": {}, "state_dict": state()}, tmp_path / "sae.pt")
    with zipfile.ZipFile(tmp_path / "sae.pt", "a") as archive:
        archive.writestr(name, b"x")
    before = sorted(path for path in tmp_path.rglob("*"))
    with contextlib.suppress(SaeFormatError):
        load_sae(tmp_path / "sae.pt")
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert not Path("/tmp/outside.npy").exists()


def test_npz_without_pickles(tmp_path) -> None:
    arrays = {name: tensor.numpy() for name, tensor in state(threshold=torch.rand(12)).items()}
    np.savez(
        tmp_path / "params.npz", **{**arrays, "W_dec": np.array([RunsCode(tmp_path / "t")], dtype=object)}
    )
    with pytest.raises(SaeFormatError, match="run code"):
        load_sae(tmp_path)
    assert not (tmp_path / "t").exists()
    np.savez(tmp_path / "params.npz", **arrays)
    whole = (tmp_path / "params.npz").read_bytes()
    (tmp_path / "params.npz").write_bytes(whole[:-100])
    with pytest.raises(SaeFormatError, match="damaged"):
        load_sae(tmp_path)
    np.savez_compressed(tmp_path / "params.npz", **{**arrays, "W_enc": np.zeros((4, 10**7), np.float32)})
    with pytest.raises(SaeFormatError, match="zip bomb"):
        load_sae(tmp_path)


def test_a_format_is_found_without_reading_weights(tmp_path) -> None:
    """67 MB of torch file; tests/benchmarks/bench_sae_load.py tells the milliseconds."""
    torch.save({"cfg": {}, "state_dict": state(16384, 512)}, tmp_path / "sae.pt")
    before = psutil.Process().io_counters().read_chars
    assert open_folder(tmp_path).format.name == "patchsae"
    assert psutil.Process().io_counters().read_chars - before < 2**20
