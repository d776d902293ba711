"""The map: hover, keys, lasso, colours; and the list of similar neurons."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from studio.domain.changes import Changes
from studio.domain.similar import Likeness
from studio.ui.neuron_map.colors import ColorBy, legend, point_colors
from studio.ui.neuron_map.raster import around, inside, nearest, raster, towards

Key = Qt.Key


@pytest.fixture
def page(opened):
    return opened.go("view.map")


def point(page, neuron):
    return page.neurons.tolist().index(neuron)


def at(page, neuron) -> QPoint:
    return page.map.place_of(point(page, neuron)).toPoint()


def test_every_neuron_that_fires_is_a_point(opened, page):
    live = opened.review.controller.rows.columns.table.live
    assert page.neurons.tolist() == np.flatnonzero(live).tolist()
    assert [text for text, _ in page.legend.entries][:4] == ["visual", "textual", "multimodal", "unclear"]


def test_hover_shows_the_card_and_a_click_opens(opened, page):
    opened.qtbot.mouseMove(page.map, at(page, 150))
    opened.settle()
    assert page.card.neuron == 150
    assert page.card.isVisible()
    assert page.store.get(150) is not None
    opened.qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at(page, 150))
    opened.settle()
    assert opened.window.pages.currentWidget() is opened.review
    assert opened.current == 150


def test_arrows_go_to_the_nearest_and_enter_opens(opened, page):
    page.map.put_in_front(point(page, 150))
    for key, neuron in ((Key.Key_Right, 151), (Key.Key_Down, 171), (Key.Key_Left, 170), (Key.Key_Up, 150)):
        opened.key(key)
        assert page.neurons[page.map.front] == neuron
        assert f"Neuron {neuron}," in page.map.accessibleDescription()
    opened.key(Key.Key_Return)
    assert opened.current == 150


def test_zoom_keeps_what_is_in_front_and_home_shows_all(opened, page):
    page.map.put_in_front(point(page, 150))
    before, whole = page.map.place_of(page.map.front), page.map.window_now
    opened.key(Key.Key_Plus)
    assert page.map.window_now.scale > whole.scale
    assert (page.map.place_of(page.map.front) - before).manhattanLength() < 0.1
    opened.key(Key.Key_Home)
    assert page.map.window_now == whole


def test_a_drag_moves_the_plane(opened, page):
    start, x = page.map.rect().center(), page.map.place_of(0).x()
    opened.qtbot.mousePress(page.map, Qt.MouseButton.LeftButton, pos=start)
    opened.qtbot.mouseMove(page.map, start + QPoint(40, 0))
    opened.qtbot.mouseRelease(page.map, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert page.map.place_of(0).x() == pytest.approx(x + 40, abs=1)
    assert opened.window.pages.currentWidget() is page


def test_the_lasso_makes_the_reviews_list(opened, page):
    page.lasso.click()
    first, last = at(page, 62) - QPoint(8, 8), at(page, 104) + QPoint(8, 8)
    corners = [first, QPoint(last.x(), first.y()), last, QPoint(first.x(), last.y())]
    opened.qtbot.mousePress(page.map, Qt.MouseButton.LeftButton, pos=corners[0])
    for corner in corners[1:]:
        opened.qtbot.mouseMove(page.map, corner)
    opened.qtbot.mouseRelease(page.map, Qt.MouseButton.LeftButton, pos=corners[-1])
    grid = {n for row in (60, 80, 100) for n in range(row + 2, row + 5)}
    chosen = set(page.neurons[page.map.choice].tolist())
    assert chosen == grid & set(page.neurons.tolist())
    page.list_button.click()
    opened.settle()
    assert opened.window.pages.currentWidget() is opened.review
    assert set(opened.review.neurons.model.rows.rows.tolist()) == chosen
    assert opened.review.neurons.query.only_name == "Chosen on the map"


def test_what_is_in_sight_is_chosen_without_a_mouse(opened, page):
    page.in_sight.click()
    assert len(page.map.choice) == len(page.neurons)
    opened.key(Key.Key_Tab)
    page.map.setFocus()
    opened.key(Key.Key_Escape)
    assert len(page.map.choice) == 0
    assert page.list_button.isHidden()


def test_colours_follow_what_is_said(opened, page):
    page.by.setCurrentText(ColorBy.STATUS.value)
    opened.settle()
    before = page.map.grab().toImage()
    opened.window.show_neuron(150)
    opened.settle()
    opened.key(Key.Key_X)
    opened.go("view.map")
    theme = opened.window.themes.theme
    colors = point_colors(page.columns, ColorBy.STATUS, theme)
    assert colors[150] == theme.color("danger").rgb()
    assert page.map.grab().toImage() != before


def test_labels_read_again_leave_zoom_and_choice(opened, page):
    page.map.choose(np.arange(5))
    opened.key(Key.Key_Plus)
    window, columns = page.map.window_now, page.columns
    opened.review.refresh(Changes(scores=frozenset({1})))
    opened.settle()
    assert page.columns is not columns
    assert page.map.window_now == window
    assert len(page.map.choice) == 5


def test_blind_colours_and_card_tell_nothing(blind):
    page = blind.go("view.map")
    columns, theme = page.columns, blind.window.themes.theme
    for by in (ColorBy.CLASS, ColorBy.SCORE):
        assert len(set(point_colors(columns, by, theme).tolist())) == 1
        assert legend(columns, by, theme)[-1][0] == "hidden"
    page.map.put_in_front(point(page, 150))
    blind.key(Key.Key_Right)
    assert "dog" not in page.map.accessibleDescription()
    blind.reveal(148)
    assert len(set(point_colors(page.columns, ColorBy.SCORE, theme).tolist())) == 2


def test_an_old_project_offers_to_compute_the_map(plain, monkeypatch):
    page = plain.go("view.map")
    assert page.compute.isVisible()
    assert "has no map yet" in page.empty.text()
    page.compute.click()
    plain.qtbot.waitUntil(plain.window.runner.computing, timeout=10_000)
    plain.qtbot.waitUntil(lambda: not plain.window.runner.computing(), timeout=60_000)
    plain.settle()
    assert "scenes-sae" in page.empty.text()  # which is not on this machine
    assert page.compute.isEnabled()
    plain.window.show_neuron(0)
    plain.settle()
    similar = plain.review.evidence.similar
    assert similar.found.decoder is None
    assert similar.found.together


def test_similar_neurons_lead_on_and_become_the_list(opened):
    opened.window.show_neuron(30)
    opened.settle()
    similar = opened.review.evidence.similar
    assert [similar.rows.item(i).text().split()[:3] for i in range(2)] == [
        [".90", "dog", "33"],
        [".50", "dog", "36"],
    ]
    similar.show_kind(Likeness.TOGETHER)
    assert "shares 7 kept samples" in similar.rows.item(0).toolTip()
    opened.key(Key.Key_L)
    assert opened.review.neurons.model.rows.rows.tolist() == sorted([30, 33, 36], key=order_of(opened))
    similar.rows.itemClicked.emit(similar.rows.item(0))
    opened.settle()
    assert opened.current == 36


def order_of(opened):
    columns = opened.review.controller.rows.columns
    query = opened.review.neurons.query
    return columns.order(query.sort, query.descending).tolist().index


def test_blind_similar_neurons_are_numbers(blind):
    blind.window.show_neuron(30)
    blind.settle()
    similar = blind.review.evidence.similar
    assert similar.rows.item(0).text().split() == [".90", "neuron", "33"]
    assert "dog" not in similar.rows.item(0).toolTip()


def test_points_are_pixels():
    """Against drawing one after another."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 2)).astype(np.float32)
    colors = np.arange(50, dtype=np.uint32) + 0xFF000000
    window = around(points, 300, 200)
    picture = raster(points, colors, window, 1.0, 0)
    expected = np.zeros((200, 300), np.uint32)
    for dy in range(-5, 6):
        for dx in range(-5, 6):
            if dx * dx + dy * dy <= 25:
                for (x, y), color in zip(window.to_pixels(points), colors, strict=True):
                    column, row = int(x) + dx, int(y) + dy
                    if 0 <= x < 300 and 0 <= y < 200 and 0 <= column < 300 and 0 <= row < 200:
                        expected[row, column] = color
    np.testing.assert_array_equal(picture, expected)


def test_zooming_leaves_the_pixel_under_the_mouse():
    window = around(np.array([[0, 0], [4, 2]], np.float32), 400, 300)
    near = window.zoomed(3.0, 70, 120)
    np.testing.assert_allclose(near.to_plane(70, 120), window.to_plane(70, 120), atol=1e-9)
    back = near.to_pixels(np.array([near.to_plane(33, 44)], np.float32))
    np.testing.assert_allclose(back, [[33, 44]], atol=1e-2)


def test_finding_points():
    at = np.array([[10, 10], [20, 10], [10, 30], [40, 12]], np.float32)
    assert nearest(at, 11, 11, 5) == 0
    assert nearest(at, 100, 100, 5) is None
    assert towards(at, 0, 1, 0) == 1
    assert towards(at, 1, 1, 0) == 3
    assert towards(at, 0, 0, 1) == 2
    assert towards(at, 0, -1, 0) is None
    square = np.array([[0, 0], [25, 0], [25, 25], [0, 25]], np.float32)
    assert inside(at, square).tolist() == [True, True, False, False]
