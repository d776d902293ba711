"""The search index: filled bit by bit, as new as what people write, and no door into the query parser."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studio.domain.concept import Proposal
from studio.domain.evidence import ExampleKind
from studio.domain.modality import TokenKind
from studio.domain.search import search_words
from studio.domain.shared import Policy
from studio.services.annotate import note
from studio.services.copies import make_copy
from studio.services.discuss import comment
from studio.services.full_text import fill, find_words, fired_words, restart, whole_word
from studio.services.merge import merge_bundle
from studio.services.policy import set_policy
from studio.services.undo import redo, undo
from studio.storage.project import Project


def fill_all(project) -> int:
    """Fill to the end; returns how many turns it took."""
    for turn in range(1, 10_000):
        if fill(project, 0.005).complete:
            return turn
    raise AssertionError("never complete")


def found(project, field: str, text: str, annotator: str | None = None) -> list[int]:
    return find_words(project, annotator, [(field, text)])[field, text].tolist()


def test_the_index_is_filled_in_turns_and_goes_on_after_a_restart(small_project) -> None:
    first = fill(small_project, 0.0)
    assert first.total == small_project.neuron_count()
    assert fill_all(small_project) > 1
    assert found(small_project, "concept", "dog 17") == [17, *range(170, 180)]
    path = small_project.path
    small_project.close()
    with Project.open(path) as again:
        assert fill(again, 0.0).complete


def test_tokens_are_the_words_that_fire_in_top_texts(small_project) -> None:
    fill_all(small_project)
    expected = []
    for neuron in range(small_project.neuron_count()):
        examples = small_project.evidence.get(neuron).of(TokenKind.TEXT, ExampleKind.TOP)
        if any(3 in e.map.text_index.tolist() for e in examples):  # the piece " dog"
            expected.append(neuron)
    assert found(small_project, "token", "DOG") == expected
    assert found(small_project, "token", "do") == expected
    assert found(small_project, "token", "og") == []


def test_pieces_are_joined_to_words_within_a_turn() -> None:
    pieces, roles = ("Gir", "affe", "s", ",", " are", " t", "all", "Yes"), ("user",) * 7 + ("assistant",)
    words = [whole_word(pieces, roles, at) for at in range(8)]
    assert words == ["Giraffes", "Giraffes", "Giraffes", ",", "are", "tall", "tall", "Yes"]


def test_what_people_write_is_found_at_once_and_undo_takes_it_back(small_project) -> None:
    note(small_project, "Ada", 4, "looks like a Zèbre, half hidden")
    note(small_project, "Bo", 9, "zebra?")
    comment(small_project, "Ada", 5, "猫と犬 are both here")
    assert found(small_project, "note", "zeb") == [4, 9]
    assert found(small_project, "note", "ZEBRE half") == [4]
    assert found(small_project, "note", "zeb", "Bo") == [9]
    assert found(small_project, "comment", "犬") == [5]
    undo(small_project, "Bo")
    assert found(small_project, "note", "zebra") == []
    redo(small_project, "Bo")
    assert found(small_project, "note", "zebra") == [9]


def test_a_phrase_does_not_reach_over_two_concepts(small_project) -> None:
    small_project.proposals.write(
        [Proposal(2, TokenKind.TEXT, "red", None, "a"), Proposal(2, TokenKind.TEXT, "fruit", None, "b")]
    )
    fill_all(small_project)
    assert found(small_project, "concept", "red") == [2]
    assert found(small_project, "concept", "red fruit") == []


def test_a_merged_run_is_indexed_anew(small_project, tmp_path) -> None:
    fill_all(small_project)
    path = tmp_path / "run.bundle"
    with Project.create(path, bundle=True) as bundle:
        bundle.proposals.write([Proposal(7, TokenKind.IMAGE, "lighthouse", None, "vocabulary")])
    merge_bundle(small_project, path)
    assert not fill(small_project, 0.0).complete
    fill_all(small_project)
    assert found(small_project, "concept", "lighthouse") == [7]
    assert found(small_project, "concept", "dog 17") == []
    tokens = found(small_project, "token", "dog")
    restart(small_project, extraction=True)
    assert found(small_project, "token", "dog") == []
    fill_all(small_project)
    assert found(small_project, "token", "dog") == tokens


def test_what_was_said_leaves_no_trace_when_it_is_forgotten(small_project) -> None:
    note(small_project, "Ada", 4, "unmistakablezebra")
    assert found(small_project, "note", "unmistakablezebra") == [4]
    small_project.full_text.forget_said()
    blocks = small_project.database.rows("SELECT block FROM said_text_data")
    assert not any(b"unmistak" in bytes(block) for (block,) in blocks)
    assert found(small_project, "note", "unmistakablezebra") == [4]  # taken over from the events again


@pytest.fixture(scope="module")
def indexed(small_file, tmp_path_factory):
    import shutil

    path = shutil.copy(small_file, tmp_path_factory.mktemp("indexed") / "indexed.cstudio")
    with Project.open(path) as project:
        fill_all(project)
        yield project


hostile = st.lists(
    st.one_of(st.sampled_from([*"\"*:(){}^+-'", "NEAR(", " AND ", " OR ", "\0", "\ud800"]), st.text())
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile.map("".join), st.sampled_from(["concept", "token", "note", "comment"]))
@example('") OR neuron_text MATCH ("dog', "concept")
@example("dog* NEAR(dog, 3)", "concept")
def test_no_text_reaches_the_query_parser(indexed, text: str, field: str) -> None:
    neurons = find_words(indexed, None, [(field, text)])[field, text]
    assert neurons.dtype == np.int64
    if field == "concept":
        words = search_words(text)
        expected = [n for n in range(indexed.neuron_count()) if phrase_in(words, f"dog {n}")]
        assert neurons.tolist() == expected


def phrase_in(words: list[str], text: str) -> bool:
    """Whether the words stand in the text one after another, the last one perhaps cut short: plain Python."""
    have = search_words(text)
    starts = range(len(have) - len(words) + 1) if words else ()
    return any(
        have[i : i + len(words) - 1] == words[:-1] and have[i + len(words) - 1].startswith(words[-1])
        for i in starts
    )


def test_fired_words_come_once_and_strongest_first(small_project) -> None:
    evidence = small_project.evidence.get(0)
    top = evidence.of(TokenKind.TEXT, ExampleKind.TOP)
    tokens = small_project.samples.tokens([example.sample_id for example in top])
    words = fired_words(evidence, tokens)
    assert len(words) == len(set(words))
    first = [" ".join(tokens[top[0].sample_id][0][i].split()) for i in top[0].map.text_index.tolist()]
    assert words[: len(first)] == first


def test_a_blind_copy_finds_nothing_that_was_kept_from_it(small_project, tmp_path) -> None:
    set_policy(small_project, "Lea", Policy(blind=True, lead="Lea"))
    note(small_project, "Bo", 9, "unmistakablezebra")
    assert found(small_project, "note", "unmistakablezebra") == [9]
    path = make_copy(small_project, "Ada", tmp_path / "ada.cstudio").path
    assert b"unmistak" not in path.read_bytes()
    with Project.open(path) as copy:
        note(copy, "Ada", 3, "a horse")
        assert found(copy, "note", "unmistakablezebra") == []
        assert found(copy, "note", "horse") == [3]
