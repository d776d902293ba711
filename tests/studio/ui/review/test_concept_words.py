"""Concepts kept once each find and order what a plain list of folded texts does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.search import fold
from studio.ui.review.concept_words import SCANS_KEPT, ConceptWords

CONCEPTS = ["", "dog", "Dog", "DOG face", "Straße", "STRASSE", "猫", "cat", "a dog", "é", "é"]
concepts = st.lists(st.sampled_from(CONCEPTS), max_size=30)
changes = st.lists(st.tuples(st.integers(0, 29), st.sampled_from([*CONCEPTS, "new", "newer"])), max_size=8)


@settings(max_examples=150, deadline=None)
@given(concepts, changes, st.sampled_from(["", "dog", "strasse", "e", "new", "猫"]))
def test_a_text_is_found_where_a_plain_scan_finds_it(given_: list[str], acts: list, text: str) -> None:
    words, plain = ConceptWords(given_), [fold(concept) for concept in given_]
    words.having(text)  # what was kept before a change is not taken for what holds after it
    for neuron, concept in acts:
        if neuron < len(plain):
            assert words.set(neuron, concept) == (plain[neuron] != fold(concept))
            plain[neuron] = fold(concept)
            assert words.having(text).tolist() == [text in p if text else not p for p in plain]
    assert words.having(text).tolist() == [text in p if text else not p for p in plain]
    for descending in (False, True):
        named = sorted((i for i, p in enumerate(plain) if p), key=lambda i: plain[i], reverse=descending)
        expected = [*named, *(i for i, p in enumerate(plain) if not p)]
        assert words.order(descending).tolist() == expected


def test_more_texts_than_are_kept_are_all_found() -> None:
    words = ConceptWords([f"c{i}" for i in range(50)])
    for _ in range(2):
        for i in range(SCANS_KEPT + 3):
            assert words.having(f"c{i + 10}").nonzero()[0].tolist() == [i + 10]
