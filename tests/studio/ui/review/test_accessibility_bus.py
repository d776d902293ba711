"""One pass through the tree that a screen reader gets, over the accessibility bus of a desktop (AT-SPI)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Tests have no packages; pytest puts a test file's folder on the path where there is none.
sys.path.insert(0, str(Path(__file__).parent))
import test_keyboard_on_x as on_x

screen = on_x.screen
LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
launcher = next((path for path in LAUNCHERS if os.path.exists(path)), "at-spi-bus-launcher")
NEEDED = (*on_x.NEEDED, "dbus-daemon", "busctl", launcher)
missing = [program for program in NEEDED if shutil.which(program) is None]
pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]
ACCESSIBLE, ROOT = "org.a11y.atspi.Accessible", "/org/a11y/atspi/accessible/root"
PRESSED = ("push button", "button", "toggle button", "check box", "combo box", "text", "entry")


@pytest.fixture
def desktop(screen: dict[str, str]) -> Iterator[dict[str, str]]:
    """The screen with a session bus and an accessibility bus of the test's own."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        env=screen, stdout=subprocess.PIPE, stderr=-3, text=True,
    )  # fmt: skip
    assert bus.stdout is not None
    more = {
        "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip(),
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "XDG_RUNTIME_DIR": screen["HOME"],
    }
    environment = {**screen, **more}
    reader = subprocess.Popen([launcher, "--launch-immediately"], env=environment, stdout=-3, stderr=-3)
    yield environment
    for process in (reader, bus):
        process.terminate()
        process.wait()
    bus.stdout.close()


#: Names of controls all over the view.
SOME = {"Accept and next, key Enter", "Rate 4, key 4", "Search neurons", "Note", "Neurons"}


def ask(environment: dict[str, str], address: str, *words: str) -> list:
    """The answer of one D-Bus call, [] where there is none."""
    command = ["busctl", "--json=short", f"--address={address}" if address else "--user", "call", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)
    return json.loads(done.stdout)["data"] if done.returncode == 0 and done.stdout.strip() else []


def walk(environment: dict[str, str], address: str, service: str, path: str) -> Iterator[tuple[str, str]]:
    """(role, name) of an accessible and all inside it; the cells of a table are left out."""
    role = ask(environment, address, service, path, ACCESSIBLE, "GetRoleName")
    get = ("org.freedesktop.DBus.Properties", "Get", "ss", ACCESSIBLE, "Name")
    name = ask(environment, address, service, path, *get)
    yield (role[0] if role else "", name[0]["data"] if name else "")
    if role and role[0] not in ("table", "tree table", "list"):
        for there, child in (ask(environment, address, service, path, ACCESSIBLE, "GetChildren") or [[]])[0]:
            yield from walk(environment, address, there, child)


def application(environment: dict[str, str], address: str) -> str:
    """The bus name of the program, once it has told the registry of itself."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        found = ask(environment, address, "org.a11y.atspi.Registry", ROOT, ACCESSIBLE, "GetChildren")
        if found and found[0]:
            return str(found[0][0][0])
        time.sleep(0.2)
    raise AssertionError("the program told nobody of itself")


def test_a_screen_reader_finds_every_control_by_name(desktop: dict[str, str], project_file: Path) -> None:
    bus = ask(desktop, "", "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")[0]
    studio = subprocess.Popen([sys.executable, "-m", "studio.cli", str(project_file)], env=desktop, stderr=-3)
    try:
        on_x.say_who(desktop, project_file)
        for _ in range(5):  # a busy machine is a while about showing the first neuron
            found = list(walk(desktop, bus, application(desktop, bus), ROOT))
            if {name for _, name in found} >= SOME:
                break
    finally:
        studio.kill()
        studio.wait()
    assert {name for _, name in found} >= SOME
    controls = [(role, name) for role, name in found if role in PRESSED]
    assert len(controls) > 20
    assert [one for one in controls if not one[1].strip()] == []
