"""Gold neurons, adjudicated labels, guidelines, policy, reveals, comments, tags: said, read, taken back."""

from __future__ import annotations

import pytest

from studio.domain.annotation import Decision, EventKind, Seen
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.domain.shared import Final, Gold, Policy
from studio.services.adjudicate import adjudicate, pick, reopen_adjudication
from studio.services.annotate import accept, annotate, classify, rate, reject, tag
from studio.services.discuss import comment
from studio.services.export import export
from studio.services.gold import mark_gold, unmark_gold
from studio.services.guidelines import current_guidelines, set_guidelines
from studio.services.policy import set_policy
from studio.services.reveal import reveal
from studio.services.undo import undo, undo_title


def test_the_newest_word_of_anybody_counts_on_what_is_shared(small_project):
    p = small_project
    mark_gold(p, "Ada", 3, "dog", Modality.VISUAL, 4)
    mark_gold(p, "Bo", 3, "cat")
    assert p.events.golds() == {3: Gold("cat", None, None, "Bo")}
    assert p.events.shared(3).gold == Gold("cat", None, None, "Bo")
    assert unmark_gold(p, "Ada", [3]).annotations == {3}
    assert p.events.golds() == {}
    assert p.events.labels() == []
    assert undo_title(p, "Ada") == "Undo: unmark gold, neuron 3"


def test_shared_words_make_no_label_and_no_row_of_an_export(small_project, tmp_path):
    before = export(small_project, tmp_path / "before.jsonl").rows
    mark_gold(small_project, "Lead", 1, "dog")  # neuron 1 has no evidence: it would be a row of its own
    comment(small_project, "Lead", 2, "what is this?")
    reveal(small_project, "Lead", 4, ["class"], Seen())
    set_guidelines(small_project, "Lead", "# How")
    assert small_project.events.labels() == []
    assert export(small_project, tmp_path / "after.jsonl").rows == before


def test_a_label_is_picked_or_written_and_nobodys_label_changes(small_project):
    p = small_project
    accept(p, "Ada", 5, "dog")
    rate(p, "Ada", 5, 4)
    reject(p, "Bo", 5)
    labels = p.events.labels()
    pick(p, "Lead", p.events.label("Ada", 5))
    assert p.events.finals() == {5: Final(Decision.ACCEPTED, "dog", None, 4, "Lead", "Ada")}
    adjudicate(p, "Lead", 5, Decision.EDITED, " wet dog ", Modality.VISUAL, 5)
    assert p.events.finals() == {5: Final(Decision.EDITED, "wet dog", Modality.VISUAL, 5, "Lead", "")}
    assert p.events.labels() == labels
    undo(p, "Lead")
    assert p.events.finals()[5].picked == "Ada"
    reopen_adjudication(p, "Lead", [5])
    assert p.events.finals() == {}


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda p: pick(p, "Lead", p.events.label("Ada", 5)), "Ada has not decided on neuron 5"),
        (lambda p: adjudicate(p, "Lead", 5, Decision.EDITED, "  "), "at least one word"),
        (lambda p: adjudicate(p, "Lead", 5, Decision.ACCEPTED, "dog", None, 6), "from 1 to 5"),
        (lambda p: adjudicate(p, "Lead", 300, Decision.ACCEPTED, "dog"), "no neuron 300"),
        (lambda p: mark_gold(p, "Lead", 1), "Say what is true"),
        (lambda p: mark_gold(p, "", 1, "dog"), "Say who is reviewing"),
        (lambda p: comment(p, "Ada", 1, " \n"), "at least one word"),
        (lambda p: comment(p, "Ada", 1, "x" * 20_001), "20,001 characters"),
        (lambda p: comment(p, "Ada", -1, "x"), "no neuron -1"),
        (lambda p: reveal(p, "Ada", 1, ["truth"], Seen()), "What can be revealed"),
        (lambda p: set_guidelines(p, "Ada", "x" * 200_001), "200,001 characters"),
        (lambda p: annotate(p, "Ada", 1, {"gold": {}}), "no field “gold”"),
        (lambda p: annotate(p, "Ada", 1, {"tags": "animal"}), "list of words"),
        (lambda p: tag(p, "Ada", 1, [str(i) for i in range(51)]), "50 tags"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(small_project, act, sentence):
    with pytest.raises(UserError, match=sentence):
        act(small_project)
    assert small_project.events.count() == 0


def test_tags_are_sorted_words_each_once(small_project):
    tag(small_project, "Ada", 1, ["b", " a ", "b", ""])
    assert small_project.events.label("Ada", 1).tags == ("a", "b")
    assert undo_title(small_project, "Ada") == "Undo: tag, neuron 1"
    assert tag(small_project, "Ada", 1, ["b", "a"]).annotations == frozenset()
    undo(small_project, "Ada")
    assert small_project.events.label("Ada", 1).tags == ()


def test_a_reveal_keeps_what_was_said_and_seen_by_then(small_project):
    p = small_project
    classify(p, "Bo", 7, Modality.TEXTUAL)
    seen = Seen(("7:text:top:s",), {"a": 0.5, "z": float("nan")}, blind=True)
    assert reveal(p, "Bo", 7, ["proposal", "class"], seen).annotations == {7}
    accept(p, "Bo", 7, "dog")
    (found,) = p.events.reveals(7, "Bo")
    assert found.shown == ("class", "proposal")
    assert (found.label.modality, found.label.decision) == (Modality.TEXTUAL, None)
    assert found.seen == Seen(("7:text:top:s",), {"a": 0.5}, blind=True)
    assert p.events.reveals(7, "Ada") == []
    assert undo_title(p, "Bo") == "Undo: accept, neuron 7"
    undo(p, "Bo"), undo(p, "Bo")
    assert undo(p, "Bo") is None
    assert [e.kind for e in p.events.of(7)].count(EventKind.REVEAL) == 1


def test_the_discussion_is_in_order_and_stays(small_project):
    p = small_project
    comment(p, "Ada", 7, " a dog? ")
    comment(p, "Bo 🦫", 7, "eher ein Wolf")
    comment(p, "Ada", 9, "x")
    assert [(c.annotator, c.text) for c in p.events.comments(7)] == [
        ("Ada", "a dog?"),
        ("Bo 🦫", "eher ein Wolf"),
    ]
    assert len(p.events.comments()) == 3
    assert undo(p, "Ada") is None


def test_every_version_of_the_guidelines_is_kept(small_project):
    p = small_project
    assert current_guidelines(p) == ""
    changes = set_guidelines(p, "Lead", "# One")
    assert changes.rules
    assert changes.annotations == frozenset()
    set_guidelines(p, "Lead", "# Two")
    undo(p, "Lead")
    assert [(g.text, g.by) for g in p.events.guidelines()] == [
        (t, "Lead") for t in ("# One", "# Two", "# One")
    ]
    assert current_guidelines(p) == "# One"


def test_who_sets_the_first_policy_leads_and_others_may_not(small_project):
    p = small_project
    assert p.events.policy() == Policy()
    set_policy(p, "Ada", Policy(blind=True))
    assert p.events.policy() == Policy(blind=True, lead="Ada")
    assert p.events.policy().hides_from("Bo")
    assert not p.events.policy().hides_from("Ada")
    before = p.events.count()
    for act in (
        lambda: set_policy(p, "Bo", Policy()),
        lambda: set_guidelines(p, "Bo", "x"),
        lambda: mark_gold(p, "Bo", 1, "dog"),
        lambda: unmark_gold(p, "Bo", [1]),
    ):
        with pytest.raises(UserError, match="Only Ada, who leads"):
            act()
    assert p.events.count() == before
    set_policy(p, "Ada", Policy(lead="Bo"))
    set_guidelines(p, "Bo", "x")
