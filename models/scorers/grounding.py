"""Where a concept is in a picture, by Grounding DINO and SAM (transformers' own classes)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoModelForMaskGeneration, AutoModelForZeroShotObjectDetection, AutoProcessor

from models.device import device_of
from models.quiet import quiet_libraries
from models.vlm.loading import first_line
from models.vlm.source import check_weights, locate
from studio.domain.errors import ModelError


class Grounder:
    """Finds boxes of a phrase (Liu et al. 2023), then what is in them (Kirillov et al. 2023).

    `box_threshold` and `text_threshold` are those of Grounding DINO's makers. Raises `ModelError` and
    `NetworkError`.
    """

    def __init__(
        self,
        detector: str,
        segmenter: str,
        device: str = "auto",
        box_threshold: float = 0.25,
        text_threshold: float = 0.25,
    ) -> None:
        self._device = device_of(device)
        self._thresholds = {"threshold": box_threshold, "text_threshold": text_threshold}
        self._detector, self._find = self._load(AutoModelForZeroShotObjectDetection, detector, "detector")
        self._segmenter, self._cut = self._load(AutoModelForMaskGeneration, segmenter, "segmenter")
        self.id = f"{detector} + {segmenter}"

    def mask(self, image: Image.Image, phrase: str) -> NDArray[np.bool_]:
        """The pixels of `image` (mode RGB) that show `phrase`: bool [height, width], all False where the
        detector finds nothing."""
        found = np.zeros((image.height, image.width), np.bool_)
        boxes = self._boxes(image, phrase)
        if not len(boxes):
            return found
        inputs = self._cut(images=image, input_boxes=[boxes.tolist()], return_tensors="pt").to(self._device)
        with torch.inference_mode():
            made = self._segmenter(**inputs, multimask_output=False)
        masks = self._cut.post_process_masks(
            made.pred_masks.cpu(), inputs["original_sizes"].cpu(), inputs["reshaped_input_sizes"].cpu()
        )
        return np.asarray(masks[0].reshape(-1, image.height, image.width).any(dim=0).numpy(), np.bool_)

    def _boxes(self, image: Image.Image, phrase: str) -> NDArray[np.float32]:
        """Boxes of the phrase, float32 [n, 4] in pixels. The model wants lower case and a full stop."""
        text = phrase.casefold().strip(" .") + "."
        inputs = self._find(images=image, text=text, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            made = self._detector(**inputs)
        (found,) = self._find.post_process_grounded_object_detection(
            made, inputs["input_ids"], target_sizes=[(image.height, image.width)], **self._thresholds
        )
        return np.asarray(found["boxes"].cpu().numpy(), np.float32).reshape(-1, 4)

    def _load(self, kind: Any, name: str, what: str) -> tuple[Any, Any]:
        if not name:
            raise ModelError(
                f"No {what} is set. Give a Grounding DINO as --detector and a SAM as --segmenter."
            )
        source = locate(name, None)
        check_weights(name, source)
        try:
            with quiet_libraries():
                options = {"revision": source.revision, "trust_remote_code": False}
                model = kind.from_pretrained(source.name, **options)
                processor = AutoProcessor.from_pretrained(source.name, **options)
        except Exception as error:  # transformers raises whatever it meets; all of it means: not usable
            raise ModelError(f"The {what} {name} cannot be loaded: {first_line(error)}") from error
        return model.to(self._device).eval().requires_grad_(False), processor


def overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union; 0 where one is empty. ValueError for other shapes."""
    if first.shape != second.shape:
        raise ValueError(f"the masks have the shapes {first.shape} and {second.shape}")
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else 0.0
