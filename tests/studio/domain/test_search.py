"""The language of the search field: what it reads, what it says about the rest, and that it never fails."""

from __future__ import annotations

import math
import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.domain.search import CHOICE_FIELDS, Search, Term, field_names, fold, fold_all, parse, search_words

inf = math.inf


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("red Fruit", [Term("", ("red",)), Term("", ("fruit",))]),
        ('"red fruit"', [Term("", ("red fruit",))]),
        ('"still typing', [Term("", ("still typing",))]),
        ("“Straße”", [Term("", ("strasse",))]),
        ("-dog", [Term("", ("dog",), True)]),
        ("class:visual,TEXT", [Term("class", ("visual", "textual"))]),
        ("status:none", [Term("status", ("open",))]),
        ("has:note -is:flag", [Term("has", ("note",)), Term("is", ("flagged",), True)]),
        ("tag:animal,plant", [Term("tag", ("animal", "plant"))]),
        ('by:"Ada B"', [Term("by", ("ada b",))]),
        ('note:"a, b"', [Term("note", ("a, b",))]),
        ("score>0.5", [Term("score", low=0.5, open_low=True)]),
        ("q<=5%", [Term("q", high=0.05)]),
        ("rating:3..5", [Term("rating", low=3, high=5)]),
        ("rating=4", [Term("rating", low=4, high=4)]),
        ("rating!=4", [Term("rating", (), True, 4, 4)]),
        ("status!=open", [Term("status", ("open",), True)]),
        ("image_share>=.9", [Term("share", low=0.9)]),
        ("12:30", [Term("", ("12:30",))]),
        ("class: dog", [Term("", ("dog",))]),
        ("- ", []),
        ("", []),
    ],
)
def test_a_search_is_read(text: str, terms: list[Term]) -> None:
    assert parse(text) == Search(tuple(terms))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red dog", "no field “colour”"),
        ("scor>0.5 dog", "Did you mean score?"),
        ("score>high dog", "“score>high”: score is compared with a number"),
        ("class:animal dog", "class: has no “animal”. It can be visual, textual"),
        ("note>3 dog", "only numbers can be compared with >"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_is_kept(text: str, said: str) -> None:
    found = parse(text)
    assert found.terms == (Term("", ("dog",)),)
    assert said in " ".join(found.problems)


def test_scores_of_a_project_are_fields() -> None:
    assert parse("fuzzing>0.8").problems
    assert parse("fuzzing>0.8", frozenset({"fuzzing"})).terms == (Term("fuzzing", low=0.8, open_low=True),)


pieces = st.sampled_from(
    [*"\"“”-:>,* ^{}'%", "<=", "!=", "..", "NEAR(", "AND", "score", "class", "note", "\0", "\ud800"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(pieces, st.text(max_size=8))).map("".join))
@example("score>1e999 q<-1e999 rating:nan")
@example("by:\ud800 note:\0")
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = parse(text)
    for term in found.terms:
        assert term.field == "" or term.field in field_names()
        assert not any(map(math.isnan, (term.low, term.high)))
        if term.field in CHOICE_FIELDS:
            assert set(term.values) <= set(CHOICE_FIELDS[term.field])
    assert all(isinstance(problem, str) and problem for problem in found.problems)


@settings(max_examples=400, deadline=None)
@given(st.text())
def test_words_are_letters_and_digits_only_and_folding_is_stable(text: str) -> None:
    for word in search_words(text):
        assert re.fullmatch(r"[^\W_]+", word)
        assert unicodedata.category(word[0])[0] in "LN"
    assert fold(fold(text)) == fold(text)
    assert search_words(" ".join(search_words(text))) == search_words(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=6), st.text("aB\0", max_size=4)), max_size=6))
def test_folding_all_is_folding_each(texts: list[str]) -> None:
    assert fold_all(texts) == [fold(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["dog", "score>0.5", "-class:visual", "note:x", "rating:2..3"]), min_size=1))
def test_terms_come_in_any_order_and_once(parts: list[str]) -> None:
    one, other = parse(" ".join(parts)), parse("  ".join(reversed(parts * 2)))
    assert set(one.terms) == set(other.terms)
    assert len(one.terms) == len(set(parts))
