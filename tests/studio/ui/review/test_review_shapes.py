"""Sizes, pictures and empty states of the review."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QScrollArea

from studio.domain.concept import Verdict
from studio.domain.evidence import ExampleKind
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS
from studio.domain.similar import Alike
from studio.services import projects
from studio.services.similar import SimilarTo
from studio.ui.review.bounded import Bounded
from studio.ui.review.evidence_side import EvidenceSide
from studio.ui.review.facts import verdict_sentence
from studio.ui.review.histogram import short_count, shown_bins
from studio.ui.review.tile import to_pixels
from studio.ui.session import Session


@pytest.mark.parametrize("neuron", [0, 2, 5, 10])
def test_nothing_scrolls_that_a_decision_needs_at_1280_by_720(bare_desk, neuron) -> None:
    bare_desk.open(size=(1280, 620))
    bare_desk.control.show(neuron)
    bare_desk.settle()
    scroll = bare_desk.view.decision.findChild(QScrollArea)
    assert scroll.verticalScrollBar().maximum() == 0
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()


def test_the_histogram_folds_first(bare_desk) -> None:
    bare_desk.open(size=(1280, 620))
    side = bare_desk.view.evidence.body.side
    bare_desk.control.show(2)
    bare_desk.settle()
    assert not side.isVisible()
    bare_desk.window.resize(1440, 780)
    bare_desk.settle()
    assert side.isVisible()


def test_in_a_low_window_the_link_below_similar_neurons_does_not_lie_over_them(desk) -> None:
    desk.control.show(2)
    desk.settle()
    side = EvidenceSide(desk.themes)
    desk.qtbot.addWidget(side)
    side.similar.show_similar(SimilarTo(2, [Alike(i, 0.5) for i in range(3, 11)], [], ""), str)
    side.show_detail(desk.control.detail)
    desk.qtbot.waitUntil(lambda: side._plot is not None)
    side.resize(side.width(), 265)
    side.show()
    rows, link = side.similar.rows.geometry(), side.similar.all.geometry()
    assert side.height() == 265
    assert 0 < rows.bottom() < link.top()
    assert link.translated(side.similar.pos()).bottom() < side.height()
    side.similar.show_similar(SimilarTo(2, None, None, ""), str)
    side.resize(side.width(), 900)
    desk.qtbot.waitUntil(lambda: 0 < side.similar.compute.geometry().bottom() < 200)


def test_every_control_has_a_name(desk) -> None:
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit)
    nameless = [
        widget
        for kind in kinds
        for widget in desk.view.findChildren(kind)
        if widget.isVisible() and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert not nameless


def test_the_firing_region_is_on_the_picture(desk) -> None:
    desk.control.show(0)
    desk.settle()
    grid, store = desk.view.evidence.grid, desk.view.pictures
    shot = grid.shots[0]
    heat = store.tile(grid.order(shot))
    assert heat is not None
    desk.actions.action("view.mask").trigger()
    store.tile(grid.order(shot))
    desk.settle()
    masked = to_pixels(store.tile(grid.order(shot)))
    dark = (masked.astype(int).sum(axis=2) == 0).mean()
    assert 0.5 < dark < 0.98, "most of the picture is black, the sprite is not"


def test_a_picture_that_cannot_be_read_says_so_and_the_rest_goes_on(bare_desk) -> None:
    with projects.open_project(bare_desk.path) as project:
        top = project.evidence.get(0).of(TokenKind.IMAGE, ExampleKind.TOP)
        row = project.samples.get([top[0].sample_id])[top[0].sample_id].picture
        project.database.execute("UPDATE picture SET jpeg=? WHERE row=?", (b"no picture", row))
    bare_desk.open()
    bare_desk.control.show(0)
    bare_desk.settle()
    bare_desk.window.grab()
    grid, store = bare_desk.view.evidence.grid, bare_desk.view.pictures
    assert store.missing == {row}
    assert store.tile(grid.order(grid.shots[0])) is None
    assert store.tile(grid.order(grid.shots[1])) is not None


def test_a_project_without_neurons_says_so(bare_desk, tmp_path) -> None:
    projects.create_project(tmp_path / "empty.cstudio").close()
    bare_desk.path = tmp_path / "empty.cstudio"
    bare_desk.window.show()
    bare_desk.runner.swap_project("open", projects.open_project, bare_desk.path)
    bare_desk.view.open_project(Session(bare_desk.path, "Empty", "Ada", None))
    bare_desk.settle()
    assert bare_desk.view.evidence.header.title.text() == "No neurons yet"
    assert bare_desk.view.neurons.nothing.why.text() == "There are no neurons yet."
    assert not bare_desk.view.neurons.nothing.clear.isVisible()


def test_other_looks_keep_what_is_in_front(desk) -> None:
    neuron = desk.control.current
    before = desk.window.grab().toImage().pixelColor(5, 5)
    desk.themes.choose("light")
    desk.settle()
    assert desk.control.current == neuron
    assert desk.window.grab().toImage().pixelColor(5, 5) != before


def test_the_store_keeps_within_its_bound() -> None:
    kept: Bounded[str] = Bounded(100)
    for key in range(10):
        kept.put(key, str(key), 30)
        kept.get(7)
    assert kept.weight <= 100
    assert 9 in kept
    assert 7 in kept
    assert 0 not in kept


def test_bins_are_trimmed_to_what_is_filled() -> None:
    counts = np.zeros(HISTOGRAM_BINS, np.int64)
    assert shown_bins(counts) == (0, HISTOGRAM_BINS)
    counts[[0, 5]] = 1
    assert shown_bins(counts) == (0, 7)
    assert [short_count(n) for n in (1, 100, 1000, 2_000_000)] == ["1", "100", "1k", "2M"]


def test_texts_further_down_are_laid_out_when_they_come_into_sight(desk) -> None:
    desk.control.show(5)
    desk.settle()
    texts = desk.view.evidence.texts
    texts.setFixedHeight(90)
    desk.settle()
    desk.control.show(6)
    desk.settle()
    desk.control.show(5)
    desk.settle()
    assert len(texts.blocks) > 8
    assert texts.blocks[0].rects_of(0)
    assert not texts.blocks[-1].rects_of(0)
    bar = texts.verticalScrollBar()
    for _ in range(3):
        bar.setValue(bar.maximum())
    assert texts.blocks[-1].rects_of(0)
    assert texts.block_at(texts.viewport().height() - 5)[0] is texts.blocks[-1]


@pytest.mark.parametrize(
    ("mass", "causal", "said"),
    [
        (Modality.TEXTUAL, {}, "alignment says visual, mass textual"),
        (Modality.VISUAL, {}, "Images and texts speak for different concepts."),
        (Modality.VISUAL, {"blank_image": 0.9, "blank_text": 0.1}, "under intervention does not fit"),
        (Modality.VISUAL, {"blank_image": 0.1, "blank_text": 0.9}, "different concepts."),
    ],
)
def test_a_flag_is_explained_by_what_raised_it(mass, causal, said) -> None:
    verdict = Verdict(1, "dog", Modality.VISUAL, 0.4, 0.01, 0.95, mass, True, causal)
    assert said in verdict_sentence(verdict)
