"""What somebody says faster than neurons come, kept until the neuron that it is about was read."""

from __future__ import annotations

from dataclasses import dataclass

from studio.ui.review.verbs import Verb


@dataclass(frozen=True, slots=True)
class Said:
    """A verb, and its name for the list of decisions."""

    title: str
    verb: Verb


class TypedAhead:
    """`leading_on`: a decision is on its way, and the next neuron comes after it. One at a time: the next one
    is not seen yet."""

    def __init__(self) -> None:
        self.leading_on = False
        self._held: list[Said] = []
        self._waiting: dict[int, list[Said]] = {}

    def hold(self, said: Said) -> None:
        """It is about the neuron that comes next."""
        self._held.append(said)

    def wait(self, neuron: int, said: Said) -> None:
        """It is about this neuron, which is not read yet."""
        self._waiting.setdefault(neuron, []).append(said)

    def arrived(self) -> list[Said]:
        """The next neuron is in front: what is about it."""
        self.leading_on = False
        held, self._held = self._held, []
        return held

    def read(self, neuron: int) -> list[Said]:
        """A neuron was read: what waits for it."""
        return self._waiting.pop(neuron, [])

    def drop_next(self) -> None:
        """No next neuron comes: the decision was not saved."""
        self.leading_on = False
        self._held.clear()

    def forget(self) -> None:
        """Other neurons are read, or the project is closed."""
        self._held.clear()
        self._waiting.clear()
