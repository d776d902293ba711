"""The list of plug-ins in the window: what is found, switched on and off, and why one was left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from studio.services.export import formats
from studio.services.plugin_store import switched_off
from studio.ui.help_viewer import HelpViewer
from studio.ui.plugins.dialog import PluginDialog

ENV = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
TEMPLATE = Path(__file__).resolve().parents[3] / "plugins" / "template"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, installed by pip from a copy of its folder into a folder of its own."""
    root = tmp_path_factory.mktemp("template")
    source = shutil.copytree(TEMPLATE, root / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--target", str(root / "site"), str(source)], check=True)
    return root / "site"


@pytest.fixture
def packages(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The template is installed, and a package whose plug-in cannot be imported."""
    broken = tmp_path / "packages"
    info = broken / "broken_saes-2.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-saes\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text("[concept_studio.plugins]\nbroken = broken_saes\n")
    (broken / "broken_saes.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(installed)
    monkeypatch.syspath_prepend(broken)
    yield
    sys.modules.pop("concept_studio_template", None)


def opened(window, qtbot) -> PluginDialog:
    window.actions_registry.action("edit.plugins").trigger()
    dialog = window.findChild(PluginDialog)
    qtbot.waitUntil(dialog.again.isEnabled, timeout=60_000)
    return dialog


def rows(dialog: PluginDialog, group: int) -> dict[str, list[str]]:
    item = dialog.tree.topLevelItem(group)
    found = [item.child(at) for at in range(item.childCount())]
    return {row.text(0): [row.text(1), row.text(2), row.text(3)] for row in found}


def test_the_installed_template_is_listed_with_what_it_brings(packages, window, qtbot):
    dialog = opened(window, qtbot)
    assert rows(dialog, 0) == {
        "broken": ["2.5", "broken-saes", "left out"],
        "template": ["0.1.0", "concept-studio-template", "exports: markdown; data sets"],
    }
    own = rows(dialog, 1)
    assert own["export_csv"] == ["", "", "exports: csv"]
    assert own["sae_formats"] == ["", "", "SAE formats"]
    first = dialog.tree.topLevelItem(1).child(0)
    assert not first.flags() & Qt.ItemFlag.ItemIsUserCheckable
    assert "markdown" in {form.name for form in formats()}


def test_the_error_can_be_copied(packages, window, qtbot):
    dialog = opened(window, qtbot)
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(0).child(0))
    assert "No module named 'no_such_library'" in dialog.says.text()
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("broken 2.5 broken-saes")
    assert "import no_such_library" in copied, "the traceback"
    assert "PySide6" in copied, "the versions"
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(0).child(1))
    assert dialog.copy.isHidden()


def test_the_switch_acts_on_the_next_thing_and_is_kept(packages, window, qtbot):
    dialog = opened(window, qtbot)
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(0).child(1))
    dialog.tree.setFocus()
    qtbot.keyClick(dialog.tree, Qt.Key.Key_Space)
    assert switched_off() == {"template"}
    assert "markdown" not in {form.name for form in formats()}
    qtbot.waitUntil(dialog.again.isEnabled, timeout=60_000)
    assert rows(dialog, 0)["template"][2] == "off"
    assert dialog.says.text() == "“template” is switched off."
    qtbot.keyClick(dialog.tree, Qt.Key.Key_Space)
    assert switched_off() == set()
    assert "markdown" in {form.name for form in formats()}


def test_without_any_it_says_how_to_write_one(window, qtbot, monkeypatch):
    monkeypatch.setattr(HelpViewer, "raise_", lambda viewer: None)  # the off-screen platform cannot
    dialog = opened(window, qtbot)
    assert dialog.tree.topLevelItem(0).isHidden()
    assert dialog.says.text().startswith("No plug-in of others is installed.")
    dialog.guide.click()
    assert not dialog.isVisible(), "the guide could not be used behind it"
    assert window.acts._guide.isVisible()
    assert "Plug-ins" in window.acts._guide._browser.toPlainText()


def test_closing_while_it_looks_ends_the_process(window, qtbot):
    window.actions_registry.action("edit.plugins").trigger()
    dialog = window.findChild(PluginDialog)
    dialog.close()
    assert dialog._reader._process is None


def test_the_command_lists_the_same(packages, capsys):
    from studio.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main(["plugins"])
    assert not ended.value.code
    out = capsys.readouterr().out
    assert "on        template  0.1.0 (concept-studio-template)  exports: markdown; data sets" in out
    assert "The plug-in “broken” was left out: ModuleNotFoundError: No module named 'no_such_library'." in out
    with pytest.raises(SystemExit) as ended:
        main(["plugins", "--off", "plugins.export_csv"])
    assert ended.value.code == 2
    assert "is part of Concept Studio and stays on" in capsys.readouterr().err


def test_the_template_s_own_tests_pass(installed, tmp_path):
    tests = shutil.copytree(TEMPLATE / "tests", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    root = str(TEMPLATE.parents[1])
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**ENV, "PYTHONPATH": f"{installed}:{root}"},
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
