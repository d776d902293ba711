"""What the encoder is shown of an example."""

from __future__ import annotations

import numpy as np
from PIL import Image

from models.explainers.evidence import strongest_token, text_window, visual_evidence
from studio.domain.evidence import ActivationMap, StoredSample


def sample(
    tokens: tuple[str, ...], roles: tuple[str, ...], width: int = 40, height: int = 20
) -> StoredSample:
    boxes = np.array([[0, 0, 20, 20], [20, 0, 40, 20], [10.5, 0, 14.2, 20]], np.float32)
    return StoredSample("s", (), tokens, roles, 1, width, height, boxes, np.zeros(3, np.uint8))


def fires(image: list[int], text: dict[int, float]) -> ActivationMap:
    index = np.array(sorted(text), np.uint32)
    values = np.array([text[i] for i in sorted(text)], np.float32)
    return ActivationMap(np.array(image, np.uint32), np.ones(len(image), np.float32), index, values)


WORDS = tuple(" w" + str(i) for i in range(20))


def test_the_window_is_five_tokens_on_each_side_of_the_strongest() -> None:
    one = sample(WORDS, ("user",) * 20)
    assert text_window(one, fires([], {3: 0.5, 9: 0.9})) == " ".join(f"w{i}" for i in range(4, 15))
    assert text_window(one, fires([], {1: 0.5})) == " ".join(f"w{i}" for i in range(7))
    assert text_window(one, fires([], {19: 0.5})) == " ".join(f"w{i}" for i in range(14, 20))
    assert strongest_token(one, fires([], {3: 0.5, 9: 0.9})) == "w9"


def test_of_equals_the_first_is_the_strongest() -> None:
    assert strongest_token(sample(WORDS, ("user",) * 20), fires([], {4: 1.0, 9: 1.0})) == "w4"


def test_pieces_of_a_word_stay_together_and_turns_apart() -> None:
    one = sample(("Is", " it", " a", " ze", "bra", "?", "Yes"), ("user",) * 6 + ("assistant",))
    assert text_window(one, fires([], {3: 1.0})) == "Is it a zebra? Yes"


def test_boxes_follow_the_stored_pictures_size() -> None:
    picture = Image.new("RGB", (20, 10), (9, 9, 9))  # half the size of the original
    masked, share = visual_evidence(picture, sample((), ()), fires([1], {}), "black")
    out = np.asarray(masked)
    assert (out[:, 10:] == 9).all()
    assert not out[:, :10].any()
    assert share == 0.5


def test_overlapping_boxes_count_once() -> None:
    picture = Image.new("RGB", (40, 20), (9, 9, 9))
    _, share = visual_evidence(picture, sample((), ()), fires([0, 2], {}), "black")
    assert share == 0.5
