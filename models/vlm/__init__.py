"""Vision-language models: loading, hidden states after a decoder layer, and which token stands for what.

`load_vlm(spec)` gives a `Vlm`; `Vlm.prepare` turns samples into a `Batch`; `Vlm.hidden` runs up to a layer.
"""

from __future__ import annotations

from models.vlm.capture import capture
from models.vlm.loading import load_vlm
from models.vlm.model import Vlm
from models.vlm.tokens import Batch, TokenMap

__all__ = ["Batch", "TokenMap", "Vlm", "capture", "load_vlm"]
