"""What each column of a data set holds, as choices."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from studio.domain.specs import DATA_FIELDS
from studio.ui.labels import ElidedLabel
from studio.ui.review.plain import plain_tip

#: Fields whose name alone does not say what they are.
WORDS = {"": "not used", "image": "picture", "conversations": "conversation", "messages": "chat messages"}
NAME_WIDTH = 120


class ColumnForm(QWidget):
    """A choice a column. `changed` is emitted when somebody has chosen, not when columns are shown."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choices: dict[str, QComboBox] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(4)
        self._form.setHorizontalSpacing(12)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def show_columns(self, columns: Mapping[str, str]) -> None:
        """Show these; choices of the same columns stay where they are."""
        if list(self.choices) != list(columns):
            self._rebuild(list(columns))
        for column, field in columns.items():
            choice = self.choices[column]
            choice.setCurrentIndex(choice.findData(field))

    def columns(self) -> tuple[tuple[str, str], ...]:
        """(column, field) of every column; "" for one that is not used."""
        return tuple((column, choice.currentData()) for column, choice in self.choices.items())

    def _rebuild(self, names: list[str]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self.choices = {}
        for name in names:
            choice = self.choices[name] = QComboBox()
            for field in ("", *DATA_FIELDS):
                choice.addItem(WORDS.get(field, field), field)
            choice.setAccessibleName(f"What the column {name} holds")
            choice.activated.connect(lambda _index, name=name: self._chosen(name))
            shown = ElidedLabel(name, "muted")
            shown.setFixedSize(NAME_WIDTH, choice.sizeHint().height())
            shown.setToolTip(plain_tip(name))
            self._form.addRow(shown, choice)

    def _chosen(self, name: str) -> None:
        """A field is taken from one column only."""
        field = self.choices[name].currentData()
        for other, choice in self.choices.items():
            if other != name and field and choice.currentData() == field:
                choice.setCurrentIndex(0)
        self.changed.emit()
