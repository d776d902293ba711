"""The list as Qt sees it, and what its rows say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from studio.ui.review.neuron_model import Column, NeuronModel, Role
from studio.ui.review.neuron_query import Query, Shown, SortKey


def test_the_model_keeps_the_rules_of_qt(desk) -> None:
    model = NeuronModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_rows(desk.control.rows)
    for query in (Query(shown=Shown.TEXTUAL), Query(text="nothing at all"), Query(sort=SortKey.FIRING)):
        model.ask(query)
    model.changed(4)
    model.set_rows(None)
    assert model.rowCount() == 0
    assert tester.model() is model


def test_rows_say_their_class_status_and_number(desk) -> None:
    model, neuron = desk.view.neurons.model, desk.control.current
    desk.key(Qt.Key.Key_F)
    desk.key(Qt.Key.Key_X)
    row = model.index_of(neuron).row()
    assert model.index(row, Column.NEURON).data() == str(neuron)
    assert model.index(row, Column.STATUS).data(Role.STATUS) == "rejected"
    spoken = model.index(row, Column.STATUS).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "rejected, flagged"
    assert "disagree" in model.index(row, Column.CLASS).data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_value_column_follows_the_order(desk) -> None:
    panel = desk.view.neurons
    header = panel.table.horizontalHeader()
    for key, name in ((SortKey.SHARE, "Image"), (SortKey.FIRING, "Fires"), (SortKey.CONCEPT, "Score")):
        panel.ask(Query(sort=key))
        title = panel.model.headerData(Column.VALUE, Qt.Orientation.Horizontal)
        assert title == name
    panel._header_clicked(Column.NEURON)
    assert desk.control.rows.rows.tolist() == sorted(desk.control.rows.rows.tolist())
    panel._header_clicked(Column.NEURON)
    assert desk.control.rows.rows.tolist() == sorted(desk.control.rows.rows.tolist(), reverse=True)
    assert header.count() == len(Column)


def test_chips_filter_and_the_menu_follows(desk) -> None:
    desk.actions.action("neurons.textual").trigger()
    panel = desk.view.neurons
    assert panel.query.shown is Shown.TEXTUAL
    assert panel._chips[Shown.TEXTUAL].isChecked()
    desk.qtbot.mouseClick(panel._chips[Shown.VISUAL], Qt.MouseButton.LeftButton)
    assert panel.query.shown is Shown.VISUAL
    assert desk.actions.action("neurons.visual").isChecked()
