"""Who names the neurons of a new project: the vocabulary, a model behind an endpoint, or one here."""

from __future__ import annotations

import os

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from studio.domain.endpoint import OWN_KEY, check_endpoint
from studio.domain.errors import UserError
from studio.domain.specs import ChatSpec
from studio.ui.labels import label
from studio.ui.new_project.facts import Facts, model_facts
from studio.ui.new_project.source_field import SourceField
from studio.ui.review.plain import plain_tip

NOTES = {
    "vocabulary": "Phrases of the bank, ranked by the aligner",
    "endpoint": "Pictures and texts of your data go to it",
    "local": "A chat model that sees, on this computer",
}

KEY_TIP = f"The name of an environment variable; when empty, {OWN_KEY}. The key itself is written nowhere."


class ExplainerBox(QWidget):
    """`changed` when the choice or what is known about it changed. `name` is that of the explainer."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        titles = {"vocabulary": "Vocabulary", "endpoint": "Endpoint", "local": "Local model"}
        self.choices = {name: QRadioButton(title) for name, title in titles.items()}
        self.choices["vocabulary"].setChecked(True)
        self.address = _field("Address of the endpoint", "OpenAI-compatible: http://localhost:8000/v1")
        self.model = _field("Model at the endpoint", "The model's name there")
        self.key = _field("Variable with the key", "May be empty")
        self.key.setToolTip(plain_tip(KEY_TIP))
        self.source = SourceField("local model", _local_facts, hint="Folder, or Hub id")
        self.four_bit = QCheckBox("Load in 4 bits")
        self.four_bit.setToolTip("Smaller and less exact. Needs the packages bitsandbytes and accelerate.")
        self.note = label("", "muted")
        self._endpoint, self._local = self._endpoint_form(), self._local_form()
        choice = QHBoxLayout()
        choice.setSpacing(16)
        for button in self.choices.values():
            choice.addWidget(button)
            button.toggled.connect(self._switch)
        choice.addStretch(1)
        choice.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(choice)
        for part in (self._endpoint, self._local):
            column.addWidget(part)
        for line in (self.address, self.model, self.key):
            line.textChanged.connect(lambda _: self.changed.emit())
        self.source.looked.connect(self.changed)
        self._switch()

    def name(self) -> str:
        """vocabulary, endpoint or local."""
        return next(name for name, button in self.choices.items() if button.isChecked())

    def spec(self) -> ChatSpec | None:
        """The chat model to ask, None for the vocabulary."""
        if self.name() == "endpoint":
            address, model, key = (line.text().strip() for line in (self.address, self.model, self.key))
            return ChatSpec(model, address, key_env=key)
        if self.name() == "local":
            return ChatSpec(self.source.text(), four_bit=self.four_bit.isChecked())
        return None

    def problem(self) -> str:
        """Why this cannot be asked, "" when nothing is known against it."""
        if self.name() == "local":
            return self.source.facts.problem
        return endpoint_problem(self.spec())

    def _endpoint_form(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addWidget(self.address)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, line in (("Model", self.model), ("Key variable", self.key)):
            row.addWidget(label(name, "muted"))
            row.addWidget(line, 1)
        rows.addLayout(row)
        return box

    def _local_form(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.source, 1)
        row.addWidget(self.four_bit)
        return box

    def _switch(self) -> None:
        self._endpoint.setVisible(self.name() == "endpoint")
        self._local.setVisible(self.name() == "local")
        self.note.setText(NOTES[self.name()])
        self.changed.emit()


def endpoint_problem(spec: ChatSpec | None) -> str:
    """Why an endpoint cannot be asked, as far as that is known without asking it. A key variable that does
    not exist is a problem now: the field may hold the key itself, which no project must keep."""
    if spec is None:
        return ""
    try:
        check_endpoint(spec.endpoint)
    except UserError as error:
        return str(error) if spec.endpoint else "Give the address of the endpoint."
    if not spec.model:
        return "Give the name of the model at the endpoint."
    if spec.key_env and spec.key_env not in os.environ:
        return "The key variable is not set in this program's environment. Give its name, not the key."
    return ""


def _local_facts(source: str) -> Facts:
    found = model_facts(source)
    return Facts(problem="Choose the model that names the neurons.") if not source else found


def _field(name: str, hint: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    made.setMinimumHeight(30)
    return made
