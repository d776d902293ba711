"""What blind review keeps from a reviewer as a whole: exports and the pages of results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from studio.domain.errors import UserError

if TYPE_CHECKING:  # the window imports this before a project is open
    from studio.storage.project import Project

T = TypeVar("T")

BLIND = "This review is blind; your lead exports and looks at results after merging."
RATING_FIRST = "Ratings come before proposals in this review; your lead exports and looks at results."
YOURSELF = "You review blind yourself, so results are hidden from you too. Review > Blind review… ends that."


class BlindError(UserError):
    """Results are hidden from who asked for them; nothing is wrong with the project."""


def check_open(project: Project, annotator: str) -> None:
    """Raises `BlindError` while the policy hides proposals, classes or others' work from this annotator.

    Tables and exports tell about neurons that were not revealed, so no part of them is shown.
    """
    why = hidden_why(project, annotator)
    if why:
        raise BlindError(why)


def hidden_why(project: Project, annotator: str) -> str:
    """Why results are hidden from this annotator; "" where they are not."""
    policy = project.events.policy()
    if not policy.covers(annotator):
        return ""
    if policy.lead_too and policy.lead == annotator:
        return YOURSELF
    return BLIND if policy.blind else RATING_FIRST


def when_open(project: Project, annotator: str, read: Callable[..., T], *given: Any) -> T:
    """`read(project, *given)`, for an annotator from whom nothing is hidden; else `BlindError`."""
    check_open(project, annotator)
    return read(project, *given)
