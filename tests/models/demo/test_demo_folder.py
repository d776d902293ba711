"""The data folder: deterministic, disjoint splits, and every answer follows from the truth beside it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.demo.folder import write_scenes

NUMBERS = ["zero", "one", "two", "three", "four"]
COUNT = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("scenes"), COUNT, seed=5, split="test", questions_per_scene=9)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def pixels_of(folder: Path) -> set[bytes]:
    return {np.asarray(Image.open(path)).tobytes() for path in sorted((folder / "images").iterdir())}


def commonest(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """The commonest colour of int [N, 3] and its share."""
    counts = np.bincount(pixels @ (65536, 256, 1))
    colour = int(counts.argmax())
    return np.array((*divmod(colour >> 8, 256), colour & 255)), counts[colour] / len(pixels)


def noun(text: str) -> str:
    return re.sub(r"^(a|an|any) ", "", text)


def answer(question: str, objects: list[dict]) -> set[str]:
    """All right answers to a question, read from its words alone: nothing here is shared with the
    generator."""
    if match := re.fullmatch(r"(?:is there|can you see) (.+) \?", question):
        wanted = noun(match[1])
        return {"yes" if any(wanted in (o["name"], o["category"]) for o in objects) else "no"}
    if re.fullmatch(r"how many (?:objects are there|things can you see) \?", question):
        return {NUMBERS[len(objects)]}
    if match := re.fullmatch(r"where (?:is|are) the (.+) \?", question):
        return {o["position"] for o in objects if o["name"] == match[1]}
    if match := re.fullmatch(r"what kind of thing is at the (.+) \?", question):
        return {o["category"] for o in objects if o["position"] == match[1]}
    if match := re.fullmatch(
        r"what (?:is|can you see) at the (.+) \?|what can you see at the (.+) \?", question
    ):
        return {o["name"] for o in objects if o["position"] == (match[1] or match[2])}
    if match := re.fullmatch(r"which (\w+) (?:is shown|can you see) \?", question):
        return {o["name"] for o in objects if o["category"] == match[1]}
    if match := re.fullmatch(r"what colour (?:is|are) the (?:thing at the )?(.+) \?", question):
        return {o["colour"] for o in objects if match[1] in (o["name"], o["category"], o["position"])}
    raise AssertionError(f"no rule for {question!r}")


def test_answers_follow_from_truth(folder: Path) -> None:
    truth = {line["image"]: line["objects"] for line in lines(folder / "truth.jsonl")}
    samples = lines(folder / "samples.jsonl")
    assert len(samples) == COUNT * 9
    for sample in samples:
        asked, said = sample["conversations"]
        assert asked["from"] == "human"
        assert said["from"] == "gpt"
        assert asked["value"].startswith("<image>\n")
        assert answer(asked["value"].removeprefix("<image>\n"), truth[sample["image"]]) == {said["value"]}


def test_every_kind_is_asked_and_yes_is_half(folder: Path) -> None:
    samples = lines(folder / "samples.jsonl")
    assert len({sample["kind"] for sample in samples}) >= 7
    said = [s["conversations"][1]["value"] for s in samples if s["kind"].startswith("exists")]
    assert 0.4 < said.count("yes") / len(said) < 0.6


def test_masks_match_truth_and_picture(folder: Path) -> None:
    for line in lines(folder / "truth.jsonl"):
        picture = np.asarray(Image.open(folder / line["image"]))
        mask = np.asarray(Image.open(folder / line["image"].replace("images", "masks")))
        assert mask.shape == picture.shape[:2] == (line["height"], line["width"])
        assert set(np.unique(mask)) == {0, *(o["mask_value"] for o in line["objects"])}
        for placed in line["objects"]:
            ys, xs = np.nonzero(mask == placed["mask_value"])
            assert placed["box"] == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


def test_ground_is_flat_outside_the_masks(folder: Path) -> None:
    for line in lines(folder / "truth.jsonl"):
        picture = np.asarray(Image.open(folder / line["image"])).astype(int)
        mask = np.asarray(Image.open(folder / line["image"].replace("images", "masks")))
        ground, share = commonest(picture[mask == 0])
        assert share > 0.9  # the rest is the soft edge of sprites
        assert (np.abs(picture - ground).sum(-1) > 0)[mask > 0].mean() > 0.99


def test_position_names_say_where_things_are(folder: Path) -> None:
    for line in lines(folder / "truth.jsonl"):
        for placed in line["objects"]:
            x0, y0, x1, y1 = placed["box"]
            x, y = (x0 + x1) / 2 / line["width"], (y0 + y1) / 2 / line["height"]
            for word in placed["position"].split():
                inside = {"left": x < 0.5, "right": x > 0.5, "top": y < 0.5, "bottom": y > 0.5}
                assert inside.get(word, 0.3 < x < 0.7 and 0.3 < y < 0.7)


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_scenes(tmp_path / "a", 12, seed=3, split="train")
    again = write_scenes(tmp_path / "b", 12, seed=3, split="train")
    assert digests(first) == digests(again)


def test_splits_and_seeds_share_no_scene(tmp_path: Path) -> None:
    parts = [
        pixels_of(write_scenes(tmp_path / f"{split}{seed}", 40, seed=seed, split=split))
        for split in ("train", "validation", "test")
        for seed in (0, 1)
    ]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 240


def test_split_is_written_in_the_ground(tmp_path: Path) -> None:
    """Two splits can never draw the same picture: the ground's colour tells the split, whatever the seed."""
    for code, split in enumerate(("train", "validation", "test")):
        folder = write_scenes(tmp_path / split, 25, seed=11, split=split)
        for path in sorted((folder / "images").iterdir()):
            ground, _ = commonest(np.asarray(Image.open(path)).reshape(-1, 3).astype(int))
            assert ground.sum() % 3 == code


def test_unknown_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="train, validation, test"):
        write_scenes(tmp_path, 1, seed=0, split="dev")


def test_shapes_and_counts_vary(folder: Path) -> None:
    truth = lines(folder / "truth.jsonl")
    assert {len(line["objects"]) for line in truth} == {1, 2, 3, 4}
    assert {line["width"] > line["height"] for line in truth} == {True, False}
    assert any(line["height"] > line["width"] for line in truth)
