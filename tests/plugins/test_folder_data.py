"""The folder reader through the door that every data set comes in by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.domain.errors import DataError
from studio.domain.sample import Sample, Skipped, Turn
from studio.domain.specs import DataSpec
from studio.services.data import read_all, read_samples


def write(folder: Path, *records: object, name: str = "samples.jsonl") -> DataSpec:
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    (folder / name).write_text("\n".join(lines), "utf-8")
    return DataSpec(str(folder))


def conversation(**more: object) -> dict[str, object]:
    turns = [{"from": "human", "value": "<image>\nIs it red?"}, {"from": "gpt", "value": " yes "}]
    return {"id": "a", "image": "images/1.png", "conversations": turns, **more}


def test_llava_conversations(tmp_path: Path) -> None:
    (sample,) = read_all(write(tmp_path, conversation(split="train")))
    assert isinstance(sample, Sample)
    assert sample.turns == (Turn("user", "Is it red?"), Turn("assistant", "yes"))
    assert sample.images[0].path == tmp_path.resolve() / "images" / "1.png"
    assert sample.extra == {"split": "train"}


def test_questions_captions_and_messages(tmp_path: Path) -> None:
    parts = [{"type": "image"}, {"type": "text", "text": "What is it?"}]
    spec = write(
        tmp_path,
        {"id": 1, "image": ["a.png", "b.png"], "question": "Who?", "answer": "Ada"},
        {"id": "c", "images": ["a.png"], "caption": "Straße, 猫"},
        {"id": "m", "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": parts}]},
        {"text": "only text"},
    )
    found = list(read_samples(spec))
    assert [s.id for s in found] == ["1", "c", "m", "line-4"]
    assert [len(s.images) for s in found] == [2, 1, 0, 0]
    assert found[0].turns == (Turn("user", "Who?"), Turn("assistant", "Ada"))
    assert found[1].turns == (Turn("assistant", "Straße, 猫"),)
    assert found[2].turns == (Turn("user", "What is it?"),)


PLACED = {
    "Image 1: <image>\nImage 2: <image>\nWhat differs?": ("Image 1: \nImage 2: \nWhat differs?", (9, 19)),
    "<image>\n<image>\nWhat differs?": ("What differs?", (0, 0)),
    "What differs?": ("What differs?", ()),
    " a <image><image> ": ("a", (1, 1)),
}


@pytest.mark.parametrize("value", list(PLACED))
def test_several_pictures_stand_where_they_are_marked(tmp_path: Path, value: str) -> None:
    turns = [{"from": "human", "value": value}, {"from": "gpt", "value": "All."}]
    record = {"id": "a", "image": ["a.png", "b.png"], "conversations": turns}
    (sample,) = read_samples(write(tmp_path, record))
    assert [image.path.name for image in sample.images] == ["a.png", "b.png"]
    assert sample.turns == (Turn("user", *PLACED[value]), Turn("assistant", "All."))


def test_pictures_of_several_turns_and_parts(tmp_path: Path) -> None:
    asked = [{"from": "human", "value": "Who?\n<image>"}, {"from": "gpt", "value": "Ada."}]
    asked += [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "Bo."}]
    parts = [{"type": "text", "text": "Is "}, {"type": "image"}, {"type": "text", "text": "like "}]
    parts += [{"type": "image_url", "image_url": "x"}, {"type": "text", "text": "?"}]
    spec = write(
        tmp_path,
        {"id": "a", "images": ["a.png", "b.png"], "conversations": asked},
        {"id": "b", "images": ["a.png", "b.png"], "messages": [{"role": "user", "content": parts}]},
        {"id": "c", "images": ["a.png", "b.png", "c.png"], "conversations": asked},
        {"id": "d", "image_2": "b.png", "image_10": "c.png", "image_1": "a.png", "image_3": "", "text": "x"},
    )
    first, second, skipped, numbered = read_all(spec)
    assert [(t.text, t.pictures) for t in first.turns[::2]] == [("Who?", (0,)), ("", (0,))]
    assert second.turns == (Turn("user", "Is like ?", (3, 8)),)
    assert skipped.reason == "Line 3: its text marks 2 pictures (<image>), and it has 3"
    assert [image.path.name for image in numbered.images] == ["a.png", "b.png", "c.png"]


def test_several_pictures_in_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    cell = [{"bytes": b"one", "path": None}, {"bytes": b"two", "path": "b.png"}]
    parquet.write_table(
        pa.table({"images": [cell, []], "question": ["Which?", "None?"]}), tmp_path / "a.parquet"
    )
    two, none = read_samples(DataSpec(str(tmp_path)))
    assert [image.data for image in two.images] == [b"one", b"two"]
    assert none.images == ()


def test_a_json_list_and_a_single_file_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps([conversation(), conversation(id="b")]))
    assert [s.id for s in read_samples(DataSpec(str(tmp_path)))] == ["a", "b"]
    assert [s.id for s in read_samples(DataSpec(str(tmp_path / "train.json"), limit=1))] == ["a"]


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    spec = write(
        tmp_path,
        conversation(),
        "{not json",
        "[1]",
        "",
        conversation(id="b", image=7),
        conversation(id="c", conversations=[{"from": "dog", "value": "x"}]),
        conversation(id="d", conversations="x"),
        {"id": "empty"},
        conversation(id="z"),
    )
    with open(tmp_path / "samples.jsonl", "ab") as file:
        file.write(b'\n{"id": "\xff"}')
    found = list(read_all(spec))
    assert [item.id for item in found if isinstance(item, Sample)] == ["a", "z"]
    skipped = [item for item in found if isinstance(item, Skipped)]
    assert [item.id.split(":")[1] for item in skipped] == ["2", "3", "5", "6", "7", "8", "10"]
    assert all(f"Line {item.id.split(':')[1]}:" in item.reason for item in skipped)


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/hostname", "images/../../x.png", "a\0b", "link/x.png"]
)
def test_pictures_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (found, kept) = read_all(write(folder, conversation(image=name), conversation(id="kept")))
    assert isinstance(found, Skipped)
    assert isinstance(kept, Sample)


def test_an_absolute_path_inside_is_fine(tmp_path: Path) -> None:
    (found,) = read_samples(write(tmp_path, conversation(image=str(tmp_path / "x.png"))))
    assert found.images[0].path == tmp_path.resolve() / "x.png"


def test_duplicate_ids_are_made_distinct_and_told(tmp_path: Path) -> None:
    spec = write(tmp_path, *(conversation(id=name) for name in ["a", "a", "a#2", "a", "b"]))
    found = list(read_samples(spec))
    assert [s.id for s in found] == ["a", "a#2", "a#2#2", "a#3", "b"]
    assert [s.extra.get("duplicate_of") for s in found] == [None, "a", "a#2", "a", None]


def test_a_byte_order_mark_and_lone_surrogates(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_bytes(b'\xef\xbb\xbf{"id": "\\ud800x", "caption": "\\udc00"}\n')
    (found,) = read_samples(DataSpec(str(tmp_path)))
    assert (found.id + found.turns[0].text).encode() == b"?x?"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: DataSpec(str(folder / "nowhere")), "no folder"),
        (lambda folder: DataSpec("some words"), "no data set"),
        (lambda folder: DataSpec(str(folder)), "holds no samples.jsonl"),
        (lambda folder: write(folder, ""), "No sample"),
        (lambda folder: write(folder, "{", "]"), "No sample"),
        (lambda folder: write(folder, '{"a": 1}', name="x.json"), "no list"),
        (lambda folder: write(folder, "{", name="x.json"), "not valid JSON"),
        (lambda folder: write(folder, conversation()) and DataSpec(str(folder), limit=0), "at least 1"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, make: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        list(read_all(make(tmp_path)))


def test_several_files_are_not_guessed(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        write(tmp_path, conversation(), name=name)
    with pytest.raises(DataError, match="several files"):
        list(read_all(DataSpec(str(tmp_path))))


def test_samples_stream(tmp_path: Path) -> None:
    spec = write(tmp_path, conversation(), "{")
    stream = read_all(spec)
    assert isinstance(next(stream), Sample)
