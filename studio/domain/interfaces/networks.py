"""What reads SAEs of one layout, and what knows one family of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class SaeFormat(Protocol):
    """A layout of SAE checkpoints, such as a `models.sae.formats.format.Format`.

    Formats are told apart by what is in a file, never by its name. One that is written, too, has
    `write(sae, folder)`: its files into an empty folder, which `models.sae.save_sae` then puts in place. It
    raises `SaeFormatError` for an SAE that it cannot hold.
    """

    #: A short name, kept with every SAE that was read.
    name: str

    def recognises(
        self, shapes: Mapping[str, tuple[int, ...]], config: Mapping[str, Any], container: str
    ) -> bool:
        """Whether a file is in this format: its tensors' names and shapes, the config beside or inside it,
        and the kind of file ("safetensors", "torch", "npz" or "saev"). Quick; reads nothing, never raises."""

    def read(self, weights: Any, config: Mapping[str, Any]) -> Any:
        """The SAE (`models.sae.Sae`) of a recognised file (`models.sae.formats.weights_file.Weights`).
        Every check that needs no numbers comes before `weights.tensors(names)`. Raises `SaeFormatError`."""


@runtime_checkable
class VlmAdapter(Protocol):
    """What a family of models says about itself, as `models.vlm.adapters.Adapter`; `models.vlm.adapters.base.
    Family` has what most have in common. `python -m models.vlm.check MODEL` probes whether it is right."""

    #: For people, and the `model_type` in the config.json of the models it reads.
    name: str
    model_type: str
    #: Used when the model's own files have none.
    chat_template: str | None
    #: The processor wants one list of pictures a sample instead of all pictures of the batch in one.
    nested: bool
    #: The processor reads no text without a picture.
    needs_picture: bool
    #: False of a vision tower without a language model.
    reads_text: bool

    def layers(self, model: Any) -> Any:
        """The decoder's layers, in order (`torch.nn.ModuleList`)."""

    def image_token_id(self, model: Any) -> int:
        """The id that stands in the input for every token of a picture."""

    def inserted(self, processor: Any) -> str:
        """Characters that the processor writes after the last picture, beyond what replaces its marker."""

    def layout(self, model: Any, processor: Any, height: int, width: int) -> Any:
        """All tokens of a picture of `height` x `width` pixels (`models.vlm.tokens.ImageLayout`)."""
