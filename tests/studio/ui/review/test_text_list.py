"""The list of texts: made ready beside the neurons that are likely next, as new when one comes back."""

from __future__ import annotations

from studio.ui.review.text_block import TextBlock


def test_the_texts_of_the_next_neuron_are_laid_out_before_it_is_shown(desk, monkeypatch) -> None:
    rows = desk.control.rows
    neuron = next(n for n in rows.rows[5:].tolist() if n % 4 == 1)  # a textual one, never shown yet
    desk.control.show(rows.step(neuron, -1))
    desk.settle()
    desk.qtbot.wait(50)
    desk.settle()
    laid: list[int] = []
    whole = TextBlock._laid_out

    def watched(block, width):
        laid.append(block.shot.neuron)
        return whole(block, width)

    monkeypatch.setattr(TextBlock, "_laid_out", watched)
    desk.control.show(neuron)
    assert desk.view.evidence.texts.blocks[0].shot.neuron == neuron
    assert neuron not in laid


def test_a_text_that_was_opened_is_closed_when_its_neuron_comes_back(desk) -> None:
    desk.control.show(1)
    desk.settle()
    block = desk.view.evidence.texts.blocks[0]
    block.toggle()
    desk.control.show(2)
    desk.control.show(1)
    desk.settle()
    assert not desk.view.evidence.texts.blocks[0].opened
