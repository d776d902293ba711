"""What merging copies brings, or would bring, in words and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.changes import Changes
from studio.domain.conflict import Conflict, ConflictKind, listed

#: Conflicts that a summary shows; the JSON report has all.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class CopyReport:
    """One copy: who annotated in it, how many of its annotations are new here and how many known, and what
    differs. `problem` is the sentence that says why it cannot be merged, "" when it can."""

    path: Path
    problem: str = ""
    new_by: tuple[tuple[str, int], ...] = ()
    known: int = 0
    conflicts: tuple[Conflict, ...] = ()

    @property
    def new(self) -> int:
        """How many of its annotations are not here yet."""
        return sum(count for _, count in self.new_by)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        conflicts = [conflict.as_dict() for conflict in self.conflicts]
        said = {"file": str(self.path), "problem": self.problem, "new": self.new, "known": self.known}
        return {**said, "new_by": dict(self.new_by), "conflicts": conflicts}

    def sentence(self) -> str:
        """What is in it, in a sentence."""
        if self.problem:
            return self.problem
        if not self.new:
            return f"{self.path.name}: nothing new, all of its {self.known:,} annotations are here already."
        who = listed([name for name, _ in self.new_by])
        more = "annotation" if self.new == 1 else "annotations"
        known = f"; {self.known:,} are here already" if self.known else ""
        return f"{self.path.name}: {self.new:,} new {more} by {who}{known}."


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge brought. `backup` is the project as it was before; None when nothing was new."""

    copies: tuple[CopyReport, ...]
    changes: Changes
    backup: Path | None = None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What differs, by neuron; where annotators differ, the last copy that says so names them all."""
        newest: dict[Any, Conflict] = {}
        for conflict in (conflict for copy in self.copies for conflict in copy.conflicts):
            among_all = conflict.kind is ConflictKind.ANNOTATORS
            newest[conflict.neuron, conflict.kind, () if among_all else conflict.said] = conflict
        return tuple(newest[key] for key in sorted(newest))

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "copies": [copy.as_dict() for copy in self.copies],
            "neurons": len(self.changes.annotations),
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
            "backup": None if self.backup is None else str(self.backup),
        }

    def summary(self) -> str:
        """The same as lines of plain text."""
        lines = [copy.sentence() for copy in self.copies]
        found = self.conflicts
        lines.append(f"{len(found):,} conflicts{':' if found else '.'}")
        lines += [f"  {conflict.sentence()}" for conflict in found[:SHOWN]]
        lines += [f"  and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
        lines += [f"The project as it was before: {self.backup}"] if self.backup else []
        return "\n".join(lines)
