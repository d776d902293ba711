"""Erase to verify: the brush, the struck words, and what the model says then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

import resources
from studio.services.reactivate import Reactivation, change_sentence
from studio.storage.project import Project
from studio.ui.review.erase_canvas import EraseCanvas
from studio.ui.review.erase_mask import EraseMask

Key = Qt.Key
SECONDS = 180_000


@given(
    size=st.tuples(st.integers(1, 900), st.integers(1, 900)),
    dabs=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 200)), max_size=4),
)
def test_boxes_cover_the_erased_cells_and_nothing_else(size: tuple, dabs: list) -> None:
    width, height = size
    mask = EraseMask(width, height)
    for x, y, radius in dabs:
        mask.dab(x * (width - 1), y * (height - 1), radius)
    covered = np.zeros_like(mask.erased, int)
    for x0, y0, x1, y1 in mask.boxes():
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        rows = slice(round(y0 / mask.cell), int(np.ceil(y1 / mask.cell - 1e-9)))
        covered[rows, round(x0 / mask.cell) : int(np.ceil(x1 / mask.cell - 1e-9))] += 1
    assert (covered == mask.erased).all()
    assert bool(mask) == bool(dabs)
    mask.clear()
    assert mask.boxes() == ()


def test_a_dab_erases_a_disc_and_says_whether_it_did() -> None:
    mask = EraseMask(640, 320)
    assert mask.dab(320, 160, 50)
    assert not mask.dab(320, 160, 40)
    assert mask.share == pytest.approx(np.pi * 50**2 / (640 * 320), rel=0.05)
    assert EraseMask(640, 320).dab(1, 1, 0)


def test_the_sentence_names_the_sides_that_fire() -> None:
    none = np.zeros(0, np.float32)

    def said(before: tuple[float, float], after: tuple[float, float]) -> str:
        return change_sentence(Reactivation(none, none, (), before, after))

    assert said((2.0, 0.0), (0.5, 0.0)) == "On the image: 2 before, 0.5 now: 25 % stays."
    assert said((0.0, 0.0), (0.0, 1.5)) == "On the text: silent before, 1.5 now."
    assert said((0.0, 0.0), (0.0, 0.0)) == "The neuron does not fire on this sample."


def test_the_heat_takes_the_colours_of_another_theme(desk) -> None:
    desk.control.show(0)
    desk.settle()
    shot = desk.view.evidence.grid.shots[0]
    canvas = EraseCanvas(desk.themes)
    desk.qtbot.addWidget(canvas)
    canvas.resize(200, 200)
    canvas.show_sample(shot.sample)
    canvas.show_picture(QImage(20, 20, QImage.Format.Format_RGB888))
    fires = np.ones(len(shot.sample.boxes), np.float32)
    found = Reactivation(fires, np.zeros(0, np.float32), (), (1.0, 0.0), (1.0, 0.0))
    canvas.show_heat(found, 1.0)
    dark = canvas._heat.pixelColor(64, 64).rgb()
    desk.themes.choose("light")
    assert canvas._heat.pixelColor(64, 64).rgb() != dark
    desk.themes.choose("dark")
    assert canvas._heat.pixelColor(64, 64).rgb() == dark


@pytest.fixture(scope="module")
def sae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random SAE on layer 2 of the shipped model: enough latents fire on anything."""
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder = tmp_path_factory.mktemp("sae")
    rows = torch.randn(64, 160, generator=torch.Generator().manual_seed(0)) / 160**0.5
    config = SaeConfig(160, 64, 32, hookpoint="layers.2")
    save_sae(Sae(config, rows, torch.zeros(64), rows.clone(), torch.zeros(160)), folder / "layers.2")
    return folder


@pytest.fixture
def runnable(desk, sae):
    """The desk on a project whose model and SAE are here, at a neuron that fires on the first picture."""
    model = {"model": str(resources.folder("demo", "llava-next-scenes"))}
    config = {"model": model, "layer": 2, "sae": {"source": str(sae), "hookpoint": "layers.2"}}

    def record(project: Project) -> None:
        project.runs.finish(project.runs.start("extract", config), {})

    desk.ask(record)
    desk.control.show(2)
    desk.settle()
    return desk


def opened(desk):
    # Not `desk.key`, which waits for the first run: loading the model may take its time.
    desk.qtbot.keyClick(desk.window.focusWidget() or desk.window, Key.Key_H)
    desk.qtbot.waitUntil(lambda: desk.view.erase.view is not None, timeout=SECONDS)
    return desk.view.erase.view


def settled(desk, view):
    """The next result."""
    desk.qtbot.waitUntil(lambda: view.result is not None or bool(view.problem), timeout=SECONDS)
    assert not view.problem, view.problem
    found, view.result = view.result, None
    return found


def test_brushing_and_striking_run_the_model_again(runnable) -> None:
    desk, view = runnable, opened(runnable)
    whole = settled(desk, view)
    assert whole.before == whole.after
    assert (whole.before[0] > 0) == view.change.bars[0].isVisible()

    canvas = view.canvas
    middle = canvas.picture_rect().center().toPoint()
    desk.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 8):
        desk.qtbot.mouseMove(canvas, middle + QPoint(6 * step, 6 * step))
    desk.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle)
    edits = view.edits()
    assert edits.boxes
    brushed = settled(desk, view)
    assert brushed.before == whole.before
    assert not np.array_equal(brushed.image, whole.image)

    desk.qtbot.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    assert settled(desk, view).after == pytest.approx(whole.after)

    view.text.setFocus()
    desk.qtbot.keyClick(view.text, Key.Key_Right)
    desk.qtbot.keyClick(view.text, Key.Key_Space)
    assert view.edits().struck == {1}
    struck = settled(desk, view)
    assert len(struck.tokens) < len(whole.tokens)
    # The text comes after the image, so that the image tokens cannot know of it.
    assert struck.image == pytest.approx(whole.image, abs=1e-3)


def test_the_brush_works_by_keyboard_and_another_neuron_closes_it(runnable) -> None:
    desk, view = runnable, opened(runnable)
    settled(desk, view)
    assert view.canvas.hasFocus()
    shown = desk.control.current
    desk.qtbot.keyClick(view.canvas, Key.Key_Left)
    desk.qtbot.keyClick(view.canvas, Key.Key_Up)
    desk.qtbot.keyClick(view.canvas, Key.Key_Plus)
    desk.qtbot.keyClick(view.canvas, Key.Key_Space)
    assert view.canvas.mask
    assert desk.control.current == shown
    assert not desk.view.evidence.zoom.isVisible()
    view.how.setCurrentText("Black")
    assert view.edits().how == "black"
    settled(desk, view)
    desk.qtbot.keyClick(view.canvas, Key.Key_PageDown)
    assert view.place == 1
    assert not view.edits().boxes
    settled(desk, view)
    desk.qtbot.keyClick(view.canvas, Key.Key_Delete)
    desk.key(Key.Key_J)
    assert not view.isVisible()


def test_a_model_that_is_not_here_is_a_sentence(desk) -> None:
    desk.control.show(1)
    desk.settle()
    view = opened(desk)
    desk.qtbot.waitUntil(lambda: bool(view.problem), timeout=SECONDS)
    assert "cannot be run again here" in view.problem
    assert view.result is None
    desk.key(Key.Key_Escape)
    assert not view.isVisible()
