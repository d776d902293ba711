"""Every control of every view and dialog has a name that can be read out and is reached by the keyboard."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTabWidget,
    QTextEdit,
    QWidget,
)

from studio.domain.shared import Policy
from studio.ui.dialogs import AboutDialog, ReviewerDialog
from studio.ui.errors import ErrorDialog
from studio.ui.fitting import SMALLEST, beside_frame
from studio.ui.keys.editor import KeyEditor
from studio.ui.pages import PAGES
from studio.ui.review.policy_dialog import PolicyDialog
from studio.ui.settings_dialog import SettingsDialog

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTabWidget,
    QTextEdit,
)  # fmt: skip


@pytest.fixture(scope="session")
def scenes_path(tmp_path_factory) -> Path:
    place = Path(__file__).parent / "review" / "scenes.py"
    spec = importlib.util.spec_from_file_location("scenes", place)
    module = sys.modules.setdefault("scenes", importlib.util.module_from_spec(spec))
    if not hasattr(module, "make_project"):
        spec.loader.exec_module(module)
    return module.make_project(tmp_path_factory.mktemp("accessible") / "scenes.cstudio")


@pytest.fixture
def opened(window, qtbot, scenes_path, tmp_path):
    """A window with a project; the neuron in front is there."""
    window.projects.open(Path(shutil.copy(scenes_path, tmp_path / "scenes.cstudio")))
    qtbot.waitUntil(lambda: window.review is not None and window.review.controller.detail is not None)
    qtbot.waitUntil(window.runner.idle)
    return window


def own(widget: QWidget) -> bool:
    """Whether it is ours: not inside a combo box, a spin box, a list or a field."""
    if widget.objectName().startswith("qt_"):
        return False
    parent = widget.parentWidget()
    grand = parent.parentWidget() if parent is not None else None
    inside = (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit)
    return not (isinstance(parent, inside) or isinstance(grand, QComboBox))


def nameless(root: QWidget) -> list[str]:
    found = [w for kind in CONTROLS for w in root.findChildren(kind) if own(w)]
    words = [(w, w.accessibleName() or (w.text() if isinstance(w, QAbstractButton) else "")) for w in found]
    return [
        f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w, name in words if not name.strip()
    ]


def cut(page: QWidget) -> list[str]:
    """Sentences that have less room than they need."""
    words = [w for w in page.findChildren(QLabel) if w.isVisible() and w.wordWrap()]
    return [w.text() for w in words if w.height() < w.heightForWidth(w.width())]


def test_every_control_of_the_review_has_a_name(opened):
    for name in ("discussion", "history", "guidelines"):
        opened.actions_registry.action(f"view.{name}").trigger()
        assert nameless(opened) == []


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.name)
def test_every_control_of_every_page_has_a_name_and_every_sentence_its_room(opened, qtbot, spec):
    opened.show_hosted(spec)
    qtbot.waitUntil(opened.runner.idle)
    page = opened.pages.currentWidget()
    assert nameless(page) == []
    qtbot.waitUntil(lambda: cut(page) == [], timeout=10_000)


@pytest.mark.parametrize(
    "make",
    [
        lambda w: AboutDialog(w),
        lambda w: ReviewerDialog("Ada", w),
        lambda w: ErrorDialog("Title", ValueError("x"), w),
        lambda w: KeyEditor(w.keys, w),
        lambda w: SettingsDialog(w.settings, "Ada", w),
        lambda w: PolicyDialog(Policy(), "Ada", w),
    ],
    ids=["about", "reviewer", "error", "keys", "settings", "policy"],
)
def test_every_control_of_a_dialog_has_a_name_and_the_tab_key_reaches_it(window, qtbot, make):
    dialog: QDialog = make(window)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert nameless(dialog) == []
    reached, at = set(), dialog
    for _ in range(200):
        at = at.nextInFocusChain()
        reached.add(at)
        if at is dialog:
            break
    wanted = [
        w for kind in CONTROLS for w in dialog.findChildren(kind)
        if own(w) and w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]  # fmt: skip
    assert wanted
    assert set(wanted) <= reached
    dialog.close()
    dialog.deleteLater()


#: Acts whose name ends in dots and that ask with the system's own dialog, on the page or in a menu.
NO_DIALOG = ("file.open", "neurons.compare", "neurons.bulk", "neurons.queue", "neurons.views")


def asking(window) -> list[str]:
    specs = window.actions_registry.specs()
    return [spec.id for spec in specs if spec.text.endswith("…") and spec.id not in NO_DIALOG]


def unreached(dialog: QDialog) -> list[str]:
    """Controls that the Tab key does not come to."""
    chain, at = set(), dialog.nextInFocusChain()
    while at is not dialog and at not in chain:
        chain.add(at)
        at = at.nextInFocusChain()
    wanted = [
        w for kind in CONTROLS for w in dialog.findChildren(kind)
        if own(w) and w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]  # fmt: skip
    return [f"{type(w).__name__} {w.accessibleName()}" for w in wanted if w not in chain]


def test_every_act_that_asks_has_a_dialog_that_the_tab_key_goes_through_on_the_smallest_screen(
    opened, qtbot, monkeypatch
):
    """New project, export, merge, assign, hub, study, settings, keys and whatever else asks."""
    room = beside_frame(SMALLEST)
    monkeypatch.setattr("studio.ui.fitting.beside_frame", lambda _screen: room)
    found: dict[str, list[str]] = {}
    asked = asking(opened)
    assert len(asked) >= 12
    for name in asked:
        opened.actions_registry.action(name).trigger()
        qtbot.waitUntil(lambda: any(d.isVisible() for d in opened.findChildren(QDialog)), timeout=10_000)
        dialog = next(d for d in opened.findChildren(QDialog) if d.isVisible())
        assert not isinstance(dialog, ErrorDialog), name
        assert dialog.windowTitle(), name
        found[name] = nameless(dialog) + unreached(dialog)
        for size in (dialog.geometry().size(), dialog.minimumSizeHint(), dialog.minimumSize()):
            found[name] += [str(size)] if size != size.boundedTo(room) else []
        at = dialog.focusWidget()
        found[name] += ["focus"] if isinstance(at, QPushButton) and at.text() == "Cancel" else []
        dialog.reject()
        dialog.close()
        qtbot.waitUntil(lambda: not any(d.isVisible() for d in opened.findChildren(QDialog)), timeout=10_000)
        qtbot.waitUntil(opened.runner.idle, timeout=30_000)
    assert {name: what for name, what in found.items() if what} == {}


#: They act at once: there is nothing to cancel in them.
AT_ONCE = ("edit.settings", "edit.keys", "edit.plugins")


def change(dialog: QDialog) -> int:
    """Give every field of a dialog that can be changed another value; how many."""
    changed = 0
    for field in (w for kind in CONTROLS for w in dialog.findChildren(kind) if w.isEnabled() and own(w)):
        if isinstance(field, QComboBox):
            field.setCurrentIndex(field.count() - 1)
        elif isinstance(field, QSpinBox | QDoubleSpinBox):
            field.setValue(field.value() + field.singleStep())
        elif isinstance(field, QLineEdit | QPlainTextEdit) and not field.isReadOnly():
            field.setText("changed 1") if isinstance(field, QLineEdit) else field.setPlainText("changed 1")
        elif isinstance(field, QCheckBox | QRadioButton):
            field.setChecked(not field.isChecked())
        else:
            continue
        changed += 1
    return changed


def contents(window, qtbot) -> dict[str, object]:
    """Everything in the project file but its search index, which is filled while nobody works; the settings;
    the files beside the project."""

    def read(project) -> str:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_text%' ORDER BY 1"
        found = hashlib.sha256()
        for (name,) in project.database.execute(tables).fetchall():
            rows = map(tuple, project.database.execute(f"SELECT * FROM {name}").fetchall())
            found.update(repr((name, [row for row in rows if row[0] != "full_text"])).encode())
        return found.hexdigest()

    told: list[str] = []
    window.runner.db("read", read, done=told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    store, folder = window.settings._store, window.projects.session.path.parent
    kept = {key: store.value(key) for key in store.allKeys()}
    return {"project": told[0], **kept, "files": sorted(p.name for p in folder.glob("*.cstudio"))}


def test_a_dialog_that_is_cancelled_changes_nothing(opened, qtbot):
    """Whatever was entered before Escape: project, settings and files are as they were."""
    before = contents(opened, qtbot)
    changed: dict[str, int] = {}
    for name in (name for name in asking(opened) if name not in AT_ONCE):
        opened.actions_registry.action(name).trigger()
        qtbot.waitUntil(lambda: any(d.isVisible() for d in opened.findChildren(QDialog)), timeout=10_000)
        for dialog in opened.findChildren(QDialog):
            changed[name] = change(dialog)
            qtbot.waitUntil(opened.runner.idle, timeout=30_000)
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not any(d.isVisible() for d in opened.findChildren(QDialog)), timeout=10_000)
        qtbot.waitUntil(opened.runner.idle, timeout=30_000)
        assert contents(opened, qtbot) == before, name
    assert [name for name in ("file.new", "file.export", "neurons.assign", "edit.reviewer", "review.blind",
                              "neurons.gold", "file.copy") if not changed[name]] == []  # fmt: skip


def test_the_tab_key_goes_down_the_decision(opened):
    """From the concept over class and rating to the note, in the order in which they stand."""
    panel = opened.review.decision
    order = [panel.concept.accept, *panel.classes.values(), *panel.ratings.values(), panel.note]
    chain, at = [], panel.concept.accept
    while at not in chain:
        chain.append(at)
        at = at.nextInFocusChain()
    places = [chain.index(widget) for widget in order]
    assert places == sorted(places)


def test_everything_a_decision_needs_is_in_sight_on_the_smallest_screen(opened, qtbot):
    opened.resize(1024, 600)
    qtbot.waitUntil(opened.runner.idle)
    qtbot.wait(50)
    panel = opened.review.decision
    for part in (*panel.classes.values(), *panel.ratings.values(), panel.note, panel.tags.field, panel.skip,
                 panel.flag, panel.side.button):  # fmt: skip
        assert not part.visibleRegion().isEmpty(), part
        assert part.visibleRegion().boundingRect().height() >= part.height() - 2, part
    assert panel.tags.field.width() >= 96
    assert panel.tags.field.placeholderText() == "Tag (A)"
    opened.keys.give("review.tag", ["Shift+T"])
    assert panel.tags.field.placeholderText() == "Tag (Shift+T)"


def test_the_overlay_tells_undo_before_there_is_anything_to_undo(opened):
    from studio.ui.keys.overlay import lines_of

    assert not opened.actions_registry.action("edit.undo").isEnabled()
    told = {line.text: line.keys for group in lines_of(opened.actions_registry) for line in group}
    assert "Ctrl+Z" in told["Undo"]
    assert "Ctrl+Shift+Z" in told["Redo"]
