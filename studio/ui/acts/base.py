"""What the menus do: the parts that all acts share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from studio.domain.errors import UserError
from studio.services.account import account_name
from studio.ui.errors import ErrorDialog
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


class Acts(QObject):
    """Acts of one subject, connected once the window's panels stand.

    Dialogs are imported when they are asked for, and are never modal loops: nothing waits for them.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def acts(self) -> Mapping[str, Callable[..., object]]:
        """The act of each action, by the action's id."""
        raise NotImplementedError

    def connect_all(self) -> None:
        """Give the actions their acts."""
        for action_id, act in self.acts().items():
            self._window.actions_registry.connect(action_id, act)

    def annotator(self) -> str:
        """Who reviews: the name that was given, else the name of the account."""
        return self._window.settings.reviewer or account_name()

    def show_error(self, title: str, error: BaseException) -> None:
        """A sentence, or a crash report."""
        self._window.status.tell("")
        self._show(ErrorDialog(title, error, self._window))

    def _session(self, title: str) -> Session | None:
        """What is open; without it an error of this title is shown."""
        session = self._window.projects.session
        if session is None:
            self.show_error(title, UserError("No project is open."))
        return session

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
