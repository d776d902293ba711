"""Facts about the whole project: JSON values by name."""

from __future__ import annotations

import json
from typing import Any

from studio.storage.blobs import damaged
from studio.storage.database import Database


class Meta:
    """Named JSON values. `project_id` says which project a file is a copy of."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        text = self._db.value("SELECT value FROM meta WHERE key=?", (key,))
        return default if text is None else _load(key, text)

    def set(self, key: str, value: Any) -> None:
        """Set `key` to a JSON value."""
        text = json.dumps(value)  # in ASCII: a file name can hold what UTF-8 cannot
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (key, text))

    def remove(self, key: str) -> None:
        """Forget `key`, whether it is there or not."""
        with self._db.transaction():
            self._db.execute("DELETE FROM meta WHERE key=?", (key,))

    def all(self) -> dict[str, Any]:
        """Every value by name."""
        return {key: _load(key, text) for key, text in self._db.rows("SELECT key, value FROM meta")}


def _load(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise damaged(f"The value “{key}”") from error
