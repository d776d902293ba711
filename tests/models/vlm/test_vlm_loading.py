"""Loading: what is loaded, and the sentence for everything that cannot be."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.vlm import load_vlm
from studio.domain.errors import ModelError, NetworkError
from studio.domain.specs import ModelSpec


def _sentence(spec: ModelSpec, kind: type[Exception] = ModelError) -> str:
    with pytest.raises(kind) as raised:
        load_vlm(spec)
    assert "Traceback" not in str(raised.value)
    return str(raised.value)


@pytest.fixture
def copy(llava_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(llava_folder, tmp_path / "model"))


def _edit(folder: Path, **values: object) -> ModelSpec:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))
    return ModelSpec(str(folder), device="cpu")


def test_a_folder(llava_folder: Path) -> None:
    vlm = load_vlm(ModelSpec(str(llava_folder), device="cpu"))
    assert (vlm.layer_count, vlm.hidden_size, vlm.adapter_name) == (4, 48, "LLaVA-NeXT")
    assert (vlm.id, vlm.revision, vlm.dtype) == (str(llava_folder), None, torch.float32)
    assert not vlm.model.training
    assert not any(p.requires_grad for p in vlm.model.parameters())


def test_a_number_format(llava_folder: Path) -> None:
    assert load_vlm(ModelSpec(str(llava_folder), dtype="bfloat16", device="cpu")).dtype == torch.bfloat16
    said = _sentence(ModelSpec(str(llava_folder), dtype="float7", device="cpu"))
    assert said == "The number format float7 is unknown. Use auto, float32, float16, bfloat16."


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", "meta7"])
def test_a_device_that_is_not_there(llava_folder: Path, device: str) -> None:
    said = _sentence(ModelSpec(str(llava_folder), device=device))
    assert said == f"The device {device} cannot be used here. Use auto, cpu or cuda."


def test_no_folder(tmp_path: Path) -> None:
    missing = str(tmp_path / "nothing")
    assert _sentence(ModelSpec(missing)).startswith(f"There is no folder '{missing}'.")


def test_a_folder_without_config(tmp_path: Path) -> None:
    assert (
        _sentence(ModelSpec(str(tmp_path))) == f"The folder {tmp_path} holds no model: it has no config.json."
    )


def test_a_file(llava_folder: Path) -> None:
    assert "is a file" in _sentence(ModelSpec(str(llava_folder / "config.json")))


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_damaged_config(copy: Path, text: str) -> None:
    (copy / "config.json").write_text(text)
    assert "configuration" in _sentence(ModelSpec(str(copy)))


def test_an_unsupported_family(copy: Path) -> None:
    said = _sentence(_edit(copy, model_type="gpt2"))
    assert said.startswith(f"{copy} is of the type gpt2. Supported families: ")
    assert "LLaVA-1.5 (llava)" in said
    assert "LLaVA-NeXT (llava_next)" in said


def test_code_of_a_repository_is_never_run(copy: Path) -> None:
    (copy / "evil.py").write_text("open('ran', 'w')\nclass Evil: ...\n")
    said = _sentence(_edit(copy, model_type="own", auto_map={"AutoConfig": "evil.Evil"}))
    assert "trust_remote_code" in said
    assert "never runs" in said
    vlm = load_vlm(_edit(copy, model_type="llava_next", auto_map={"AutoModel": "evil.Evil"}))
    assert type(vlm.model).__module__.startswith("transformers.")
    assert not Path("ran").exists()


def test_missing_weights(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    name = next(n for n in weights if n.endswith("layers.2.mlp.up_proj.weight"))
    del weights[name]
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    said = _sentence(ModelSpec(str(copy), device="cpu"))
    assert "are incomplete: 1 are missing" in said
    assert "layers.2.mlp.up_proj" in said


@pytest.mark.parametrize("size", [0, 1000])
def test_cut_off_weights(copy: Path, size: int) -> None:
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[:size])
    assert "cannot be loaded" in _sentence(ModelSpec(str(copy), device="cpu"))


def test_weights_of_another_shape(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config["text_config"]["intermediate_size"] = 32
    assert "weights" in _sentence(_edit(copy, text_config=config["text_config"]))


def test_no_processor(copy: Path) -> None:
    for file in ("processor_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (copy / file).unlink(missing_ok=True)
    assert f"The processor of {copy} cannot be loaded" in _sentence(ModelSpec(str(copy), device="cpu"))


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    said = _sentence(ModelSpec("nobody/no-model-of-this-name"), NetworkError)
    assert said.startswith("nobody/no-model-of-this-name is not on this machine, and offline mode is on.")


def test_a_cached_model_loads_offline_with_its_commit(
    llava_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = tmp_path / "models--somebody--tiny-llava"
    shutil.copytree(llava_folder, repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    vlm = load_vlm(ModelSpec("somebody/tiny-llava", device="cpu"))
    assert (vlm.id, vlm.revision) == ("somebody/tiny-llava", commit)


@pytest.fixture
def cached(llava_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The snapshot of a cached repository; the Hub's address refuses every connection."""
    repo = tmp_path / "models--somebody--tiny-llava"
    snapshot = Path(shutil.copytree(llava_folder, repo / "snapshots" / ("0123456789" * 4)))
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(snapshot.name)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for name, value in (("HF_HUB_CACHE", str(tmp_path)), ("HF_HUB_OFFLINE", False), ("ENDPOINT", nobody)):
        monkeypatch.setattr(huggingface_hub.constants, name, value)
    template = nobody + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("time.sleep", _no_waiting)
    return snapshot


def _no_waiting(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s for a Hub that is not there")


def test_a_cached_model_loads_without_a_network(cached: Path) -> None:
    vlm = load_vlm(ModelSpec("somebody/tiny-llava", device="cpu"))
    assert (vlm.id, vlm.revision) == ("somebody/tiny-llava", cached.name)


@pytest.mark.parametrize("parts", [0, 1])
def test_a_cached_config_without_its_weights(cached: Path, parts: int) -> None:
    """No half minute of attempts; of two parts one is as good as none."""
    weights = cached / "model.safetensors"
    if parts:
        named = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
        (cached / "model.safetensors.index.json").write_text(json.dumps({"weight_map": named}))
        weights.rename(cached / named["a"])
    else:
        weights.unlink()
    said = _sentence(ModelSpec("somebody/tiny-llava", device="cpu"), NetworkError)
    assert said == (
        "Only a part of somebody/tiny-llava is on this machine, without its weights, and the Hub cannot be "
        "reached. Go online once to download them, or give the folder of a copy."
    )


def test_a_name_that_is_none() -> None:
    assert "neither a folder nor a name" in _sentence(ModelSpec("what is this?"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int, dict[str, str]], None]]:
    """A Hub on the loopback that answers every request with the status and headers it was told."""
    answer: dict[str, object] = {"status": 404, "headers": {}}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(int(str(answer["status"])))
            for name, value in dict(answer["headers"]).items():  # type: ignore[call-overload]
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815 - named by http.server

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(
        huggingface_hub.constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        f"http://127.0.0.1:{server.server_port}/{{repo_id}}/resolve/{{revision}}/{{filename}}",
    )
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    yield lambda status, headers: answer.update(status=status, headers=headers)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "kind", "sentence"),
    [
        (404, "RepoNotFound", ModelError, "There is no model a/b here or on the Hub."),
        (404, "RevisionNotFound", ModelError, "a/b has no revision main."),
        (404, "EntryNotFound", ModelError, "a/b on the Hub has no config.json"),
        (403, "GatedRepo", ModelError, "a/b is gated"),
        (400, "", NetworkError, "a/b is not on this machine, and the Hub cannot be reached."),
    ],
)
def test_what_the_hub_says(
    hub: Callable[[int, dict[str, str]], None], status: int, code: str, kind: type[Exception], sentence: str
) -> None:
    hub(status, {"X-Error-Code": code, "X-Error-Message": "no"} if code else {})
    assert sentence in _sentence(ModelSpec("a/b", revision="main"), kind)
