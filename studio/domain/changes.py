"""What a service changed, so that a panel refreshes only what it shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Neurons whose annotations, proposals, scores or evidence changed; `everything` after an import."""

    annotations: frozenset[int] = frozenset()
    proposals: frozenset[int] = frozenset()
    scores: frozenset[int] = frozenset()
    evidence: frozenset[int] = frozenset()
    everything: bool = False

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.annotations | other.annotations,
            self.proposals | other.proposals,
            self.scores | other.scores,
            self.evidence | other.evidence,
            self.everything or other.everything,
        )
