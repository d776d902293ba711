"""While blind review covers the reviewer, no page, dialog or export tells results; the lead sees them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog, QLabel

from studio.domain.changes import Changes
from studio.domain.errors import UserError
from studio.domain.shared import Policy
from studio.services.blind import BLIND, RATING_FIRST, YOURSELF, check_open
from studio.services.policy import set_policy
from studio.ui.errors import ErrorDialog
from studio.ui.exporting.dialog import ExportDialog
from studio.ui.pages import PAGES
from studio.ui.project_info import ProjectInfoDialog
from studio.ui.study.dialog import StudyDialog

RESULTS = ("view.sweep", "view.answers", "view.study")


def dialogs(desk, kind) -> list[QDialog]:
    return [d for d in desk.window.findChildren(kind) if d.isVisible()]


def said(widget) -> str:
    return "\n".join(part.text() for part in widget.findChildren(QLabel) if part.isVisible())


@pytest.mark.parametrize("action", RESULTS)
def test_a_page_of_results_says_that_the_review_is_blind(blind, action):
    page = blind.go(action)
    assert page.empty.isVisible()
    assert page.empty.text() == BLIND
    assert page.nothing.button.isHidden()


@pytest.mark.parametrize("action", RESULTS)
def test_the_lead_is_told_what_there_is_and_the_page_follows_the_policy(blind, action):
    blind.window.settings.reviewer = "Bo"
    page = blind.go(action)
    blind.window.acts.settings.set_reviewer("Bo")
    blind.settle()
    assert BLIND not in said(page)
    too = Policy(blind=True, lead="Bo", lead_too=True)
    changes: Changes = blind.ask(set_policy, "Bo", too)
    assert changes.rules
    blind.settle()
    assert page.empty.text() == YOURSELF


def test_pages_of_the_whole_team_tell_nothing_either(blind):
    for action in ("view.agreement", "view.adjudication"):
        page = blind.go(action)
        assert "blind" in page.empty.text()
        assert page.empty.isVisible()


def test_no_page_shows_a_proposed_concept(blind):
    words = blind.ask(lambda project: {p.concept for p in project.proposals.of(0) if p.concept})
    assert words
    for spec in PAGES:
        page = blind.go(spec.action)
        assert not any(word in said(page).split() for word in words), spec.name


def test_export_is_refused_with_the_sentence(blind):
    blind.go("file.export")
    assert dialogs(blind, ExportDialog) == []
    (told,) = dialogs(blind, ErrorDialog)
    assert BLIND in said(told)


def test_the_export_dialog_of_the_lead_opens(blind):
    blind.window.acts.settings.set_reviewer("Bo")
    blind.go("file.export")
    assert len(dialogs(blind, ExportDialog)) == 1


def test_a_comparison_is_not_started(blind):
    blind.go("run.study")
    assert dialogs(blind, StudyDialog) == []


def test_project_information_leaves_out_what_is_hidden(blind):
    blind.go("file.info")
    (dialog,) = dialogs(blind, ProjectInfoDialog)
    text = said(dialog)
    assert BLIND in text
    assert "visual" not in text
    assert "Cy" not in text
    assert "with a proposed concept" not in text
    assert "Neurons" in text


def test_the_sentence_fits_the_policy(blind):
    def told(policy: Policy, who: str) -> str:
        blind.ask(set_policy, "Bo", policy)
        try:
            return blind.ask(message, who)
        finally:
            blind.settle()

    def message(project, who):
        try:
            check_open(project, who)
        except UserError as error:
            return str(error)
        return ""

    assert told(Policy(lead="Bo"), "Ada") == ""
    assert told(Policy(rate_before_reveal=True, lead="Bo"), "Ada") == RATING_FIRST
    assert told(Policy(blind=True, lead="Bo"), "Ada") == BLIND
    assert told(Policy(blind=True, lead="Bo"), "Bo") == ""
    assert told(Policy(blind=True, lead="Bo", lead_too=True), "Bo") == YOURSELF
