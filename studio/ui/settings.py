"""What the user chose (settings) and how the window was left (window state), in two files apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

ORGANISATION = "concept-studio"
RECENT_MAX = 12


def _store(name: str) -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, name)


class Settings:
    """Choices act at once and are written at once. A home that cannot be written loses them, no more."""

    def __init__(self) -> None:
        self._store = _store("settings")

    @property
    def theme(self) -> str:
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def reviewer(self) -> str:
        """Who reviews, "" while nobody said."""
        return str(self._store.value("reviewer", ""))

    @reviewer.setter
    def reviewer(self, name: str) -> None:
        self._store.setValue("reviewer", name)

    @property
    def text_percent(self) -> int:
        """How large text is, 100 for the usual size."""
        found = str(self._store.value("text_percent", "100"))
        return min(max(int(found), 80), 160) if found.isdigit() else 100

    @text_percent.setter
    def text_percent(self, percent: int) -> None:
        self._store.setValue("text_percent", str(percent))

    @property
    def still(self) -> bool:
        """Whether nothing moves by itself."""
        return self._flag("still", False)

    @still.setter
    def still(self, on: bool) -> None:
        self._store.setValue("still", on)

    @property
    def advance(self) -> bool:
        """Whether a decision brings the next neuron."""
        return self._flag("advance", True)

    @advance.setter
    def advance(self, on: bool) -> None:
        self._store.setValue("advance", on)

    @property
    def confirm(self) -> bool:
        """Whether it is asked before a running job is stopped."""
        return self._flag("confirm", True)

    @confirm.setter
    def confirm(self, on: bool) -> None:
        self._store.setValue("confirm", on)

    @property
    def cache(self) -> str:
        """The folder of downloaded models, "" for the usual one."""
        return str(self._store.value("cache", ""))

    @cache.setter
    def cache(self, folder: str) -> None:
        self._store.setValue("cache", folder)

    def _flag(self, name: str, usual: bool) -> bool:
        return str(self._store.value(name, usual)).lower() == "true"

    @property
    def keys(self) -> dict[str, list[str]]:
        """Keys that the user gave acts, by action id; nonsense in the file counts as none."""
        try:
            found = json.loads(str(self._store.value("keys", "{}")))
        except ValueError:
            return {}
        good = found.items() if isinstance(found, dict) else ()
        return {name: [str(key) for key in keys] for name, keys in good if isinstance(keys, list)}

    @keys.setter
    def keys(self, keys: Mapping[str, list[str]]) -> None:
        self._store.setValue("keys", json.dumps(dict(keys)))

    @property
    def recent(self) -> list[Path]:
        """Projects opened last, the newest first; some may be gone."""
        found = self._store.value("recent", [])
        texts = [found] if isinstance(found, str) else list(found or [])
        return [Path(text) for text in texts if text]

    def add_recent(self, path: Path) -> None:
        paths = [path, *(p for p in self.recent if p != path)][:RECENT_MAX]
        self._store.setValue("recent", [str(p) for p in paths])

    def remove_recent(self, path: Path) -> None:
        self._store.setValue("recent", [str(p) for p in self.recent if p != path])


class WindowState:
    """Geometry and layout, kept apart from the settings."""

    def __init__(self) -> None:
        self._store = _store("window")

    def bytes(self, key: str) -> QByteArray | None:
        """What was saved under `key`, None where nothing (or nonsense) was."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else None

    def text(self, key: str) -> str:
        """The text that was saved under `key`, "" where none was."""
        value = self._store.value(key)
        return value if isinstance(value, str) else ""

    def save_text(self, key: str, value: str) -> None:
        self._store.setValue(key, value)

    def save(self, key: str, value: QByteArray) -> None:
        self._store.setValue(key, value)
