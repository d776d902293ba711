"""Published data sets as their makers lay them out: VQA v2, VQA-X, COCO captions, easy-VQA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plugins.data_json import load_json
from plugins.data_turns import BadSampleError
from studio.api import DataError

#: How much of a JSON file shows what it is.
HEAD = 4096
COCO_NAME = "COCO_{subset}_{image:012d}.jpg"
PICTURE_FOLDERS = ("{subset}", "images/{subset}", "images", ".", "train2014", "val2014")

Records = Iterator[tuple[int, Any]]


def layout_of(file: Path) -> str:
    """ "vqa", "vqa-x", "captions", "easy-vqa", or "" for an ordinary list of samples."""
    if file.suffix.lower() != ".json":
        return ""
    with open(file, "rb") as opened:
        head = opened.read(HEAD).decode("utf-8", "replace").lstrip("\ufeff \n\r\t")
    if re.match(r'\[\s*\[\s*"', head):
        return "easy-vqa"
    if not head.startswith("{"):
        return ""
    if re.match(r'\{\s*"\d+"\s*:\s*\{', head):
        return "vqa-x"
    if '"questions"' in head:
        return "vqa"
    if '"caption"' in head or '"captions"' in file.name or "captions" in file.name:
        return "captions"
    return ""


def published(file: Path, layout: str) -> Records:
    """(place, record) of a published data set, with `image` relative to the file's folder."""
    return {"vqa": _vqa, "vqa-x": _vqa_x, "captions": _captions, "easy-vqa": _easy}[layout](file)


def _vqa(file: Path) -> Records:
    found = load_json(file)
    subset = str(found.get("data_subtype") or _subset(file.name))
    answers = _answers(file, subset)
    for place, item in enumerate(found["questions"], 1):
        try:
            answer, kind = answers.get(item["question_id"], ("", ""))
            image = _coco(file.parent, subset, int(item["image_id"]))
            record = {"id": item["question_id"], "image": image, "question": item["question"]}
        except (KeyError, TypeError, ValueError):
            yield place, BadSampleError("it is no question of VQA: image_id, question_id, question")
            continue
        yield place, {**record, "answer": answer, "answer_type": kind}


def _answers(file: Path, subset: str) -> dict[int, tuple[str, str]]:
    """question_id -> the answer most people gave, and its type; empty for a test split."""
    others = [p for p in sorted(file.parent.glob("*annotations*.json")) if subset in p.name] or sorted(
        file.parent.glob("*annotations*.json")
    )
    if not others:
        return {}
    found = load_json(others[0], _slim)
    rows = found.get("annotations", []) if isinstance(found, dict) else []
    return {row[0]: (row[1], row[2]) for row in rows if isinstance(row, tuple)}


def _slim(item: dict[str, Any]) -> Any:
    """An annotation as three values, and nothing of its ten answers: half a million take 2 GB otherwise."""
    if "multiple_choice_answer" in item:
        return item.get("question_id"), item["multiple_choice_answer"], item.get("answer_type", "")
    return None if "answer_id" in item else item


def _vqa_x(file: Path) -> Records:
    for place, (key, item) in enumerate(load_json(file).items(), 1):
        try:
            name = item.get("image_name")
            image = _coco(file.parent, _subset(name or file.name), int(item["image_id"]))
            why = item.get("explanation") or [""]
            record = {"id": key, "image": image, "question": item["question"], "answer": item["answers"]}
        except (KeyError, TypeError, ValueError, AttributeError):
            yield place, BadSampleError("it is no question of VQA-X: image_id, question, answers")
            continue
        yield place, {**record, "explanations": why}


def _captions(file: Path) -> Records:
    """One sample a picture: its first caption; the others are kept beside it."""
    found = load_json(file)
    captions: dict[Any, list[str]] = {}
    for item in found.get("annotations", []):
        captions.setdefault(item.get("image_id"), []).append(str(item.get("caption", "")))
    for place, item in enumerate(found.get("images", []), 1):
        said = captions.get(item.get("id"), [])
        name = str(item.get("file_name", ""))
        image = _found(file.parent, _subset(f"{name} {file.name}"), name)
        yield place, {"id": item.get("id"), "image": image, "caption": said[:1], "more_captions": said[1:]}


def _easy(file: Path) -> Records:
    for place, item in enumerate(load_json(file), 1):
        if not (isinstance(item, list) and len(item) == 3):
            yield place, BadSampleError("it is no question of easy-VQA: question, answer, picture")
            continue
        question, answer, image = item
        record = {"image": f"images/{image}.png", "question": question, "answer": answer}
        yield place, {"id": f"{place - 1}", **record}


def _coco(folder: Path, subset: str, image: int) -> str:
    return _found(folder, subset, COCO_NAME.format(subset=subset, image=image))


def _found(folder: Path, subset: str, name: str) -> str:
    """Where a picture lies below the data set's folder; the usual place when it is not there."""
    for place in PICTURE_FOLDERS:
        path = Path(place.format(subset=subset)) / name
        if (folder / path).is_file():
            return path.as_posix()
    return (Path(subset) / name).as_posix()


def _subset(name: str) -> str:
    match = re.search(r"(train|val|test)20\d\d", name)
    if match is None:
        raise DataError(f"“{name}” does not say which pictures of COCO it belongs to (train2014, val2014 …).")
    return match.group()
