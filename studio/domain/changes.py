"""What a service changed, so that a panel refreshes only what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studio.domain.annotation import PROJECT


@dataclass(frozen=True, slots=True)
class Changes:
    """Neurons whose annotations, proposals, scores or evidence changed; `everything` after an import.

    `rules`: the guidelines or the policy of the project changed.
    """

    annotations: frozenset[int] = frozenset()
    proposals: frozenset[int] = frozenset()
    scores: frozenset[int] = frozenset()
    evidence: frozenset[int] = frozenset()
    everything: bool = False
    rules: bool = False

    @classmethod
    def of_events(cls, neurons: Iterable[int]) -> Changes:
        """What events on these neurons change; those at `PROJECT` are about its rules."""
        found = frozenset(neurons)
        return cls(annotations=found - {PROJECT}, rules=PROJECT in found)

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.annotations | other.annotations,
            self.proposals | other.proposals,
            self.scores | other.scores,
            self.evidence | other.evidence,
            self.everything or other.everything,
            self.rules or other.rules,
        )
