"""A second start hands its file over; a stale socket and other users are no obstacle."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer

from studio.ui.single import OnlyWindow, hand_over, server_name

SECOND = """
import sys
from pathlib import Path
from studio.app import make_application
from studio.ui.single import hand_over
app = make_application()
print(hand_over(Path(sys.argv[2]) if len(sys.argv) > 2 else None, sys.argv[1]))
"""


@pytest.fixture
def only(qtbot):
    made = OnlyWindow(f"studio-test-{uuid.uuid4().hex}")
    assert made.listen()
    yield made
    made.close()
    made.deleteLater()


def second(qtbot, only, *arguments: str) -> tuple[object, str]:
    command = [sys.executable, "-c", SECOND, only._name, *arguments]
    start = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with qtbot.waitSignal(only.asked, timeout=20_000) as asked:
        pass
    return asked.args[0], start.communicate(timeout=120)[0].strip()


def test_a_second_start_hands_its_file_over(qtbot, only, tmp_path):
    path = tmp_path / "Ünïcode — 名.cstudio"
    assert second(qtbot, only, str(path)) == (path, "True")
    assert second(qtbot, only) == (None, "True")


def test_without_a_window_nothing_is_handed_over(qapp):
    assert not hand_over(Path("x"), f"studio-test-{uuid.uuid4().hex}")


@pytest.mark.skipif(sys.platform == "win32", reason="sockets are no files on Windows")
def test_a_socket_that_a_crash_left_is_no_obstacle(qapp):
    name = f"studio-test-{uuid.uuid4().hex}"
    child = "import sys, os; from PySide6.QtNetwork import QLocalServer as S\n"
    child += "s = S(); s.listen(sys.argv[1]); os._exit(1)"
    subprocess.run([sys.executable, "-c", child, name], check=False)
    assert (Path(tempfile.gettempdir()) / name).exists()
    assert not QLocalServer().listen(name)
    assert not hand_over(None, name)
    made = OnlyWindow(name)
    assert made.listen()
    made.close()


def test_users_and_displays_do_not_meet(monkeypatch):
    names = set()
    for user, display in (("ada", ":0"), ("bo", ":0"), ("ada", ":1")):
        for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.setenv(variable, user)
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        names |= {server_name(), server_name()}
    assert len(names) == 3
    assert os.environ["DISPLAY"] == ":1"


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_call_brings_the_window_to_the_front_and_opens_the_file(window, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(window.projects, "open", opened.append)
    window.showMinimized()
    window.called(None)
    assert not window.isMinimized()
    window.called(tmp_path / "a.cstudio")
    assert opened == [tmp_path / "a.cstudio"]
