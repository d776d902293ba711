"""A least-recently-used store with a bound on what it weighs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Bounded(Generic[Value]):
    """Keeps what was used last; drops the oldest when the weights add up to more than `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self.weight = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Hashable) -> Value | None:
        """The value of `key`, which counts as used now; None when it is not kept."""
        found = self._items.get(key)
        if found is None:
            return None
        self._items.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: Value, weight: int = 1) -> None:
        """Keep a value; the newest is kept whatever it weighs."""
        self.drop(key)
        self._items[key] = (value, weight)
        self.weight += weight
        while self.weight > self._limit and len(self._items) > 1:
            self.drop(next(iter(self._items)))

    def drop(self, key: Hashable) -> None:
        """Forget a value, whether it is kept or not."""
        found = self._items.pop(key, None)
        if found is not None:
            self.weight -= found[1]

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        self.weight = 0
