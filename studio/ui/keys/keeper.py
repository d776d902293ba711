"""The user's own keys: put on the actions at the start, kept as soon as they change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from studio.ui.actions import ActionRegistry
from studio.ui.settings import Settings


class KeyKeeper(QObject):
    """Every change acts at once and is written at once. Only what differs from the defaults is kept."""

    def __init__(self, actions: ActionRegistry, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.actions, self._settings = actions, settings
        known = {spec.id for spec in actions.specs()}
        for action_id, keys in settings.keys.items():
            if action_id in known:  # an act of another version is left alone, and kept
                actions.set_keys(action_id, keys)

    def own(self, action_id: str) -> bool:
        """Whether the act has other keys than it starts with."""
        return self.actions.keys(action_id) != self.actions.defaults(action_id)

    def give(self, action_id: str, keys: Sequence[str]) -> None:
        """Give an act these keys."""
        self.actions.set_keys(action_id, keys)
        kept = self._settings.keys
        if self.own(action_id):
            kept[action_id] = list(self.actions.keys(action_id))
        else:
            kept.pop(action_id, None)
        self._settings.keys = kept

    def add(self, action_id: str, key: str) -> None:
        """Give an act one key more, and take it from acts that can be in front together with it."""
        for other in self.actions.conflicts(action_id, key):
            self.take(other, key)
        keys = self.actions.keys(action_id)
        if key not in keys:
            self.give(action_id, (*keys, key))

    def take(self, action_id: str, key: str) -> None:
        """Take a key from an act."""
        self.give(action_id, [k for k in self.actions.keys(action_id) if k != key])

    def reset(self, action_id: str) -> None:
        """The keys an act starts with; acts that took one of them over lose it."""
        for key in self.actions.defaults(action_id):
            for other in self.actions.conflicts(action_id, key):
                self.take(other, key)
        self.give(action_id, self.actions.defaults(action_id))

    def reset_all(self) -> None:
        """Every act starts anew."""
        for spec in self.actions.specs():
            self.give(spec.id, self.actions.defaults(spec.id))
