"""Models in 4 and 8 bits, spread over devices, and with their first layers alone, on the real classes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image

from models.answers import respond
from models.vlm import Vlm, load_vlm
from models.vlm.loading import placing
from studio.domain.errors import LayerError, ModelError
from studio.domain.sample import Sample, Turn
from studio.domain.specs import ModelSpec
from tests.models.vlm.test_families import NAMES

ASKED = Sample("a", (), (Turn("user", "How many cats are there?"),))
PICTURE = Image.linear_gradient("L").resize((150, 100)).convert("RGB")
LAYER = 1


def hidden(vlm: Vlm) -> torch.Tensor:
    return vlm.hidden(vlm.prepare([(ASKED, [PICTURE])]), LAYER).float()


def numbers(vlm: Vlm) -> int:
    return sum(parameter.numel() for parameter in vlm.model.parameters())


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith(("padded", "crops"))])
def test_the_first_layers_alone_give_the_same(family: Any, name: str) -> None:
    whole = family(name)
    first = load_vlm(ModelSpec(whole.id, device="cpu"), layer=LAYER)
    torch.testing.assert_close(hidden(first), hidden(whole), rtol=0, atol=0)
    assert (len(first.layers), first.layer_count) == (LAYER + 1, whole.layer_count) == (2, 3)
    gone = sum(p.numel() for p in whole.layers[2].parameters())
    assert numbers(first) <= numbers(whole) - gone
    for ask in (lambda: first.answer(ASKED, []), lambda: respond(first, [(ASKED, [])], 2)):
        with pytest.raises(ModelError, match="only the first layers were loaded"):
            ask()


def test_a_layer_that_is_not_there_is_said_before_weights_are_loaded(
    family: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.vlm.loading.weights_of", None)
    with pytest.raises(LayerError, match="3 decoder layers, 0 to 2; you asked for 3"):
        load_vlm(ModelSpec(family("LLaVA-1.5").id), layer=3)


@pytest.mark.parametrize(("kind", "least"), [("8bit", 0.999), ("4bit", 0.9)])
@pytest.mark.parametrize("name", ["LLaVA-NeXT Llama", "Qwen2-VL", "SmolVLM"])
def test_fewer_bits_are_close_and_smaller(family: Any, name: str, kind: str, least: float) -> None:
    whole = family(name)
    small = load_vlm(ModelSpec(whole.id, device="cpu", quantize=kind), layer=LAYER)
    weights = next(m for m in small.layers[0].modules() if isinstance(m, torch.nn.Linear)).weight
    assert weights.dtype == {"8bit": torch.int8, "4bit": torch.uint8}[kind]
    mine, exact = hidden(small), hidden(whole)
    close = torch.cosine_similarity(mine[0], exact[0]).mean()
    assert least < close < 1 - 1e-7


def test_a_model_spread_by_itself_gives_the_same(family: Any) -> None:
    whole = family("LLaVA-NeXT Llama")
    spread = load_vlm(ModelSpec(whole.id, device="cpu", device_map="auto"))
    torch.testing.assert_close(hidden(spread), hidden(whole), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (ModelSpec("m", quantize="3bit"), "quantized as 4bit or 8bit, not '3bit'"),
        (ModelSpec("m", quantize="4bit", device="meta"), "run on cpu, cuda, xpu, not on meta"),
        (ModelSpec("m", device_map="balanced"), "by auto, not 'balanced'"),
    ],
)
def test_what_cannot_be_is_a_sentence(spec: ModelSpec, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        placing(spec)


@pytest.mark.parametrize("spec", [ModelSpec("m", quantize="4bit"), ModelSpec("m", device_map="auto")])
def test_missing_packages_are_named(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.quantize.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match=r"accelerate\. Install .* `pip install concept-studio\[quantize\]`"):
        placing(spec)
