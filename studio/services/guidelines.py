"""The guidelines for annotators: Markdown in the project, every version kept."""

from __future__ import annotations

from studio.domain.annotation import PROJECT
from studio.domain.changes import Changes
from studio.services.label_values import plain_text
from studio.services.shared_values import check_lead, set_shared
from studio.storage.project import Project

LONGEST = 200_000


def set_guidelines(project: Project, annotator: str, text: str) -> Changes:
    """Write a new version of the guidelines; "" takes them away. The versions are
    `project.events.guidelines()`. Raises `UserError` when somebody else leads the project.
    """
    check_lead(project, annotator, "change the guidelines")
    text = plain_text("The guidelines", text, LONGEST)
    return set_shared(project, annotator, "guidelines", {PROJECT: text}, "edit the guidelines")


def current_guidelines(project: Project) -> str:
    """The newest version, "" when there is none."""
    versions = project.events.guidelines()
    return versions[-1].text if versions else ""
