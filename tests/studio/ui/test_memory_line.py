"""The line of the new-project dialog that says whether the run fits into memory."""

from __future__ import annotations

import json
from pathlib import Path

import resources
from studio.ui.new_project.dialog import NewProjectDialog


def test_a_form_in_order_says_what_the_run_needs(window, qtbot, tmp_path) -> None:
    dialog = NewProjectDialog(window.runner)
    qtbot.addWidget(dialog)
    dialog.show()
    (tmp_path / "data").mkdir()
    row = {"id": "1", "question": "What?", "answer": "That."}
    (tmp_path / "data" / "samples.jsonl").write_text(json.dumps(row))
    dialog.file.set_text(str(tmp_path / "mine.cstudio"))
    dialog.data.set_text(str(tmp_path / "data"))
    dialog.sae.train.setChecked(True)
    assert not dialog.memory.isVisible()
    dialog.model.set_text(str(Path(resources.folder("demo", "llava-next-scenes"))))
    qtbot.waitUntil(lambda: bool(dialog.memory.text.text()), timeout=60_000)
    assert dialog.memory.text.text().startswith("Memory on ")
    assert "GB free" in dialog.memory.text.text()
    dialog.model.set_text(str(tmp_path))
    assert not dialog.memory.isVisible()
