"""sparsify's layout: round trips, old configs, refusals; every refusal is a sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save, save_file

from models.sae import list_hookpoints, load_sae, reference, save_sae
from models.sae.formats.registry import detect
from studio.domain.errors import SaeFormatError


def changed(files: dict[str, bytes], name: str, tensor: torch.Tensor | None) -> dict[str, bytes]:
    tensors = load(files["sae.safetensors"])
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    return {**files, "sae.safetensors": save(tensors)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_encodes_as_the_weights_say(make_files, write_files, dtype) -> None:
    files = make_files(dtype=dtype)
    sae = load_sae(write_files(files))
    stored = {name: t.float() for name, t in load(files["sae.safetensors"]).items()}
    x = torch.randn(20, 16, generator=torch.Generator().manual_seed(3))
    values, latents = reference.encode(
        x, stored["encoder.weight"], stored["encoder.bias"], stored["b_dec"], 4
    )
    code = sae.encode(x)
    assert torch.allclose(code.values.sort(1).values, values.sort(1).values, atol=1e-5)
    expected = reference.decode(values, latents, stored["W_dec"], stored["b_dec"])
    assert torch.allclose(sae.decode(code), expected, atol=1e-5)


def test_save_and_load_keep_every_bit(make_files, write_files, tmp_path: Path) -> None:
    sae = load_sae(write_files(make_files()))
    save_sae(sae, tmp_path / "out" / "layers.5")
    save_sae(sae, tmp_path / "out" / "layers.5")  # replaces
    again = load_sae(tmp_path / "out", "layers.5")
    for mine, theirs in zip(
        (sae.encoder, sae.encoder_bias, sae.decoder, sae.b_dec),
        (again.encoder, again.encoder_bias, again.decoder, again.b_dec),
    ):
        assert torch.equal(mine, theirs)
    assert (again.k, again.config.activation, again.config.hookpoint) == (4, "topk", "layers.5")
    assert sorted(p.name for p in (tmp_path / "out" / "layers.5").iterdir()) == [
        "cfg.json",
        "sae.safetensors",
    ]


def test_old_and_new_configs(make_files, write_files) -> None:
    assert load_sae(write_files(make_files(num_latents=0, expansion_factor=4))).num_latents == 64
    assert load_sae(write_files(make_files(signed=True))).config.signed
    assert load_sae(write_files(make_files(activation="groupmax"))).config.activation == "groupmax"
    assert load_sae(write_files(make_files(multi_topk=True, transcode=False))).config.activation == "topk"


def test_files_are_known_by_their_tensors_not_their_names(make_files, write_files) -> None:
    files = make_files()
    root = write_files({"config.json": files["cfg.json"], "weights.safetensors": files["sae.safetensors"]})
    assert load_sae(root).provenance["format"] == "sparsify"
    assert detect({"W_enc": (16, 64), "W_dec": (64, 16), "b_enc": (64,), "b_dec": (16,)}, {}) is None


def test_hookpoints_are_listed_and_chosen(make_files, write_files) -> None:
    root = write_files(make_files(), "layers.10")
    assert load_sae(root).config.hookpoint == "layers.10"
    write_files(make_files(), "layers.2")
    (root / "notes").mkdir()
    assert list_hookpoints(root) == ["layers.2", "layers.10"]
    with pytest.raises(SaeFormatError, match=r"Choose a hookpoint: layers\.2, layers\.10"):
        load_sae(root)
    with pytest.raises(SaeFormatError, match=r"no hookpoint layers\.3"):
        load_sae(root, "layers.3")
    assert list_hookpoints(root / "layers.2") == [""]
    assert load_sae(root / "layers.2").num_latents == 64
    assert load_sae(root / "layers.2", "layers.2").num_latents == 64
    with pytest.raises(SaeFormatError, match="holds no SAE"):
        load_sae(root / "notes")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"transcode": True}, "transcoder"),
        ({"skip_connection": True}, "skip connection"),
        ({"d_in": 17}, "do not belong together"),
        ({"num_latents": 65}, "do not belong together"),
        ({"k": 0}, '"k": 0'),
        ({"k": 65}, '"k": 65'),
        ({"k": "four"}, "whole number"),
        ({"activation": "jumprelu"}, "jumprelu"),
        ({"activation": "groupmax", "k": 5}, "equal groups"),
        ({"signed": "yes"}, "true or false"),
    ],
)
def test_configs_that_do_not_fit_are_refused(make_files, write_files, config, says) -> None:
    with pytest.raises(SaeFormatError, match=says):
        load_sae(write_files(make_files(**config)))


def test_damaged_weights_are_refused(make_files, write_files) -> None:
    good = make_files()
    bad = torch.zeros(64, 16)
    bad[3, 5] = float("nan")
    for tensor, says in ((bad, "NaN"), (bad.nan_to_num(0) + float("inf"), "NaN or infinite")):
        with pytest.raises(SaeFormatError, match=says):
            load_sae(write_files(changed(good, "W_dec", tensor)))
    with pytest.raises(SaeFormatError, match="floating-point"):
        load_sae(write_files(changed(good, "W_dec", torch.zeros(64, 16, dtype=torch.int32))))
    with pytest.raises(SaeFormatError, match="skip"):
        load_sae(write_files(changed(good, "W_skip", torch.zeros(16, 16))))
    with pytest.raises(SaeFormatError, match="no weights in a format"):
        load_sae(write_files(changed(good, "b_dec", None)))


def test_damaged_files_are_refused(make_files, write_files) -> None:
    good = make_files()
    weights = good["sae.safetensors"]
    for damaged in (weights[: len(weights) // 2], weights[:5], b"", weights + b"x", b"\xff" * 64):
        with pytest.raises(SaeFormatError, match=r"damaged|incomplete"):
            load_sae(write_files({**good, "sae.safetensors": damaged}))
    header = json.dumps({"W": {"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}}).encode()
    broken = struct.pack("<Q", len(header)) + header + bytes(4)
    with pytest.raises(SaeFormatError):
        load_sae(write_files({**good, "sae.safetensors": broken}))
    for config in (b"{", b"[]", b"\xff\xfe", b'{"a":' * 100_000, b" " * (2 << 20)):
        with pytest.raises(SaeFormatError, match=r"cfg\.json"):
            load_sae(write_files({**good, "cfg.json": config}))


def anonymous_bytes() -> int:
    """Memory of this process that no file stands behind: what a copy of the weights would be."""
    line = next(
        x for x in Path("/proc/self/smaps_rollup").read_text().splitlines() if x.startswith("Anonymous:")
    )
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads Linux's memory maps")
def test_weights_are_mapped_not_copied(tmp_path: Path) -> None:
    n, d = 32768, 256  # 67 MB
    tensors = {"encoder.weight": torch.rand(n, d), "encoder.bias": torch.zeros(n)}
    tensors |= {"W_dec": torch.rand(n, d), "b_dec": torch.zeros(d)}
    save_file(tensors, tmp_path / "sae.safetensors")
    (tmp_path / "cfg.json").write_text(json.dumps({"d_in": d, "num_latents": n, "k": 8}))
    load_sae(tmp_path)  # what is imported on the way is no part of it
    before = anonymous_bytes()
    sae = load_sae(tmp_path)
    assert anonymous_bytes() - before < 0.1 * (tmp_path / "sae.safetensors").stat().st_size
    assert torch.equal(sae.decoder, tensors["W_dec"])
