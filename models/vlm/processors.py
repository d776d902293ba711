"""A model's processor. Pictures need Pillow alone; only videos need torchvision, and none are read."""

from __future__ import annotations

from typing import Any, ClassVar

import transformers
from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES
from transformers.utils import is_num2words_available, is_torchvision_available
from transformers.video_processing_utils import VideoProcessorMixin

VIDEO = "video_processor"


class PicturesOnly:
    """Mixed into a processor's class: it takes `NoVideo` for its reader of videos."""

    def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
        if name == VIDEO:
            return NoVideo
        return super().check_argument_for_proper_class(name, argument)  # type: ignore[misc]


class NoVideo(VideoProcessorMixin):
    """Stands where a processor keeps its reader of videos, which cannot be made without torchvision."""

    model_input_names: ClassVar[list[str]] = []
    num_frames, fps = 0, 0

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise ImportError("Videos cannot be read: torchvision is not installed.")


def load_processor(name: str, revision: str | None, model_type: str) -> Any:
    """The processor of the model in the folder or repository `name`. Raises what transformers raises."""
    options = {"revision": revision, "trust_remote_code": False}
    kind = processor_class(model_type)
    if kind is None or VIDEO not in kind.get_attributes() + _also_video(model_type):
        return AutoProcessor.from_pretrained(name, **options)
    if is_torchvision_available() and kind.__name__ == PROCESSOR_MAPPING_NAMES[model_type]:
        return AutoProcessor.from_pretrained(name, **options)
    config, _ = kind.get_processor_dict(name, **options)
    parts = [_part(attribute, name, options) for attribute in kind.get_attributes()]
    return pictures_only(kind).from_args_and_dict(parts, config)


def pictures_only(kind: type) -> Any:
    """A processor's class that takes `NoVideo()` as `video_processor`."""
    return type(kind.__name__, (PicturesOnly, kind), {})


def processor_class(model_type: str) -> Any:
    """The processor's class. SmolVLM's own asks for num2words, which it needs for videos alone; Idefics3's
    writes the same for pictures."""
    if model_type == "smolvlm" and not is_num2words_available():
        return transformers.Idefics3Processor
    name = PROCESSOR_MAPPING_NAMES.get(model_type)
    return getattr(transformers, name) if name else None


def _also_video(model_type: str) -> list[str]:
    return [VIDEO] if model_type == "smolvlm" else []


def _part(attribute: str, name: str, options: dict[str, Any]) -> Any:
    if attribute == VIDEO:
        return NoVideo()
    auto = {"image_processor": AutoImageProcessor, "tokenizer": AutoTokenizer}[attribute]
    return auto.from_pretrained(name, **options)
