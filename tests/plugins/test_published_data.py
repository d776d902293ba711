"""Tables of every kind, published layouts, splits and slices, through the door every data set comes in by."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path

import easy_vqa
import pyarrow as pa
import pytest
from pyarrow import parquet

from plugins.data_records import propose_columns
from studio.domain.errors import DataError
from studio.domain.sample import Skipped, Turn
from studio.domain.specs import DataSpec
from studio.services.data import read_all, read_samples

ROWS = [
    {"image": "1.png", "question": "Is it, really, red?", "answer": "yes"},
    {"image": "2.png", "question": "「何」\nどこ", "answer": "no"},
]
ASKED = [(Turn("user", row["question"]), Turn("assistant", row["answer"])) for row in ROWS]


def dump(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_and_tsv(tmp_path: Path, delimiter: str) -> None:
    name = "rows.tsv" if delimiter == "\t" else "rows.csv"
    with open(tmp_path / name, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)
    found = list(read_samples(DataSpec(str(tmp_path))))
    assert [sample.turns for sample in found] == ASKED
    assert found[0].images[0].path == (tmp_path / "1.png").resolve()


def test_a_row_with_too_many_cells_is_left_out_and_another_encoding_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("question,answer\nWho?,Ada\nWhat?,That,There\n", "utf-8")
    good, bad = read_all(DataSpec(str(tmp_path)))
    assert good.turns[0].text == "Who?"
    assert isinstance(bad, Skipped)
    assert "more or fewer cells" in bad.reason
    (tmp_path / "a.csv").write_bytes("question\nStraße?\n".encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        list(read_samples(DataSpec(str(tmp_path))))


def test_parquet_with_pictures_inside(tmp_path: Path) -> None:
    pictures = [{"bytes": b"png 1", "path": "x.png"}, {"bytes": b"png 2", "path": None}]
    parquet.write_table(
        pa.table({"image": pictures, "query": ["a", "b"], "label": ["c", "d"]}), tmp_path / "t.parquet"
    )
    found = list(read_samples(DataSpec(str(tmp_path))))
    assert [sample.images[0].data for sample in found] == [b"png 1", b"png 2"]
    assert found[1].turns == (Turn("user", "b"), Turn("assistant", "d"))
    (tmp_path / "t.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(DataError, match="Parquet"):
        list(read_samples(DataSpec(str(tmp_path))))


def test_columns_are_proposed_and_can_be_given(tmp_path: Path) -> None:
    assert propose_columns(["Image_Path", "instruction", "multiple_choice_answer", "answers", "x"]) == {
        "Image_Path": "image",
        "instruction": "question",
        "multiple_choice_answer": "answer",
    }
    dump(tmp_path / "a.json", [{"frage": "Was?", "reply": ["yes", "no", "yes"], "question": "ignored"}])
    spec = DataSpec(str(tmp_path), columns=(("frage", "question"), ("reply", "answer")))
    (sample,) = read_samples(spec)
    assert sample.turns == (Turn("user", "Was?"), Turn("assistant", "yes"))
    assert sample.extra == {"question": "ignored"}


def test_published_files_are_read_no_further_than_asked_for(tmp_path: Path) -> None:
    """Both files of VQA v2 break off in the middle: the questions before that have their answers."""
    asked = [{"image_id": n, "question": f"What is {n}?", "question_id": n} for n in range(50_000)]
    told = [
        {"question_id": n, "multiple_choice_answer": f"{n}", "answer_type": "number"} for n in range(50_000)
    ]
    told[3], told[40] = told[40], told[3]  # not quite in one order
    for name, key, rows in (("OpenEnded_mscoco_val2014_questions", "questions", asked),
                            ("mscoco_val2014_annotations", "annotations", told)):  # fmt: skip
        text = json.dumps({"info": {}, "data_subtype": "val2014", key: rows})
        (tmp_path / f"v2_{name}.json").write_text(text[: 2 * len(text) // 3])
    found = list(islice(read_samples(DataSpec(str(tmp_path))), 100))
    assert [s.turns[1].text for s in found] == [str(n) for n in range(100)]
    with pytest.raises(DataError, match="not valid JSON"):
        list(read_samples(DataSpec(str(tmp_path))))


def test_vqa_v2(tmp_path: Path) -> None:
    questions = [
        {"image_id": 42, "question": "What is it?", "question_id": 42001},
        {"image_id": 7, "question": "How many?", "question_id": 7002},
        {"question": "no picture"},
    ]
    notes = [
        {"question_id": 42001, "multiple_choice_answer": "dog", "answer_type": "other", "image_id": 42,
         "answers": [{"answer": "dog", "answer_confidence": "yes", "answer_id": 1}]},
    ]  # fmt: skip
    dump(tmp_path / "v2_OpenEnded_mscoco_val2014_questions.json",
         {"info": {"version": "2.0"}, "data_subtype": "val2014", "questions": questions})  # fmt: skip
    dump(tmp_path / "v2_mscoco_val2014_annotations.json", {"info": {}, "annotations": notes})
    (tmp_path / "val2014").mkdir()
    (tmp_path / "val2014" / "COCO_val2014_000000000042.jpg").touch()
    first, second, bad = read_all(DataSpec(str(tmp_path / "v2_OpenEnded_mscoco_val2014_questions.json")))
    assert first.id == "42001"
    assert first.turns == (Turn("user", "What is it?"), Turn("assistant", "dog"))
    assert first.images[0].path == (tmp_path / "val2014/COCO_val2014_000000000042.jpg").resolve()
    assert first.extra == {"answer_type": "other"}
    assert second.turns == (Turn("user", "How many?"),)
    assert isinstance(bad, Skipped)
    assert "no question of VQA" in bad.reason


def test_vqa_x_and_captions(tmp_path: Path) -> None:
    answers = [{"answer": "a"}, {"answer": "b"}, {"answer": "b"}]
    said = {"question": "Why?", "answers": answers, "image_id": "9", "explanation": ["so"]}
    said["image_name"] = "COCO_train2014_000000000009.jpg"
    dump(tmp_path / "x" / "vqaX_train.json", {"9000": said})
    (sample,) = read_samples(DataSpec(str(tmp_path / "x")))
    assert (sample.id, sample.turns) == ("9000", (Turn("user", "Why?"), Turn("assistant", "b")))
    assert sample.extra == {"explanations": ["so"]}
    notes = [{"image_id": 3, "id": i, "caption": text} for i, text in enumerate(("A cat.", "It sits."))]
    dump(tmp_path / "c" / "captions_val2017.json",
         {"images": [{"id": 3, "file_name": "000000000003.jpg"}], "annotations": notes})  # fmt: skip
    (caption,) = read_samples(DataSpec(str(tmp_path / "c")))
    assert (caption.turns, caption.extra) == ((Turn("assistant", "A cat."),), {"more_captions": ["It sits."]})
    assert caption.images[0].path == (tmp_path / "c/val2017/000000000003.jpg").resolve()


def test_easy_vqa_as_it_is_published() -> None:
    folder = Path(easy_vqa.__file__).parent / "data"
    spec = DataSpec(str(folder), "test[:50]")
    found = list(read_samples(spec))
    assert len(found) == 50
    asked, answers, images = easy_vqa.get_test_questions()
    assert [s.turns for s in found] == [
        (Turn("user", q), Turn("assistant", a)) for q, a in zip(asked[:50], answers[:50], strict=True)
    ]
    paths = easy_vqa.get_test_image_paths()
    assert [s.images[0].path for s in found] == [Path(paths[i]).resolve() for i in images[:50]]


def test_slices(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text("\n".join(json.dumps({"text": str(n)}) for n in range(40)))

    def texts(split: str) -> list[int]:
        return [int(s.turns[0].text) for s in read_samples(DataSpec(str(tmp_path), split))]

    assert texts("[:15%]") == list(range(6))
    assert texts("[90%:]") == list(range(36, 40))
    assert texts("[3:5]") == [3, 4]
    for wrong in ("train[", "[:200%]", "[a:b]", f"[:{'9' * 5000}]"):
        with pytest.raises(DataError, match=r"split|100 %"):
            texts(wrong)
    with pytest.raises(DataError, match="no folder “val”"):
        texts("val")


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(DataError, match=r"\.parquet"):
        list(read_samples(DataSpec(str(tmp_path))))
    with pytest.raises(DataError, match="no table of samples"):
        list(read_samples(DataSpec(str(tmp_path / "a.xlsx"))))
    dump(tmp_path / "captions_val.json", {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []})
    with pytest.raises(DataError, match="which pictures of COCO"):
        list(read_samples(DataSpec(str(tmp_path))))
