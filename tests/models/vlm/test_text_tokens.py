"""Text tokens: the sample's own words, whatever the template around them and whatever they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.vlm.adapters import built_in_adapters
from models.vlm.chat import Span, messages, rendered
from models.vlm.preparing import collate, prompt
from models.vlm.text_tokens import text_tokens
from models.vlm.tokens import TokenMap
from studio.domain.errors import DataError
from studio.domain.sample import Sample, Turn

VICUNA = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'][0]['text'] }}"
    "{% else %}{{ message['role'].upper() + ': ' }}{% endif %}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}<image>\n{% endfor %}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{{ part['text'] + ' ' }}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
MISTRAL = (
    "{% for message in messages %}{% if message['role'] == 'user' %}[INST] "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n{% else %}"
    "{{ part['text'] }}{% endif %}{% endfor %} [/INST]{% else %}"
    "{{ ' ' + message['content'][0]['text'] + '</s>' }}{% endif %}{% endfor %}"
)
PICTURE = Image.new("RGB", (100, 70))


@pytest.fixture(scope="module")
def model(make_llava: Callable[..., Any]) -> Any:
    return make_llava(layers=1)


@pytest.fixture(scope="module", params=["llama3", "llama3 untrimmed", "vicuna", "mistral"])
def processor(request: Any, model: Any, make_processor: Callable[..., Any]) -> Any:
    """Byte-level tokenizers with and without trimmed offsets; for Vicuna and Mistral one with word marks."""
    options = {
        "llama3": {},
        "llama3 untrimmed": {"trim": False},
        "vicuna": {"template": VICUNA, "word_marks": True},
        "mistral": {"template": MISTRAL, "word_marks": True},
    }
    return make_processor(model, **options[request.param])


def _map(model: Any, processor: Any, *turns: Turn, picture: bool = True) -> TokenMap:
    adapter = built_in_adapters()["llava_next"]
    p = prompt(model, processor, adapter, Sample("s", (), turns), [PICTURE] if picture else [])
    return collate(model, processor, adapter, [p]).tokens[0]


def _words(tokens: TokenMap, role: str) -> str:
    return "".join(piece for piece, r in zip(tokens.tokens, tokens.roles, strict=True) if r == role)


@pytest.mark.parametrize("picture", [True, False])
def test_only_the_samples_own_words(model: Any, processor: Any, picture: bool) -> None:
    asked, said = "What is in the picture?", "There is a red apple."
    tokens = _map(model, processor, Turn("user", asked), Turn("assistant", said), picture=picture)
    assert _words(tokens, "user") == asked
    assert _words(tokens, "assistant") == said
    assert " red" in tokens.tokens
    assert (len(tokens.image_positions) > 0) == picture
    if picture:
        assert tokens.image_positions.max() < tokens.text_positions.min()


def test_words_of_the_template_in_the_text(model: Any, processor: Any) -> None:
    asked, said = "user USER: assistant\nASSISTANT: What? user", "ASSISTANT: USER: assistant [INST] x"
    tokens = _map(model, processor, Turn("user", asked), Turn("assistant", said))
    assert _words(tokens, "user") == asked
    assert _words(tokens, "assistant") == said


def test_the_same_text_in_every_turn(model: Any, processor: Any) -> None:
    turns = [Turn(role, "a dog") for role in ("user", "assistant", "user", "assistant")]
    tokens = _map(model, processor, *turns)
    assert tokens.tokens == (*("a", " dog"),) * 4
    assert tokens.roles == ("user", "user", "assistant", "assistant") * 2
    assert (np.diff(tokens.text_positions) > 0).all()


def test_unicode_is_readable(model: Any, processor: Any) -> None:
    said = "naïve café — 日本語, 🐶🏽 and Ελλάδα"
    tokens = _map(model, processor, Turn("user", "What?"), Turn("assistant", said))
    assert _words(tokens, "assistant") == said
    assert not any("Ġ" in piece or "Ã" in piece or "\ufffd" in piece for piece in tokens.tokens)


def test_special_tokens_written_in_the_text_are_not_words(model: Any, processor: Any) -> None:
    turns = Turn("user", "a dog </s> a cat"), Turn("assistant", "no")
    adapter = built_in_adapters()["llava_next"]
    p = prompt(model, processor, adapter, Sample("s", (), turns), [PICTURE])
    batch = collate(model, processor, adapter, [p])
    ids = batch.inputs["input_ids"][0, batch.tokens[0].text_positions.tolist()]
    assert not {1, 2, 3, 4, 5, 6} & set(ids.tolist())
    assert processor.tokenizer.decode(ids).replace(" ", "") == "adogacatno"


def test_newlines_are_no_tokens_of_their_own(model: Any, processor: Any) -> None:
    tokens = _map(model, processor, Turn("user", "A dog?\n\nA cat?"), Turn("assistant", "\n\nno\n"))
    assert all(piece.strip() for piece in tokens.tokens)
    assert "\n\nA" in tokens.tokens


@settings(max_examples=60, deadline=None)
@given(asked=st.text(max_size=40), said=st.text(min_size=1, max_size=40))
def test_any_text_comes_back(model: Any, processor: Any, asked: str, said: str) -> None:
    """Put together, the pieces are the text, but for white space at the ends and special tokens."""
    special = processor.tokenizer.all_special_tokens
    if any(token in asked + said for token in special):
        return
    tokens = _map(model, processor, Turn("user", asked), Turn("assistant", said), picture=False)
    assert _words(tokens, "user").strip() == asked.strip()
    assert _words(tokens, "assistant").strip() == said.strip()


def test_the_picture_is_the_users() -> None:
    question = messages([Turn("user", "What?"), Turn("assistant", "A dog."), Turn("user", "Sure?")], 1)
    assert [[part["type"] for part in m["content"]] for m in question] == [
        ["image", "text"],
        ["text"],
        ["text"],
    ]
    caption = messages([Turn("assistant", "A dog on a table.")], 1)
    assert [(m["role"], m["content"][0]["type"]) for m in caption] == [
        ("user", "image"),
        ("assistant", "text"),
    ]


def test_pictures_stand_where_the_turns_place_them(model: Any, processor: Any) -> None:
    turns = Turn("user", "Is this a dog, and this a cat?", (8, 23)), Turn("assistant", "A dog.")
    types = [[part["type"] for part in m["content"]] for m in messages(turns, 2)]
    assert types == [["text", "image", "text", "image", "text"], ["text"]]
    assert [p["text"] for p in messages(turns, 2)[0]["content"] if "text" in p] == [
        "Is this ", "a dog, and this", " a cat?"
    ]  # fmt: skip
    adapter = built_in_adapters()["llava_next"]
    wide = Image.new("RGB", (50, 90))
    p = prompt(model, processor, adapter, Sample("s", (), turns), [PICTURE, wide])
    tokens = collate(model, processor, adapter, [p]).tokens[0]
    assert _words(tokens, "user").replace(" ", "") == "Isthisadog,andthisacat?"
    assert _words(tokens, "assistant") == "A dog."
    ends = [tokens.boxes[tokens.pictures == i][:, 2:].max(axis=0).tolist() for i in (0, 1)]
    assert ends == [[100, 70], [50, 90]]
    assert (np.diff(tokens.text_positions) > 0).all()


def test_places_that_are_not_of_all_pictures_do_not_count() -> None:
    turns = Turn("assistant", "What?", (0,)), Turn("user", "A dog.", (2,))
    for pictures in (0, 1, 3):
        found = messages(turns, pictures)
        assert [[p["type"] for p in m["content"]] for m in found] == [
            ["text"],
            ["image"] * pictures + ["text"],
        ]


def test_a_caption_without_a_question(model: Any, processor: Any) -> None:
    tokens = _map(model, processor, Turn("assistant", "a red apple"))
    assert tokens.tokens == ("a", " red", " apple") or _words(tokens, "assistant") == "a red apple"
    assert set(tokens.roles) == {"assistant"}
    assert len(tokens.image_positions) > 0


def test_the_models_image_mark_in_a_text(model: Any, processor: Any) -> None:
    with pytest.raises(DataError, match="contains <image>"):
        _map(model, processor, Turn("user", "What is <image> here?"))


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "{{ raise_exception('Roles must alternate') }}",
            "does not accept this conversation: Roles must altern",
        ),
        ("{% for m in messages %}{{ m['role'] }}{% endfor %}", "leaves out or rewrites turn 1"),
    ],
)
def test_templates_that_refuse_or_drop(
    model: Any, make_processor: Callable[..., Any], template: str, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        rendered(make_processor(model, template=template), [Turn("user", "What?")], 0)


def test_tokens_across_the_edge_of_a_turn() -> None:
    """A token that shares only white space with a turn is out; one that is mostly its own is in."""
    text = "xy: abc dz"
    spans = [Span(4, 9, "user")]
    tokens = text_tokens(text, spans, [(0, 3), (3, 7), (7, 10), (0, 0)], [True, True, True, False])
    assert tokens.positions.tolist() == [1]
    assert tokens.pieces == ("abc",)
    wide = text_tokens(text, [Span(4, 9, "user")], [(0, 4), (4, 6), (6, 7), (7, 9), (9, 10)], [True] * 5)
    assert wide.pieces == ("ab", "c", " d")
    assert wide.positions.tolist() == [1, 2, 3]
