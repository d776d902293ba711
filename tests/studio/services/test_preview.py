"""The preview says before a run what the run then does: samples, tokens, columns, what is left out."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.domain.context import Quiet
from studio.domain.errors import DataError, ModelError
from studio.domain.preview import Preview
from studio.domain.sample import Turn
from studio.domain.specs import DataSpec, ModelSpec
from studio.services.preview import LOOKED_AT, SHOWN, preview


def write(folder: Path, *records: object) -> DataSpec:
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    (folder / "samples.jsonl").write_text("\n".join(lines))
    return DataSpec(str(folder))


def look(data: DataSpec, model: ModelSpec | None = None) -> Preview:
    return preview(data, model, Quiet())


def question(n: int, **more: object) -> dict[str, object]:
    return {"id": f"s{n}", "question": f"What is {n}?", "answer": f"It is {n}.", **more}


def test_the_first_samples_and_their_turns(tmp_path: Path) -> None:
    found = look(write(tmp_path, *(question(n) for n in range(SHOWN + 5))))
    assert [s.id for s in found.samples] == [f"s{n}" for n in range(SHOWN)]
    assert found.samples[3].turns == (Turn("user", "What is 3?"), Turn("assistant", "It is 3."))
    assert (found.looked, found.whole, found.skipped, found.warnings) == (SHOWN + 5, True, (), ())
    assert found.samples[0].image_tokens is None


def test_pictures_are_upright_small_and_say_their_whole_size(tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 400), "blue")
    image.paste("red", (0, 0, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    found = look(write(tmp_path, question(0, image="a.jpg")))
    (picture,) = found.samples[0].pictures
    assert (picture.width, picture.height) == (400, 800)
    with Image.open(io.BytesIO(picture.jpeg)) as small:
        assert small.size == (96, 192)
        assert small.getpixel((48, 20))[0] > 200
        assert small.getpixel((48, 170))[2] > 200


def test_what_is_left_out_is_listed_with_the_reason(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_text("I am text")
    (tmp_path / "zero.png").touch()
    found = look(
        write(
            tmp_path,
            question(0, image="a.png"),
            question(1, image="none.png"),
            question(2, image=["a.png", "a.png"]),
            question(3, image="bad.png"),
            question(4, image="zero.png"),
            "{oops",
            question(0),
        )
    )
    assert [(s.id, len(s.pictures)) for s in found.samples] == [("s0", 1), ("s2", 2), ("s0#2", 0)]
    reasons = {item.id: item.reason for item in found.skipped}
    assert reasons["s1"] == "The picture none.png is missing."
    assert "bad.png cannot be read: it is no picture" in reasons["s3"]
    assert "zero.png" in reasons["s4"]
    assert reasons["samples.jsonl:6"] == "Line 6: it is not valid JSON"
    assert "Ids that were there before: 1." in found.warnings[0]
    assert "picture is missing: 1." in found.warnings[1]


def test_columns_are_proposed_chosen_and_left_out(tmp_path: Path) -> None:
    data = write(tmp_path, {"uid": "a", "q": "Who?", "caption": "a cat", "n": 1})
    assert look(data).columns == {"uid": "id", "q": "", "caption": "caption", "n": ""}
    chosen = DataSpec(data.source, columns=(("q", "question"), ("caption", "answer")))
    found = look(chosen)
    assert found.columns == {"uid": "id", "q": "question", "caption": "answer", "n": ""}
    assert found.samples[0].turns == (Turn("user", "Who?"), Turn("assistant", "a cat"))
    without = look(DataSpec(data.source, columns=(("q", "question"), ("caption", ""), ("uid", ""))))
    assert without.columns == {"uid": "", "q": "question", "caption": "", "n": ""}
    assert (without.samples[0].id, without.samples[0].turns) == ("line-1", (Turn("user", "Who?"),))


def test_a_table_of_which_nothing_is_understood_shows_its_columns(tmp_path: Path) -> None:
    found = look(write(tmp_path, {"frage": "Wer?"}, {"frage": "Was?"}))
    assert (found.samples, found.columns, len(found.skipped)) == ((), {"frage": ""}, 2)
    assert "No sample" in found.warnings[0]


def test_a_large_table_is_not_read_to_its_end(tmp_path: Path) -> None:
    with open(tmp_path / "t.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "question"])
        writer.writerows([n, "What?"] for n in range(LOOKED_AT * 3))
        file.write('"a quote that never ends')
    found = look(DataSpec(str(tmp_path / "t.csv")))
    assert (len(found.samples), found.whole) == (SHOWN, False)
    assert SHOWN <= found.looked <= LOOKED_AT


@pytest.mark.parametrize("bad", ["nowhere", "split"])
def test_what_cannot_be_read_at_all_is_a_sentence(tmp_path: Path, bad: str) -> None:
    data = write(tmp_path, question(0))
    spec = DataSpec(data.source + "/x") if bad == "nowhere" else DataSpec(data.source, "[9")
    with pytest.raises(DataError):
        look(spec)
    with pytest.raises(ModelError, match="no model"):
        look(data, ModelSpec(str(tmp_path)))


def test_with_a_model_the_words_and_tokens_are_those_of_a_run(world: Any, tmp_path: Path) -> None:
    """Compared with the inputs that the loaded network gets. The folder of the preview has no weights."""
    from models.vlm import load_vlm
    from studio.services.data import read_samples
    from studio.services.pictures import load_picture

    for file in Path(world.model.model).iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    found = look(world.data, ModelSpec(str(tmp_path)))
    vlm = load_vlm(world.model)
    samples = {sample.id: sample for sample in read_samples(world.data)}
    for shown in found.samples:
        sample = samples[shown.id]
        batch = vlm.prepare([(sample, [load_picture(image) for image in sample.images])])
        ids = batch.inputs["input_ids"][0]
        assert shown.image_tokens == int((ids == vlm.model.config.image_token_id).sum())
        assert shown.written.startswith("<|user|>")
        assert all(turn.text in shown.written for turn in sample.turns)
    assert len({shown.image_tokens for shown in found.samples}) > 1
