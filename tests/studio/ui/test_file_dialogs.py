"""Asking for files: what is chosen arrives, what is cancelled does not; an open project keeps its lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QFileSystemModel, QWidget

import studio.ui
from studio.storage.project import Project
from studio.ui.file_dialogs import ask_folder, ask_open, ask_save, ask_several

LOOK = """
import sqlite3, sys
file = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=0.1)
try:
    print(file.execute("select count(*) from event").fetchone()[0])
except sqlite3.OperationalError as error:
    print(error)
"""


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def shown(parent) -> QFileDialog:
    return parent.findChild(QFileDialog)


def from_outside(path: Path) -> str:
    """What another process reads from a project."""
    return subprocess.run(
        [sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True
    ).stdout.strip()


def test_listing_the_folder_of_an_open_project_leaves_its_lock(parent, qtbot, tmp_path):
    with Project.create(tmp_path / "mine.cstudio", "Mine") as project:
        assert from_outside(project.path) == "database is locked"
        ask_open(parent, "Open", str(tmp_path), print, "All (*)")
        model = shown(parent).findChild(QFileSystemModel)
        qtbot.waitUntil(lambda: model.rowCount(model.index(str(tmp_path))) > 0)
        index = model.index(str(project.path))
        assert model.data(index.siblingAtColumn(2)) == "cstudio file"
        assert not model.fileIcon(index).isNull()
        qtbot.wait(100)  # the model's thread looks at what is listed a moment later
        assert from_outside(project.path) == "database is locked"
        shown(parent).reject()
    assert from_outside(tmp_path / "mine.cstudio") == "0"


def test_what_is_chosen_arrives_and_what_is_cancelled_does_not(parent, qtbot, tmp_path):
    told = []
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    asks = (
        lambda: ask_open(parent, "Open", str(tmp_path), told.append),
        lambda: ask_several(parent, "Open", str(tmp_path), told.append, "CSV (*.csv)"),
        lambda: ask_save(parent, "Save", str(tmp_path / "new.csv"), told.append),
        lambda: ask_folder(parent, "Folder", str(tmp_path), told.append),
    )
    for ask in asks:
        for answer in ("reject", "accept"):
            ask()
            dialog = shown(parent)
            if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptOpen:
                several = dialog.fileMode() == QFileDialog.FileMode.Directory
                dialog.selectFile(str(tmp_path) if several else str(tmp_path / "a.csv"))
            getattr(dialog, answer)()
            qtbot.waitUntil(lambda: shown(parent) is None)
    a, new = str(tmp_path / "a.csv"), str(tmp_path / "new.csv")
    assert told == [a, [a], new, str(tmp_path)]
    assert not Path(new).exists()


def test_no_other_way_asks_for_files():
    folder = Path(studio.ui.__file__).parent
    loose = [
        path.name
        for path in folder.rglob("*.py")
        if "QFileDialog" in path.read_text(encoding="utf-8") and path.name != "file_dialogs.py"
    ]
    assert loose == []
