"""Copies of the project for annotators, to be worked on elsewhere and merged again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.domain.annotation import ACTS, PROJECT, Event
from studio.domain.errors import UserError
from studio.domain.shared import Policy
from studio.services.label_values import check_annotator
from studio.services.whole import check_free, same_file
from studio.storage.own_copy import write_copy
from studio.storage.project import Project


@dataclass(frozen=True, slots=True)
class CopyMade:
    """Where a copy went, for whom, and how many annotations were kept from it."""

    path: Path
    annotator: str
    left_out: int


def make_copy(project: Project, annotator: str, path: Path | str, force: bool = False) -> CopyMade:
    """Write a copy of the whole project for an annotator.

    In blind review others' labels, comments and adjudicated labels are not in it; gold neurons are in the
    lead's copy only. Guidelines, policy and batches always are. Raises `UserError` when the file is there
    already (unless `force`) or cannot be written.
    """
    name, path = check_annotator(annotator), Path(path)
    if same_file(path, project.path):
        raise UserError(f"{path.name} is the open project itself. Choose another name for the copy.")
    check_free(path, force)
    if not path.absolute().parent.is_dir():
        raise UserError(f"{path} could not be written: there is no folder {path.absolute().parent}.")
    return CopyMade(path, name, write_copy(project, path, given_to(name, project.events.policy())))


def given_to(name: str, policy: Policy) -> Callable[[Event], bool]:
    """Which events the copy for an annotator has."""

    def keep(event: Event) -> bool:
        about = set(event.new)
        if event.kind in ACTS and "gold" in about:
            return policy.leads(name)
        if event.annotator == name or event.neuron == PROJECT or not policy.hides_from(name):
            return True
        return event.kind in ACTS and about == {"assigned"}

    return keep
