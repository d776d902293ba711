"""What a joint encoder is shown of an example: firing regions of the picture, or a window of the text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.pictures import Hiding, mask_regions, region_mask
from studio.domain.evidence import ActivationMap, StoredSample

#: Tokens on each side of the strongest one (METHOD 4).
WINDOW = 5


def firing_boxes(sample: StoredSample, found: ActivationMap, size: tuple[int, int]) -> NDArray[np.float32]:
    """Boxes of the firing image tokens, float32 [n, 4], in pixels of a picture of `size` (width, height).

    Boxes are kept in pixels of the original; the stored picture may be smaller.
    """
    scale = np.array([size[0] / sample.width, size[1] / sample.height] * 2, np.float32)
    return sample.boxes[found.image_index] * scale


def visual_evidence(
    picture: Image.Image,
    sample: StoredSample,
    found: ActivationMap,
    how: Hiding,
    veil: Image.Image | None = None,
) -> tuple[Image.Image, float]:
    """The picture with the regions that do not fire hidden, and the share of it that stays, 0..1."""
    boxes = firing_boxes(sample, found, picture.size)
    share = float(region_mask(boxes, *picture.size).mean())
    return mask_regions(picture, boxes, np.arange(len(boxes)), how, veil), share


def text_window(sample: StoredSample, found: ActivationMap) -> str:
    """The text of the strongest token with `WINDOW` tokens on each side; of equals, the first.

    Pieces keep their leading spaces; a space is put where one turn ends and the next begins.
    """
    strongest = int(found.text_index[int(np.argmax(found.text_value))])
    first, end = max(0, strongest - WINDOW), strongest + WINDOW + 1
    text, role = "", None
    for piece, speaker in zip(sample.tokens[first:end], sample.roles[first:end], strict=True):
        text += piece if role in (None, speaker) else " " + piece
        role = speaker
    return " ".join(text.split())


def strongest_token(sample: StoredSample, found: ActivationMap) -> str:
    """The piece the neuron fires on most."""
    return sample.tokens[int(found.text_index[int(np.argmax(found.text_value))])].strip()
