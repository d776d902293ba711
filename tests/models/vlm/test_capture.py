"""Hidden states after layer L: the right ones, nothing computed above, and no hook left behind."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from models.vlm import Batch, Vlm, capture
from studio.domain.errors import LayerError
from studio.domain.sample import Sample, Turn

TURNS = (Turn("user", "How many cats are there?"), Turn("assistant", "Two."))


@pytest.fixture
def batch(llava: Vlm) -> Batch:
    return llava.prepare([(Sample("a", (), TURNS), [Image.new("RGB", (150, 90), (200, 30, 60))])])


def _hooks(vlm: Vlm) -> int:
    return sum(len(module._forward_hooks) for module in vlm.layers)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_equals_the_hidden_states_of_a_whole_forward(llava: Vlm, batch: Batch, layer: int) -> None:
    with torch.no_grad():
        whole = llava.model(**batch.inputs, output_hidden_states=True, use_cache=False)
    torch.testing.assert_close(llava.hidden(batch, layer), whole.hidden_states[layer + 1], rtol=0, atol=1e-6)


def test_the_last_layer_is_before_the_final_norm(llava: Vlm, batch: Batch) -> None:
    with torch.no_grad():
        whole = llava.model.model(**batch.inputs, use_cache=False)
        normed = llava.model.model.language_model.norm(llava.hidden(batch, llava.layer_count - 1))
    torch.testing.assert_close(normed, whole.last_hidden_state, rtol=0, atol=1e-5)


def test_nothing_above_the_layer_runs(llava: Vlm, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = llava.hidden(batch, 1)

    def poison(*_: Any, **__: Any) -> None:
        raise AssertionError("ran above the layer")

    language = llava.model.model.language_model
    for module in (*language.layers[2:], language.norm, llava.model.lm_head):
        monkeypatch.setattr(module, "forward", poison)
    torch.testing.assert_close(llava.hidden(batch, 1), expected, rtol=0, atol=0)
    with pytest.raises(AssertionError, match="above the layer"):
        llava.hidden(batch, 2)


def test_hooks_come_off_also_on_error(llava: Vlm, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _hooks(llava)
    llava.hidden(batch, 1)
    assert _hooks(llava) == before

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken below")

    monkeypatch.setattr(llava.layers[0], "forward", fail)
    with pytest.raises(RuntimeError, match="broken below"):
        llava.hidden(batch, 1)
    with capture(llava.layers, 1):
        assert _hooks(llava) == before + 1
    assert _hooks(llava) == before


def test_a_forward_after_an_interrupted_one_is_whole(llava: Vlm, batch: Batch) -> None:
    with torch.no_grad():
        before = llava.model(**batch.inputs).logits
        llava.hidden(batch, 0)
        after = llava.model(**batch.inputs).logits
    torch.testing.assert_close(before, after, rtol=0, atol=0)


def test_layers_that_return_tuples() -> None:
    class Pair(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, None]:
            return x + 1, None

    layers = nn.ModuleList([Pair(), Pair()])

    def forward(x: torch.Tensor) -> None:
        for layer in layers:
            x = layer(x)[0]

    with capture(layers, 1) as captured:
        assert captured.run(forward, x=torch.zeros(2)).tolist() == [2, 2]
        assert captured.run(forward, x=torch.ones(2)).tolist() == [3, 3]


@pytest.mark.parametrize("layer", [-1, 4, 40])
def test_a_layer_that_is_not_there(llava: Vlm, batch: Batch, layer: int) -> None:
    with pytest.raises(LayerError) as raised:
        llava.hidden(batch, layer)
    assert str(raised.value) == f"This model has 4 decoder layers, 0 to 3; you asked for {layer}."
