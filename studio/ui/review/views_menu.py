"""Saved views: a menu of them, and dialogs to name, rename and delete one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QMenu, QVBoxLayout, QWidget

from studio.services import views
from studio.ui.job_runner import JobRunner
from studio.ui.labels import label
from studio.ui.review.neuron_panel import NeuronPanel
from studio.ui.review.query_json import query_from_json, query_to_json

Known = Mapping[str, Mapping[str, Any]]


class NameDialog(QDialog):
    """Asks for the name of a view. `chosen` carries it."""

    chosen = Signal(str)

    def __init__(self, title: str, name: str, known: Known, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setObjectName("view_name")
        self._known, self._name = known, name
        self.field = QLineEdit(name)
        self.field.setMaxLength(views.LONGEST)
        self.field.setAccessibleName("Name of the view")
        self.field.textChanged.connect(self._check)
        self._word = label("", "muted", wrap=True)
        box = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(box.Ok | box.Cancel)
        self._buttons.button(box.Ok).setProperty("role", "primary")
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        column.addWidget(self.field)
        column.addWidget(self._word)
        column.addWidget(self._buttons)
        self.setMinimumWidth(400)
        self.field.selectAll()
        self._check()

    def _check(self) -> None:
        name = " ".join(self.field.text().split())
        taken = name in self._known and name != self._name
        renames = bool(self._name)
        words = "Queue, filters, search and order are kept in the project."
        if taken:
            words = "There is a view of this name." + ("" if renames else " It will be replaced.")
        self._word.setText(words)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(
            bool(name) and not (taken and renames)
        )

    def _accept(self) -> None:
        self.chosen.emit(" ".join(self.field.text().split()))
        self.accept()


class ViewsMenu(QMenu):
    """Filled when it is opened, from what the project keeps. `told` carries a passing word."""

    told = Signal(str)

    def __init__(self, panel: NeuronPanel, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__("Saved views", parent)
        self._panel, self._runner = panel, runner
        self.known: dict[str, dict[str, Any]] = {}
        self.aboutToShow.connect(self.fill)

    def read(self) -> None:
        """Another project was opened."""
        self.known = {}
        self._runner.db("Reading the saved views", views.views, done=self._read)

    def fill(self) -> None:
        """List the views as they are now."""
        self.clear()
        for name, query in self.known.items():
            entry = self.addAction(name.replace("&", "&&"))
            entry.triggered.connect(lambda _on=False, query=query: self._panel.ask(query_from_json(query)))
        if not self.known:
            self.addAction("No saved views yet").setEnabled(False)
        self.addSeparator()
        self.addAction("Save this view…").triggered.connect(self.ask_name)
        for title, act in (("Rename", self._ask_new_name), ("Delete", self.delete)):
            menu = self.addMenu(title)
            menu.setEnabled(bool(self.known))
            for name in self.known:
                entry = menu.addAction(name.replace("&", "&&"))
                entry.triggered.connect(lambda _on=False, name=name, act=act: act(name))

    def ask_name(self) -> None:
        """Ask how the present view is to be called, and save it."""
        dialog = NameDialog("Save this view", "", self.known, self._panel.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.save)
        dialog.open()

    def save(self, name: str) -> None:
        """Keep what the list shows under a name."""
        query = query_to_json(self._panel.query)
        self._change("Saving the view", views.save_view, name, query, word=f"Saved as “{name}”")

    def rename(self, old: str, new: str) -> None:
        self._change("Renaming the view", views.rename_view, old, new, word=f"Now called “{new}”")

    def delete(self, name: str) -> None:
        self._change("Deleting the view", views.delete_view, name, word=f"View “{name}” deleted")

    def _ask_new_name(self, old: str) -> None:
        dialog = NameDialog("Rename the view", old, self.known, self._panel.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda new: self.rename(old, new))
        dialog.open()

    def _change(self, title: str, service: Any, *args: Any, word: str) -> None:
        def done(known: Any) -> None:
            self._read(known)
            self.told.emit(word)

        self._runner.db(title, service, *args, done=done)

    def _read(self, known: Any) -> None:
        self.known = dict(known)
