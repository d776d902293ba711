"""The hidden states after one decoder layer, with nothing computed above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from studio.domain.errors import LayerError


class _Reached(Exception):  # noqa: N818 - a jump out of the forward pass, not an error
    """The layer has spoken; the layers above need not run."""


@dataclass(slots=True)
class Capture:
    """Runs forward passes up to the layer. `hidden` is the last one's [B, T, d], None before the first."""

    hidden: Tensor | None = None

    def run(self, forward: Callable[..., Any], **inputs: Any) -> Tensor:
        """Call `forward(**inputs)` up to the captured layer: its output [B, T, d], in the model's dtype."""
        self.hidden = None
        with suppress(_Reached):
            forward(**inputs)
        if self.hidden is None:
            raise RuntimeError("the forward pass ended without running the captured layer")
        return self.hidden


def check_layer(layer: int, count: int, kind: str = "decoder") -> None:
    """Raise `LayerError` unless 0 <= layer < count. `kind` of layers: "decoder" or "vision"."""
    if not 0 <= layer < count:
        raise LayerError(f"This model has {count} {kind} layers, 0 to {count - 1}; you asked for {layer}.")


@contextmanager
def capture(layers: Sequence[nn.Module], layer: int, kind: str = "decoder") -> Iterator[Capture]:
    """Within the context, a forward pass made through `Capture.run` stops after `layers[layer]`.

    The hook comes off at the end of the context, whatever happened in it. Raises `LayerError`.
    """
    check_layer(layer, len(layers), kind)
    captured = Capture()

    def stop(_module: nn.Module, _args: object, output: Any) -> None:
        captured.hidden = output[0] if isinstance(output, tuple) else output
        raise _Reached

    hook = layers[layer].register_forward_hook(stop)
    try:
        yield captured
    finally:
        hook.remove()
