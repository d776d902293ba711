"""Published data sets as their makers lay them out: VQA v2, VQA-X, COCO captions, easy-VQA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plugins.data_json import items, members
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
    subset, place, answers = "", 0, Answers(file)
    for key, item in members(file):
        if key == "data_subtype" and isinstance(item, str):
            subset = item
        if key != "questions":
            continue
        place, subset = place + 1, subset or _subset(file.name)
        try:
            question, text = item["question_id"], item["question"]
            record = {
                "id": question,
                "image": _coco(file.parent, subset, int(item["image_id"])),
                "question": text,
            }
            answer, kind = answers.of(question, subset)
        except (KeyError, TypeError, ValueError):
            yield place, BadSampleError("it is no question of VQA: image_id, question_id, question")
            continue
        yield place, {**record, "answer": answer, "answer_type": kind}


class Answers:
    """The answer most people gave to each question, and its type, from the file of annotations beside that of
    the questions. Both are published in one order, so that answers are read as far as they are asked for;
    those that were passed by are kept."""

    def __init__(self, questions: Path) -> None:
        self._questions = questions
        self._left: Iterator[tuple[Any, str, str]] | None = None
        self._passed: dict[Any, tuple[str, str]] = {}

    def of(self, question: Any, subset: str) -> tuple[str, str]:
        """Answer and type; empty for a test split."""
        if self._left is None:
            self._left = self._read(subset)
        if question in self._passed:
            return self._passed.pop(question)
        for known, *answer in self._left:
            if known == question:
                return answer[0], answer[1]
            self._passed[known] = answer[0], answer[1]
        return "", ""

    def _read(self, subset: str) -> Iterator[tuple[Any, str, str]]:
        files = sorted(self._questions.parent.glob("*annotations*.json"))
        file = next((f for f in files if subset in f.name), files[0] if files else None)
        for key, item in members(file) if file else ():
            if key != "annotations" or not isinstance(item, dict) or "multiple_choice_answer" not in item:
                continue
            if isinstance(question := item.get("question_id"), int | str):
                yield question, str(item["multiple_choice_answer"]), str(item.get("answer_type", ""))


def _vqa_x(file: Path) -> Records:
    for place, (key, item) in enumerate(members(file), 1):
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
    """One sample a picture: its first caption; the others are kept beside it. They lie in the file in any
    order, so all of them are read before the first sample; the file itself is not held."""
    captions: dict[Any, list[str]] = {}
    pictures: list[tuple[Any, str]] = []
    for key, item in members(file):
        if key == "annotations" and isinstance(item, dict):
            captions.setdefault(item.get("image_id"), []).append(str(item.get("caption", "")))
        elif key == "images" and isinstance(item, dict):
            pictures.append((item.get("id"), str(item.get("file_name", ""))))
    for place, (number, name) in enumerate(pictures, 1):
        said = captions.get(number, [])
        image = _found(file.parent, _subset(f"{name} {file.name}"), name)
        yield place, {"id": number, "image": image, "caption": said[:1], "more_captions": said[1:]}


def _easy(file: Path) -> Records:
    for place, item in items(file):
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
