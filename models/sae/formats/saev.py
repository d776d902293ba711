"""saev: a first line of JSON, then a torch file."""

from __future__ import annotations

from typing import Any

from models.sae.choices import Choice, Threshold, TopK
from models.sae.formats.assemble import COMMON, Tensors, assemble
from models.sae.formats.fields import whole
from models.sae.formats.format import Format, Json
from models.sae.formats.weights_file import Shapes, Weights
from models.sae.inputs import Inputs
from models.sae.sae import Sae
from studio.domain.errors import SaeFormatError


def recognises(shapes: Shapes, config: Json, container: str) -> bool:
    """Whether a torch file behind a line of JSON has W_enc (d, n), W_dec (n, d) and biases."""
    return container == "saev" and set(shapes) >= set(COMMON)


def read(file: Weights, config: Json) -> Sae:
    """b_dec is not subtracted; ReLU, or top-k without it. Raises `SaeFormatError`."""
    t = Tensors(file, COMMON, "b_dec", "b_enc")
    weights = t.rows("W_enc", "dn"), t.vector("b_enc", t.n), t.rows("W_dec", "nd"), t.vector("b_dec", t.d)
    choice = _choice(config)
    return assemble(weights, choice, Inputs(False), "topk" if isinstance(choice, TopK) else "relu")


def _choice(config: Json) -> Choice:
    """The activation of the header: {"cls" or "key": ..., "params" or beside it: {"top_k": k}}, or none
    (old files: ReLU)."""
    inner: Any = config.get("cfg") if isinstance(config.get("cfg"), dict) else config
    said: Any = inner.get("activation", "relu")
    if not isinstance(said, dict):
        said = {"key": said}
    kind = str(said.get("cls") or said.get("key") or said.get("kind") or "relu")
    plain = kind.lower().replace("-", "").replace("_", "")
    settings = said["params"] if isinstance(said.get("params"), dict) else said
    if plain == "relu":
        return Threshold()
    if plain == "topk":
        return TopK(whole(settings, "top_k" if "top_k" in settings else "k"), relu=False)
    raise SaeFormatError(f"The SAE's header names the activation {kind!r}; Relu and TopK are known.")


FORMAT = Format("saev", recognises, read)
