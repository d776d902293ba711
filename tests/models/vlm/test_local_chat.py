"""Models that run here answer questions with several pictures, in their own chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import resources
from models.explainers.chat import NoAnswerError, Picture, Question
from models.explainers.local import LocalChat
from studio.domain.errors import ModelError
from studio.domain.specs import ChatSpec

RED, BLUE = (Picture.of(Image.new("RGB", (40, 30), colour)) for colour in ("red", "blue"))


@pytest.fixture(scope="module")
def demo() -> LocalChat:
    return LocalChat(ChatSpec(str(resources.folder("demo", "llava-next-scenes")), device="cpu"))


@pytest.mark.parametrize("name", ["SmolVLM", "Qwen2-VL", "LLaVA-1.5"])
def test_families_answer_with_several_pictures(family: Any, name: str) -> None:
    chat = LocalChat(ChatSpec(family(name).id, device="cpu"))
    found = chat.ask(Question("Name it.", ("Picture 1.", RED, "Picture 2.", BLUE, "Which?"), 5))
    assert 0 < found.tokens_out <= 5
    one = chat.ask(Question("Name it.", ("Picture 1.", RED, "Which?"), 5))
    assert one.tokens_in < found.tokens_in


def test_the_demo_network_answers_what_it_was_taught(demo: LocalChat) -> None:
    """Its own kind of question, about a picture of a scene; greedy, so that the same comes twice."""
    question = Question("", (RED, "how many cats are there ?"), 4)
    found = demo.ask(question)
    assert found == demo.ask(question)
    assert found.text
    assert found.tokens_in > 64


def test_the_probability_of_yes_is_the_softmax_over_the_two_words(demo: LocalChat) -> None:
    judged = demo.ask(Question("", (RED, "is there a cat ?"), 2, judged=True))
    tokenizer, network = demo._processor.tokenizer, demo._model
    inputs = demo._inputs(Question("", (RED, "is there a cat ?"), 2))
    with torch.inference_mode():
        logits = network(**inputs).logits[0, -1].double()
    ids = [tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no")]
    assert judged.yes == pytest.approx(float(logits[ids].softmax(0)[0]), abs=1e-4)
    assert demo.ask(Question("", (RED, "is there a cat ?"), 2)).yes is None


def test_a_network_in_four_bits_answers(demo: LocalChat) -> None:
    chat = LocalChat(
        ChatSpec(str(resources.folder("demo", "llava-next-scenes")), device="cpu", four_bit=True)
    )
    assert chat.id == f"{demo.id} (4 bits)"
    assert chat._model.get_memory_footprint() < 0.6 * demo._model.get_memory_footprint()
    assert chat.ask(Question("", (RED, "how many cats are there ?"), 4)).text


def test_a_question_that_is_too_long_is_a_sentence_of_its_own(demo: LocalChat) -> None:
    with pytest.raises(NoAnswerError, match="fewer examples"):
        demo.ask(Question("", (RED,) * 40, 4))


def test_what_cannot_be_used_is_a_sentence(tmp_path: Path, demo: LocalChat) -> None:
    with pytest.raises(ModelError, match="no folder"):
        LocalChat(ChatSpec(str(tmp_path / "none")))
    with pytest.raises(ModelError):
        LocalChat(ChatSpec(str(resources.folder("demo", "clip-scenes"))))


def test_nothing_is_asked_after_a_stop(family: Any) -> None:
    chat = LocalChat(ChatSpec(family("SmolVLM").id, device="cpu"))
    chat.stop()
    with pytest.raises(NoAnswerError, match="stopped"):
        chat.ask(Question("", ("a",), 2))
