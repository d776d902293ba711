"""Controls that stand for an action: they do it, can be used when it can, and say its key."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio.ui.actions import ActionRegistry
from studio.ui.review.plain import plain_tip

#: The property of a control that has the id of its action.
ACTION = "action"


class Bound(QObject):
    """Ties a control to an action for as long as both live. `tip` are words for the tooltip where those of
    the action do not fit. The key stands behind them and in the accessible description, and follows changes.

    A button triggers the action, unless `press` is False: it has something of its own to do then.
    """

    def __init__(
        self, control: QWidget, action_id: str, actions: ActionRegistry, tip: str = "", press: bool = True
    ) -> None:
        super().__init__(control)
        self._control, self._id, self._actions, self._tip = control, action_id, actions, tip
        control.setProperty(ACTION, action_id)
        action = actions.action(action_id)
        if press and isinstance(control, QAbstractButton):
            control.clicked.connect(action.trigger)
            action.enabledChanged.connect(control.setEnabled)
            control.setEnabled(action.isEnabled())
        actions.shortcuts_changed.connect(self._key_changed)
        self._show()

    def say(self, tip: str) -> None:
        """Other words for the tooltip; the key stays behind them."""
        self._tip = tip
        self._show()

    def _key_changed(self, action_id: str) -> None:
        if action_id == self._id:
            self._show()

    def _show(self) -> None:
        spec, key = self._actions.spec(self._id), self._actions.key_label(self._id)
        words = self._tip or spec.tip or spec.words
        self._control.setToolTip(plain_tip(f"{words} ({key})" if key else words))
        self._control.setAccessibleDescription(f"{words}, key {key}" if key else words)
