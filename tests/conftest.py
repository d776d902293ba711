"""What every test shares: an off-screen Qt, settings of its own, and a look at what it left behind."""

from __future__ import annotations

import gc
import importlib.util
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
#: Tests compute on small tensors: a second thread costs six times the work where others want the cores, too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

LANES = ("db", "compute")
#: Seconds that whatever must come is given: a machine may be many times slower than the one at hand.
PATIENCE = 60.0


class PatientBot(QtBot):
    """A qtbot that never gives up sooner than after `PATIENCE`."""

    def waitUntil(self, callback, *, timeout=0):
        super().waitUntil(callback, timeout=max(timeout, int(PATIENCE * 1000)))

    def waitSignal(self, signal, *, timeout=0, **options):
        return super().waitSignal(signal, timeout=max(timeout, int(PATIENCE * 1000)), **options)


@pytest.fixture
def qtbot(qapp, request):
    """pytest-qt's own, with more patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory, monkeypatch):
    """Settings, window state and recent files go to a folder of the test's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QSettings

        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home / "config"))
    return home


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """Lanes are closed, no compute child runs, no timer ticks on a window that is gone."""
    yield
    until = time.monotonic() + PATIENCE
    while (left := leftovers()) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.02)
    assert not left, f"left behind: {left}"


@pytest.fixture(scope="session")
def work():
    """The functions of jobs_samples.py, importable by name in the child too."""
    folder = str(Path(__file__).parent / "studio" / "services")
    sys.path.insert(0, folder)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = folder + (os.pathsep + before if before else "")
    spec = importlib.util.find_spec("jobs_samples")
    module = importlib.util.module_from_spec(spec)
    sys.modules["jobs_samples"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(folder)
    del sys.modules["jobs_samples"]
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


def leftovers() -> list[str]:
    """Names of lanes that run, compute children, and timers that tick without anybody owning them."""
    lanes = [thread.name for thread in threading.enumerate() if thread.name in LANES and thread.is_alive()]
    children = [child.name for child in multiprocessing.active_children()]
    return lanes + children + running_timers()


def running_timers() -> list[str]:
    """Active timers of windows that are still alive at the end of a test."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    found = []
    for top in [*app.topLevelWidgets(), app]:
        found += [
            f"timer of {top.objectName() or type(top).__name__}"
            for t in top.findChildren(QTimer)
            if t.isActive()
        ]
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The off-screen platform warns of every window with a smallest size, for want of a window manager."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))


SERVER = Path(__file__).parent / "loopback_hub" / "hub_server.py"


@pytest.fixture(scope="session")
def hub_module():
    """tests/loopback_hub/hub_server.py, by path: tests are no package."""
    spec = importlib.util.spec_from_file_location("hub_server", SERVER)
    module = importlib.util.module_from_spec(spec)
    sys.modules["hub_server"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["hub_server"]


@pytest.fixture(scope="session")
def chat_module():
    """tests/loopback_chat/chat_server.py, by path."""
    path = Path(__file__).parent / "loopback_chat" / "chat_server.py"
    spec = importlib.util.spec_from_file_location("chat_server", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["chat_server"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["chat_server"]


@pytest.fixture
def chat_server(chat_module):
    """An OpenAI-compatible server on loopback; `chat_server.replies(...)` says how it behaves."""
    with chat_module.ChatServer().running() as server:
        yield server


@pytest.fixture
def push_hub():
    """A running tests/loopback_hub/push_server.py, to which data sets can be pushed."""
    spec = importlib.util.spec_from_file_location("push_server", SERVER.with_name("push_server.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["push_server"] = module
    spec.loader.exec_module(module)
    with module.PushHub() as running:
        yield running
    del sys.modules["push_server"]


@pytest.fixture(scope="session")
def tiny_grounder(tmp_path_factory):
    """Folders of a Grounding DINO and a SAM with random weights: tests/models/scorers/tiny_grounder.py."""
    path = Path(__file__).parent / "models" / "scorers" / "tiny_grounder.py"
    spec = importlib.util.spec_from_file_location("tiny_grounder", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_grounder(tmp_path_factory.mktemp("grounder"))
