"""Data sets by Hub id, streamed by the real libraries from a Hub on loopback, in a process of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import datasets
import pytest
from PIL import Image

READ = """
import json, sys
from studio.domain.errors import UserError
from studio.domain.specs import DataSpec
from studio.services.data import read_all
for source, split, limit in json.loads(sys.argv[1]):
    try:
        items = [
            [s.id, [len(i.data) for i in s.images], [t.text for t in s.turns]]
            for s in read_all(DataSpec(source, split, limit))
        ]
    except UserError as error:
        items = str(error)
    print("FOUND", json.dumps(items))
"""
COUNT = 20


def picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


def repo_files() -> dict[str, bytes]:
    """A data set as `push_to_hub` lays it out: Parquet, and its features and sizes in the card."""
    features = datasets.Features({
        "image": datasets.Image(),
        "question": datasets.Value("string"),
        "label": datasets.ClassLabel(names=["cat", "dog"]),
    })  # fmt: skip
    rows = {
        "image": [{"bytes": picture(n), "path": None} for n in range(COUNT)],
        "question": [f"What is {n}?" for n in range(COUNT)],
        "label": [n % 2 for n in range(COUNT)],
    }
    table = datasets.Dataset.from_dict(rows, features)
    file = io.BytesIO()
    table.to_parquet(file)
    card = f"""---
dataset_info:
  features:
  - name: image
    dtype: image
  - name: question
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': cat
          '1': dog
  splits:
  - name: train
    num_examples: {COUNT}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
---
"""
    return {"README.md": card.encode(), "data/train-00000-of-00001.parquet": file.getvalue()}


@pytest.fixture(scope="module")
def hub(hub_module):
    with hub_module.LoopbackHub() as server:
        server.repos["datasets/lab/vqa"] = hub_module.Repo(repo_files())
        server.repos["datasets/lab/shut"] = hub_module.Repo(repo_files(), private=True)
        yield server


def read(hub, tmp_path, *asked):
    home = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_TELEMETRY": "1"}
    command, env = [sys.executable, "-c", READ, json.dumps(asked)], {**os.environ, **home}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    lines = [line.removeprefix("FOUND ") for line in done.stdout.splitlines() if line.startswith("FOUND")]
    assert len(lines) == len(asked), done.stderr
    return [json.loads(line) for line in lines]


def test_rows_stream_with_pictures_classes_and_slices(hub, tmp_path):
    first, part, rows, none, shut, config = read(
        hub,
        tmp_path,
        ("lab/vqa", None, 2),
        ("lab/vqa", "train[:15%]", None),
        ("lab/vqa", "train[18:]", None),
        ("lab/vqa", "test", None),
        ("lab/shut", None, None),
        ("lab/vqa:other", None, None),
    )
    assert first == [
        ["line-1", [len(picture(0))], ["What is 0?", "cat"]],
        ["line-2", [len(picture(1))], ["What is 1?", "dog"]],
    ]
    assert [item[2][0] for item in part] == ["What is 0?", "What is 1?", "What is 2?"]
    assert [item[0] for item in rows] == ["line-19", "line-20"]
    assert none == "lab/vqa has no split test. There are: train."
    assert "no data set lab/shut" in shut
    assert "other" in config


def test_without_a_hub_it_is_a_sentence(tmp_path, hub_module):
    with hub_module.LoopbackHub() as gone:
        pass
    (found,) = read(gone, tmp_path, ("lab/vqa", None, None))
    assert "out of reach" in found
