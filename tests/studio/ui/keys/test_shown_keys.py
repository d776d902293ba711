"""The law of keys: wherever an act can be asked for, its key of now stands beside it."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

import studio.ui
from studio.ui.bound import ACTION
from studio.ui.keys.overlay import lines_of
from studio.ui.pages import PAGES

REVIEW = Path(__file__).parents[1] / "review"
NATIVE = QKeySequence.SequenceFormat.NativeText


@pytest.fixture
def everywhere(window, qtbot, tmp_path):
    """A window with a project in which every page was made."""
    if "scenes" not in sys.modules:
        spec = importlib.util.spec_from_file_location("scenes", REVIEW / "scenes.py")
        sys.modules["scenes"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["scenes"])
    made = sys.modules["scenes"].make_project(tmp_path / "scenes.cstudio", 12, 24)
    for who, concept in (("Ada", "dog"), ("Bo", "cat")):
        say(made, who, concept)
    window.projects.open(made)
    qtbot.waitUntil(lambda: window.review is not None and window.review.controller.detail is not None)
    for page in PAGES:
        window.show_hosted(page)
        qtbot.waitUntil(window.runner.idle, timeout=20_000)
    return window


def say(path, who, concept):
    from studio.services.annotate import accept
    from studio.storage.project import Project

    with Project.open(path) as project:
        accept(project, who, 1, concept)


def controls(window) -> list[QWidget]:
    return [widget for widget in window.findChildren(QWidget) if widget.property(ACTION)]


def shown(control: QWidget) -> str:
    """What stands over a control."""
    return html.unescape(re.sub("<[^>]*>", "", control.toolTip()))


def spoken(control: QWidget) -> str:
    return f"{control.accessibleName()} {control.accessibleDescription()}"


def remap(window) -> dict[str, str]:
    """Give every act a key of its own that none had before; the keys as people read them."""
    held = ("Ctrl+Alt+Shift", "Ctrl+Alt", "Alt+Shift", "Ctrl+Shift", "Meta+Shift", "Meta+Alt")
    keys = (f"{mods}+F{number}" for mods in held for number in range(1, 36))
    given = {}
    for spec, key in zip(window.actions_registry.specs(), keys, strict=False):
        window.keys.give(spec.id, [key])
        given[spec.id] = QKeySequence(key).toString(NATIVE)
    assert len(set(given.values())) == len(window.actions_registry.specs())
    return given


def test_every_control_of_an_act_says_its_key_after_it_was_changed(everywhere):
    found = controls(everywhere)
    wanted = {"review.accept", "view.heat", "file.merge", "neurons.queue", "adjudicate.pick_1", "view.jobs",
              "edit.find", "review.note", "file.demo", "run.resume"}  # fmt: skip
    assert wanted <= {widget.property(ACTION) for widget in found}
    given = remap(everywhere)
    silent = [
        (widget.property(ACTION), shown(widget), spoken(widget))
        for widget in found
        for key in [given[widget.property(ACTION)]]
        if key not in shown(widget) or key not in spoken(widget)
    ]
    assert silent == []


def test_every_entry_of_a_menu_has_the_key_and_so_has_the_overlay(everywhere):
    given = remap(everywhere)
    entries = {
        entry.objectName(): entry
        for menu in everywhere.menuBar().findChildren(QMenu)
        for entry in menu.actions()
        if entry.objectName()
    }
    assert set(entries) == set(given)
    assert {name: entry.shortcut().toString(NATIVE) for name, entry in entries.items()} == given
    assert [name for name, entry in entries.items() if given[name] not in entry.toolTip()] == []
    for scope in ("review", "adjudication"):
        everywhere.actions_registry.show_scope(scope)
        told = {key for group in lines_of(everywhere.actions_registry) for line in group for key in line.keys}
        works = {s.id for s in everywhere.actions_registry.specs()
                 if everywhere.actions_registry.action(s.id).isEnabled()}  # fmt: skip
        assert {given[name] for name in works} <= told


def test_a_control_without_a_key_says_none(everywhere):
    for spec in everywhere.actions_registry.specs():
        everywhere.keys.give(spec.id, [])
    for widget in controls(everywhere):
        assert "()" not in shown(widget)
        assert not re.search(r"key\W*$", spoken(widget))


def test_no_control_asks_for_an_act_behind_the_back_of_the_law():
    """A button that triggers an action is bound to it: it would not say the key otherwise."""
    folder = Path(studio.ui.__file__).parent
    loose = [
        f"{path.relative_to(folder)}: {line.strip()}"
        for path in sorted(folder.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"clicked\.connect\(.*action\(", line)
    ]
    assert loose == []


def test_a_key_of_the_page_is_remapped_and_taken_only_from_that_page(everywhere, qtbot):
    everywhere.keys.add("adjudicate.own", "X")
    assert everywhere.actions_registry.keys("adjudicate.reject") == ()
    assert everywhere.actions_registry.keys("review.reject") == ("X",)
    page = everywhere.pages.currentWidget()
    everywhere.activateWindow()
    page.setFocus()
    qtbot.waitUntil(everywhere.isActiveWindow)
    qtbot.keyClick(page, "x")
    assert page.case.own.concept.hasFocus()
    assert page.case.own.concept.placeholderText() == "Another concept (E)"
