"""How the project is reviewed: blind, rating before the proposal, and who leads it."""

from __future__ import annotations

from dataclasses import replace

from studio.domain.annotation import PROJECT
from studio.domain.changes import Changes
from studio.domain.shared import Policy, shared_json
from studio.services.label_values import check_annotator
from studio.services.shared_values import check_lead, set_shared
from studio.storage.project import Project


def set_policy(project: Project, annotator: str, policy: Policy) -> Changes:
    """Set the policy. Who sets the first one leads the project, unless it names somebody else.

    Raises `UserError` when somebody else leads.
    """
    check_lead(project, annotator, "change how it is reviewed")
    lead = policy.lead.strip() or check_annotator(annotator)
    value = shared_json(replace(policy, lead=check_annotator(lead)))
    return set_shared(project, annotator, "policy", {PROJECT: value}, "change how the project is reviewed")
