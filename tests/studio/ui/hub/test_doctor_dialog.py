"""The doctor in the window, on the demo's network and an SAE of its width, through the real compute child."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

import resources
from studio.ui.hub.doctor_dialog import DoctorDialog


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    lines = []
    for n in range(3):
        Image.fromarray(draw.integers(0, 255, (64, 64, 3), np.uint8)).save(folder / f"images/{n}.png")
        lines.append(json.dumps({"id": str(n), "image": f"images/{n}.png", "question": "What is it?"}))
    (folder / "samples.jsonl").write_text("\n".join(lines))
    return str(folder)


@pytest.fixture
def sae(tmp_path):
    """Random directions: an SAE that was trained on nothing."""
    folder = tmp_path / "sae"
    folder.mkdir()
    draw, n, d = np.random.default_rng(1), 320, 160
    shapes = {"encoder.weight": (n, d), "encoder.bias": (n,), "W_dec": (n, d), "b_dec": (d,)}
    tensors = {name: draw.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(tensors, folder / "sae.safetensors")
    (folder / "cfg.json").write_text(json.dumps({"d_in": d, "num_latents": n, "k": 8}))
    return str(folder)


def test_an_sae_of_something_else_is_told(window, data, sae, qtbot):
    dialog = DoctorDialog(window.runner, window)
    dialog.open()
    dialog.check.click()
    assert "Choose an SAE" in dialog.answer.text()
    dialog.sae.set_text(sae)
    dialog.model.set_text(str(resources.folder("demo", "llava-next-scenes")))
    dialog.data.set_text(data)
    dialog.layer.setValue(1)
    dialog.check.click()
    assert dialog.check.text() == "Stop"
    qtbot.waitUntil(lambda: dialog._job is None, timeout=120_000)
    assert dialog.table.rowCount() == 16
    own = [row for row in range(16) if "the file's own" in dialog.table.item(row, 0).text()]
    assert len(own) == 1
    assert dialog.table.item(own[0], 2).text() == "8.0"
    assert "No rule explains these activations" in dialog.answer.text()
    dialog.layer.setValue(99)
    dialog.check.click()
    qtbot.waitUntil(lambda: dialog._job is None, timeout=120_000)
    assert "layer" in dialog.answer.text()
    dialog.reject()
