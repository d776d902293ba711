"""How the project is reviewed: what is hidden, until when, and who leads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.domain.shared import Policy
from studio.ui.dialogs import NAME_MAX
from studio.ui.labels import label


class PolicyDialog(QDialog):
    """`chosen` carries a Policy. A cancelled dialog changes nothing; only the lead can change anything."""

    chosen = Signal(object)

    def __init__(self, policy: Policy, annotator: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Blind review")
        self.setObjectName("policy")
        self.setMinimumWidth(480)
        self._policy = policy
        self.blind = QCheckBox("Hide the proposal, the automatic class and others' work")
        self.rate = QCheckBox("Ask for a rating before the proposal is shown")
        self.lead_too = QCheckBox("Hide them from the lead, too")
        self.lead = QLineEdit(policy.lead or annotator)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._leads = policy.leads(annotator)
        self._assemble()
        self._show(policy)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.lead.textChanged.connect(lambda _text: self._check())
        for box in (self.blind, self.rate):
            box.toggled.connect(lambda _on: self._check())
        self._check()

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(label("Blind review", "title"))
        column.addWidget(self.blind)
        column.addWidget(label(BLIND, "muted", wrap=True))
        column.addWidget(self.rate)
        column.addWidget(label(RATE, "muted", wrap=True))
        self.lead.setMaxLength(NAME_MAX)
        self.lead.setAccessibleName("Lead")
        form = QFormLayout()
        form.addRow(label("Lead"), self.lead)
        column.addLayout(form)
        column.addWidget(self.lead_too)
        column.addWidget(label(LEAD, "muted", wrap=True))
        if not self._leads:
            why = f"Only {self._policy.lead}, who leads this project, can change this."
            column.addWidget(label(why, "warning", wrap=True))
        column.addWidget(self.buttons)

    def _show(self, policy: Policy) -> None:
        self.blind.setChecked(policy.blind)
        self.rate.setChecked(policy.rate_before_reveal)
        self.lead_too.setChecked(policy.lead_too)
        for part in (self.blind, self.rate, self.lead):
            part.setEnabled(self._leads)

    def _check(self) -> None:
        hides = self.blind.isChecked() or self.rate.isChecked()
        self.lead_too.setEnabled(self._leads and hides)
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(self._leads and bool(self.lead.text().strip()))

    def _accept(self) -> None:
        lead = " ".join(self.lead.text().split())
        self.chosen.emit(
            replace(
                self._policy,
                blind=self.blind.isChecked(),
                rate_before_reveal=self.rate.isChecked(),
                lead=lead,
                lead_too=self.lead_too.isChecked(),
            )
        )
        self.accept()


BLIND = (
    "An annotator says a class and a concept in their own words first, and may reveal the rest then. "
    "Each reveal is recorded, with what was said until then."
)
RATE = "With or without blind review. Others' work is hidden in blind review only."
LEAD = "The lead sets this, the guidelines, gold neurons and batches."


def read_policy(project: Any) -> Policy:
    """Runs in the `db` lane."""
    policy: Policy = project.events.policy()
    return policy


def write_policy(project: Any, annotator: str, policy: Policy) -> Any:
    """Runs in the `db` lane; returns the changes, which the runner tells everybody."""
    from studio.services.policy import set_policy

    return set_policy(project, annotator, policy)
