"""The list as Qt sees it, and what its rows say."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester

from studio.ui.review.neuron_delegate import ROW_HEIGHT, NeuronDelegate
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
    assert panel.chips.chips[Shown.TEXTUAL].isChecked()
    desk.qtbot.mouseClick(panel.chips.chips[Shown.VISUAL], Qt.MouseButton.LeftButton)
    assert panel.query.shown is Shown.VISUAL
    assert desk.actions.action("neurons.visual").isChecked()


def test_a_step_at_the_lower_edge_paints_few_rows(desk, monkeypatch) -> None:
    table = desk.view.neurons.table
    in_sight = table.viewport().height() // ROW_HEIGHT
    desk.control.show(int(desk.control.rows.rows[in_sight + 2]))
    desk.settle()
    painted: set[int] = set()
    cell = NeuronDelegate._cell

    def watched(delegate, painter, rect, index, selected) -> None:
        painted.add(index.row())
        cell(delegate, painter, rect, index, selected)

    monkeypatch.setattr(NeuronDelegate, "_cell", watched)
    desk.key(Qt.Key.Key_J)
    assert 2 <= len(painted) <= 4 < in_sight


def test_rows_that_were_moved_look_as_if_painted_anew(desk) -> None:
    table = desk.view.neurons.table
    for _ in range(table.viewport().height() // ROW_HEIGHT + 3):
        desk.key(Qt.Key.Key_J)
    desk.qtbot.wait(100)
    moved = on_screen(table)
    table.viewport().repaint()
    assert on_screen(table) == moved


def on_screen(table) -> QImage:
    """The list as it stands on the screen; a grab would paint it anew."""
    at = table.viewport().mapTo(table.window(), QPoint())
    size = table.viewport().size()
    shot = table.screen().grabWindow(table.window().winId(), at.x(), at.y(), size.width(), size.height())
    return shot.toImage()
