"""The verbs of an annotator: what they set, what they refuse, and that a kill loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from studio.domain.annotation import Decision, Label, Seen
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.storage.project import Project


def test_each_verb_sets_its_fields(small_project):
    p = small_project
    assert verbs.accept(p, "Ada", 1, "dog").annotations == {1}
    verbs.classify(p, "Ada", 1, Modality.MULTIMODAL)
    verbs.rate(p, "Ada", 1, 5)
    verbs.note(p, "Ada", 1, "fur\nonly")
    verbs.flag(p, "Ada", 1, True)
    assert p.events.label("Ada", 1) == Label(
        1, "Ada", Decision.ACCEPTED, "dog", Modality.MULTIMODAL, 5, "fur\nonly", False, True
    )
    verbs.edit(p, "Ada", 1, "  wet dog ")
    assert p.events.label("Ada", 1).concept == "wet dog"
    assert p.events.label("Ada", 1).decision is Decision.EDITED
    verbs.reject(p, "Ada", 1)
    assert (p.events.label("Ada", 1).decision, p.events.label("Ada", 1).concept) == (Decision.REJECTED, None)
    verbs.reopen(p, "Ada", 1)
    assert not p.events.label("Ada", 1).reviewed
    verbs.skip(p, "Ada", 1)
    assert p.events.label("Ada", 1).skipped
    verbs.accept(p, "Ada", 1, "dog")
    assert not p.events.label("Ada", 1).skipped


def test_saying_the_same_again_writes_nothing(small_project):
    verbs.rate(small_project, "Ada", 1, 5)
    assert verbs.rate(small_project, "Ada", 1, 5).annotations == frozenset()
    assert small_project.events.count() == 1


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({"rating": 6}, "1 to 5"),
        ({"rating": True}, "1 to 5"),
        ({"rating": 2.5}, "1 to 5"),
        ({"modality": "smell"}, "no modality"),
        ({"decision": "maybe"}, "no decision"),
        ({"colour": "red"}, "no field"),
        ({"note": 3}, "is a text"),
        ({"note": "x" * 100_001}, "100,001 characters"),
        ({"concept": "x" * 2_001}, "Shorten"),
    ],
)
def test_values_no_label_can_have_are_refused(small_project, new, sentence):
    with pytest.raises(UserError, match=sentence):
        verbs.annotate(small_project, "Ada", 1, {"flagged": True, **new})
    assert small_project.events.count() == 0


@pytest.mark.parametrize("neuron", [-1, 300, 10**12])
def test_unknown_neurons_are_refused_and_nothing_of_the_act_is_kept(small_project, neuron):
    acts = [verbs.Act(1, {"rating": 1}), verbs.Act(neuron, {"rating": 1})]
    with pytest.raises(UserError, match="There is no neuron"):
        verbs.annotate_many(small_project, "Ada", acts)
    assert small_project.events.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_an_annotator_has_a_name(small_project, name):
    with pytest.raises(UserError, match=r"[Nn]ame|who is"):
        verbs.rate(small_project, name, 1, 3)


def test_an_empty_concept_is_refused(small_project):
    with pytest.raises(UserError, match="at least one word"):
        verbs.edit(small_project, "Ada", 1, "  ")


@pytest.mark.parametrize("text", ["ǅ🦫​", "שלום", "a\0b", "\ud800", "'; DROP TABLE event; --", "n" * 10_000])
def test_any_unicode_is_kept(small_project, text):
    kept = text.replace("\0", "").replace("\ud800", "?")
    verbs.annotate(small_project, f"Ada {text[:9]}", 1, {"note": text, "concept": text[:50]})
    (label,) = small_project.events.labels()
    assert (label.note, label.concept) == (kept, kept[:50] if "\0" not in text else kept)
    assert small_project.events.verify() == []


def test_scores_that_are_no_numbers_are_left_out(small_project):
    seen = Seen(("a",), {"a": 0.5, "z": float("nan"), "q": float("inf")})
    verbs.rate(small_project, "Ada", 1, 3, seen)
    assert dict(small_project.events.of(1)[0].seen.scores) == {"a": 0.5}


LOOP = """
import sys
from studio.services.annotate import annotate
from studio.storage.project import Project
project = Project.open(sys.argv[1])
for i in range(100000):
    annotate(project, "Ada", i % 300, {"note": f"note {i}", "rating": 1 + i % 5})
    print(i, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(small_project):
    path = small_project.path
    small_project.close()
    child = subprocess.Popen([sys.executable, "-c", LOOP, str(path)], stdout=subprocess.PIPE, text=True)
    acknowledged = [int(child.stdout.readline()) for _ in range(60)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.wait()
    child.stdout.close()
    with Project.open(path) as project:
        notes = {event.new["note"] for event in project.events.all()}
        assert {f"note {i}" for i in acknowledged} <= notes
        assert len(notes) <= len(acknowledged) + 1
        assert project.events.verify() == []
    assert [p.name for p in path.parent.iterdir()] == [path.name]
