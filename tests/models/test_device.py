"""Places for networks: which can be used, and when one is full."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.aligners import load_aligner
from models.device import device_of, is_out_of_memory, moved
from models.sae import load_sae
from resources import folder
from studio.domain.errors import ModelError

SENTENCE = "The device nowhere cannot be used here. Use auto, cpu or cuda."


def test_the_cpu_and_whatever_is_best() -> None:
    assert device_of("cpu") == torch.device("cpu")
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_one_sentence_wherever_a_device_is_named(tmp_path) -> None:
    clip = str(folder("demo", "clip-scenes"))
    for load in (device_of, lambda d: load_aligner(clip, device=d), lambda d: load_sae(tmp_path, device=d)):
        with pytest.raises(ModelError) as raised:
            load("nowhere")
        assert str(raised.value) == SENTENCE


def test_the_system_s_own_way_of_saying_that_memory_ran_out() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 60)
    assert is_out_of_memory(raised.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


class _Full(nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def to(self, *_: object) -> _Full:
        raise self.error


def test_what_does_not_fit_is_a_sentence() -> None:
    with pytest.raises(ModelError, match=r"^The SAE does not fit into the memory of cpu\."):
        moved(_Full(torch.OutOfMemoryError("CUDA out of memory.")), torch.device("cpu"), "The SAE")
    with pytest.raises(RuntimeError, match="another fault"):
        moved(_Full(RuntimeError("another fault")), torch.device("cpu"), "The SAE")
