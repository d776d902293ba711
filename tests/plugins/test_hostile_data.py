"""Data files that are wrong on purpose: each bad record or file is a sentence."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins import data_json
from plugins.data_json import items, members
from plugins.data_split import parse_split, up_to
from plugins.data_tables import MAX_LINE, count_records, records
from studio.domain.errors import DataError
from studio.domain.sample import Sample, Skipped
from studio.domain.specs import DataSpec
from studio.services.data import read_all

GOOD = '{"id": "good", "question": "What?"}'
DEEP = "[" * 100_000 + "]" * 100_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def read(file: Path) -> list[Sample | Skipped]:
    return list(read_all(DataSpec(str(file))))


@pytest.mark.parametrize(
    "line",
    [
        DEEP,
        '{"id": "x", "question": ' + DEEP + "}",
        '{"id": ' + "9" * 5000 + "}",
        '{"id": "x", "question": "What?"',
        '{"id": "x", "question": {"a": 1}}',
        '{"id": "x", "messages": [[]]}',
        "NaN",
        "x" * (MAX_LINE + 5),
    ],
    ids=["deep", "deep value", "huge number", "cut off", "no text", "no turn", "no object", "too long"],
)
def test_a_bad_line_is_left_out_and_the_next_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(f"{line}\n{GOOD}\n")
    bad, good = read(tmp_path / "a.jsonl")
    assert isinstance(bad, Skipped)
    assert bad.reason.startswith("Line 1: it is ") or bad.reason.startswith("Line 1: the text in ") or (
        bad.reason.startswith("Line 1: a turn in ")
    )  # fmt: skip
    assert isinstance(good, Sample)
    assert good.id == "good"


@pytest.mark.parametrize("body", [f"[{DEEP}]", f"[{GOOD}", f"[{GOOD}, {{]", "[" + "9" * 5000 + "]", "["])
def test_a_broken_list_is_a_sentence(tmp_path: Path, body: str) -> None:
    (tmp_path / "a.json").write_text(body)
    with pytest.raises(DataError, match="not valid JSON"):
        read(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_another_encoding_is_a_sentence(tmp_path: Path, name: str, encoding: str) -> None:
    body = "id,question\n1,Où est-ce é?\n" if name.endswith("csv") else '[{"id": 1, "question": "Où é?"}]'
    (tmp_path / name).write_bytes(body.encode(encoding))
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path / name)


def test_lines_of_another_encoding_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(GOOD.encode() + b"\n" + '{"question": "où"}'.encode("latin-1"))
    good, bad = read(tmp_path / "a.jsonl")
    assert isinstance(good, Sample)
    assert bad == Skipped("a.jsonl:2", "Line 2: it is not UTF-8 text")


@settings(max_examples=60, deadline=None)
@given(st.lists(JSON, max_size=8), st.integers(1, 40), st.sampled_from([None, 1]))
def test_a_list_read_in_pieces_is_the_list(
    tmp_path_factory: pytest.TempPathFactory, values: list[object], chunk: int, indent: int | None
) -> None:
    file = tmp_path_factory.mktemp("list") / "a.json"
    file.write_text(json.dumps(values, indent=indent, ensure_ascii=False), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_json, "CHUNK", chunk)
        assert list(items(file)) == list(enumerate(values, 1))


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=6), st.integers(1, 40))
def test_an_object_read_in_pieces_is_the_object(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, object], chunk: int
) -> None:
    file = tmp_path_factory.mktemp("object") / "a.json"
    file.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    told = [(k, i) for k, v in value.items() for i in (v if isinstance(v, list) else [v])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_json, "CHUNK", chunk)
        assert list(members(file)) == told


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 300), st.integers(0, 100), st.integers(0, 40))
def test_a_share_counts_no_more_than_it_must(total: int, share: int, wanted: int) -> None:
    counted: list[int] = []
    rows = up_to(iter(range(total)), share, (counted.append(n) or n for n in range(1, total + 1)))
    first = list(islice(rows, wanted))
    expected = range(*parse_split(f"[:{share}%]").bounds(total))
    assert first == list(expected)[:wanted]
    assert list(rows) == list(expected)[wanted:]
    if wanted < len(expected):
        again: list[int] = []
        short = up_to(iter(range(total)), share, (again.append(n) or n for n in range(1, total + 1)))
        for _ in range(wanted):
            next(short)
        assert len(again) <= (wanted + 1) * 100 / share


@pytest.mark.parametrize("body", ["[1]", "7", '{"questions": [{', '{"a" 1}', "{3: 4}"])
def test_an_object_that_is_none_is_a_sentence(tmp_path: Path, body: str) -> None:
    (tmp_path / "a.json").write_text(body)
    with pytest.raises(DataError, match=r"not valid JSON|is no data set"):
        list(members(tmp_path / "a.json"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet"])
def test_records_are_counted_as_they_are_read(tmp_path: Path, name: str) -> None:
    import pyarrow
    from pyarrow import parquet

    file = tmp_path / name
    rows = [{"id": str(n), "question": "a\nb" if n % 3 else "c"} for n in range(20)]
    if name == "a.parquet":
        parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    elif name == "a.json":
        file.write_text(json.dumps(rows))
    elif name == "a.jsonl":
        file.write_text(
            "\n\n".join([*map(json.dumps, rows), "{bad", "x" * (MAX_LINE * 2 + 9), GOOD]) + "\n \n"
        )
    else:
        cell = "\t" if name == "a.tsv" else ","
        lines = [f'{r["id"]}{cell}"{r["question"]}"' for r in rows]
        file.write_text("\n".join([f"id{cell}question", *lines, "", f"one{cell}too{cell}many"]) + "\n")
    assert count_records(file) == sum(1 for _ in records(file)) >= 20
    half = list(read_all(DataSpec(str(file), "[:50%]")))
    assert len(half) == round(count_records(file) / 2)
