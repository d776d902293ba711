"""The help's pictures of what is asked for by a key or a menu: overlay, panes, dialogs, blind review.

Called by pictures.py, with the settings in a folder of its own; `project` is a copy that may be written to.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from open_window import SIZE, open_window
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

import resources
from studio.domain.shared import Policy
from studio.services.annotate import annotate
from studio.services.bulk import BulkKind
from studio.services.discuss import comment
from studio.services.guidelines import set_guidelines
from studio.services.policy import set_policy
from studio.storage.project import Project

WAIT_MS = 700
THEMES = ("dark", "light")
PANES = {
    "keys": ("help.keys",),
    "discussion": ("view.discussion",),
    "history": ("view.history",),
    "guidelines": ("view.guidelines",),
}
DIALOGS = {
    "shortcuts": "edit.keys",
    "settings": "edit.settings",
    "blind-policy": "review.blind",
}
GUIDELINES = """# How we name neurons

- Name what **all** pictures or texts have in common, in one to three words.
- Skip what you are not sure of, and say why in the note.
"""


def draw_help(project: Path) -> None:
    """Write the pictures, dark and light."""
    neuron = prepare(project)
    for theme in THEMES:
        draw_panes(project, neuron, theme)
        draw_dialogs(project, theme)
    with Project.open(project) as opened:
        set_policy(opened, "Ada", Policy(blind=True, rate_before_reveal=True, lead="Ada"))
    for theme in THEMES:
        draw_page(project, place("blind", theme), theme, neuron)


def prepare(project: Path) -> int:
    """Words for the panes, on a neuron that was reviewed, and a copy that somebody else has worked on."""
    with Project.open(project) as opened:
        labels = opened.events.labels("Ada")
        neuron = labels[0].neuron
    with Project.open(Path(shutil.copy(project, project.with_name("scenes-demo-Dee.cstudio")))) as other:
        for label in labels[:20]:
            annotate(other, "Dee", label.neuron, {"rating": 4})
    with Project.open(project) as opened:
        comment(opened, "Ada", neuron, "The third picture does not fit. A second meaning?")
        comment(opened, "Bo", neuron, "I think it is the shape, not the thing.")
        set_guidelines(opened, "Ada", GUIDELINES)
    return neuron


def draw_panes(project: Path, neuron: int, theme: str) -> None:
    for name, acts in PANES.items():
        draw_page(project, place(name, theme), theme, neuron, acts)


def draw_page(project: Path, png: Path, theme: str, neuron: int, acts: tuple[str, ...] = ()) -> None:
    from studio.app import render_window

    render_window(project, png, SIZE, theme, neuron, acts)


def draw_dialogs(project: Path, theme: str) -> None:
    """One window, each dialog alone."""
    from studio.ui.picture import settle

    window = open_window(project, theme)
    actions, review = window.actions_registry, window.review
    for name, action in DIALOGS.items():
        keep(window, actions.action(action).trigger, place(name, theme), QDialog)
    QTimer.singleShot(WAIT_MS, partial(fill_export, window))
    keep(window, actions.action("file.export").trigger, place("export", theme), QDialog, 2 * WAIT_MS)
    copy = project.with_name("scenes-demo-Dee.cstudio")
    keep(window, lambda: window.acts.together.merge([copy]), place("merge", theme), QDialog, 4000)
    review.neurons.table.setFocus()
    actions.action("neurons.select_all").trigger()
    keep(window, lambda: review.list_acts._look(BulkKind.TAG, ["shape"]), place("bulk", theme), QDialog)
    keep(window, actions.action("neurons.queue").trigger, place("queue", theme), QMenu)
    settle(window)
    window.close()


def fill_export(window: QWidget) -> None:
    """The richest format, going to a folder that is the same on every machine."""
    from studio.ui.exporting.dialog import ExportDialog

    for dialog in window.findChildren(ExportDialog):
        dialog.choose("hub")
        dialog.to.line.setText("scenes-demo-hub")


def keep(
    window: QWidget, ask: Callable[[], object], png: Path, kind: type[QWidget], wait: int = WAIT_MS
) -> None:
    """Ask for a dialog or a menu, save what appears after `wait` ms, close it."""
    QTimer.singleShot(0, ask)
    loop, drawn = QEventLoop(), list[bool]()

    def save() -> None:
        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
        shown += [w for w in window.findChildren(kind) if w.isVisible() and w not in shown]
        drawn.append(bool(shown) and shown[0].grab().save(str(png), "PNG"))
        for widget in shown:
            widget.close()
        loop.quit()

    QTimer.singleShot(wait, save)
    loop.exec()
    if not all(drawn):
        raise OSError(f"{png.name} could not be drawn.")


def place(name: str, theme: str) -> Path:
    """Where a picture of the help lies."""
    return resources.folder("help", "pictures") / f"{name}-{theme}.png"
