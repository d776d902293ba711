"""Every table gives back what was put in; what is damaged is named in a sentence."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace

import numpy as np
import pytest

from studio.domain.concept import Alignment, Proposal, ProposalState
from studio.domain.errors import NotAProjectError, ProjectError
from studio.domain.evidence import (
    ActivationMap,
    Evidence,
    Example,
    ExampleKind,
    KeptPicture,
    StoredSample,
    with_pictures,
)
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import NeuronStats, SideStats
from studio.domain.sample import Skipped, Turn
from studio.domain.score import Score


def same(a, b) -> bool:
    """Equality that looks into arrays and takes NaN for equal to itself."""
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f") and a.dtype == b.dtype
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f), getattr(b, f)) for f in a.__dataclass_fields__)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    return (isinstance(a, float) and math.isnan(a) and math.isnan(b)) or a == b


def stats(n: int, high: int) -> NeuronStats:
    rng = np.random.default_rng(n)

    def side():
        return SideStats(
            rng.integers(0, high, n),
            rng.integers(0, high, n),
            rng.random(n),
            rng.random(n),
            rng.integers(0, high, (n, 64)),
            high,
            high * 7,
        )

    return NeuronStats(side(), side())


@pytest.mark.parametrize("n", [1, 255, 256, 257, 1024])
@pytest.mark.parametrize("high", [2, 200, 60_000, 2**45])
def test_statistics(small_project, n, high):
    before = stats(n, high)
    small_project.neurons.write(before)
    assert same(small_project.neurons.stats(), before)
    assert small_project.neurons.count() == n
    image, text = small_project.neurons.histogram(n - 1)
    assert same(image, before.image.histogram[-1])
    assert same(text, before.text.histogram[-1])
    with pytest.raises(ProjectError, match="no neuron"):
        small_project.neurons.histogram(n)


def test_evidence_of_every_shape(small_project):
    empty = ActivationMap(
        np.zeros(0, np.uint32), np.zeros(0, np.float32), np.zeros(0, np.uint32), np.zeros(0, np.float32)
    )
    large = ActivationMap(
        np.arange(3000, dtype=np.uint32),
        np.geomspace(1e-6, 900, 3000).astype(np.float32),
        np.array([7], np.uint32),
        np.array([0.5], np.float32),
    )
    examples = tuple(
        Example(side, kind, position, 0.1 * position, f"Ünï {position}", large if position % 2 else empty)
        for side in TokenKind
        for kind in ExampleKind
        for position in range(4)
    )
    before = [Evidence(1, examples), Evidence(2, ()), Evidence(3, examples[:1])]
    small_project.evidence.write(before)
    assert all(same(small_project.evidence.get(e.neuron), e) for e in before)


def test_a_neuron_without_evidence_has_none(small_project):
    assert small_project.evidence.get(1).examples == ()


def test_samples_share_geometry_and_keep_their_text(small_project):
    boxes = np.random.default_rng(0).random((50, 4)).astype(np.float32)
    views = np.arange(50, dtype=np.uint8)
    before = [
        StoredSample(
            f"s{i}",
            (Turn("user", "\0 <b>x</b> \ud800"[:8]),),
            (" ק", "a"),
            ("user",) * 2,
            None,
            1,
            2,
            boxes,
            views,
        )
        for i in range(5)
    ]
    geometries = small_project.database.value("SELECT count(*) FROM geometry")
    for sample in before:
        small_project.samples.add(sample)
    found = small_project.samples.get(["s0", "s4", "no such", "s0"])
    assert set(found) == {"s0", "s4"}
    assert same(found["s4"], before[4])
    assert small_project.database.value("SELECT count(*) FROM geometry") == geometries + 1


def two_pictured(project, rows=(1, 2), name="two") -> StoredSample:
    """Two tokens on a picture of 64 x 48 pixels, three on one of 30 x 90."""
    boxes = np.arange(1, 21, dtype=np.float32).reshape(5, 4)
    turns = (Turn("user", "Which is red?", (0, 5)),)
    sample = StoredSample(name, turns, (), (), rows[0], 64, 48, boxes, np.zeros(5, np.uint8))
    return with_pictures(sample, (KeptPicture(rows[0], 64, 48, 0), KeptPicture(rows[1], 30, 90, 2)))


def test_a_sample_of_several_pictures_shows_the_one_that_fires(small_project):
    before = two_pictured(small_project)
    small_project.samples.add(before.showing(1))
    found = small_project.samples.get(["two"])["two"]
    assert same(found, before)
    assert (found.picture, found.width, found.height, found.shown_as) == (1, 64, 48, "picture 1 of 2")
    none = np.zeros(0, np.uint32), np.zeros(0, np.float32)
    on = {
        i: ActivationMap(np.array([0, i], np.uint32), np.array([1, 2], np.float32), *none) for i in range(5)
    }
    assert [found.seen_by(on[i]).picture for i in range(5)] == [1, 1, 2, 2, 2]
    second = found.seen_by(on[2])
    assert (second.width, second.height, second.shown_tokens) == (30, 90, slice(2, 5))
    np.testing.assert_array_equal(second.boxes[:2], 0)
    np.testing.assert_array_equal(second.boxes[2:], np.arange(9, 21).reshape(3, 4))
    assert found.seen_by(ActivationMap(*none, *none)).picture == 1


def test_every_picture_of_a_kept_sample_stays_and_they_are_one_group(small_project):
    rows = [small_project.pictures.add(b"%d" % i, 9, 9, f"{i}") for i in range(4)]
    small_project.samples.add(two_pictured(small_project, rows[:2], "a"))
    small_project.samples.add(two_pictured(small_project, (rows[2], rows[1]), "b"))
    small_project.samples.add(two_pictured(small_project, (rows[3], rows[3]), "c"))
    found = small_project.samples.get("abc")
    group = small_project.pictures.group_of
    alone = {group(sample.showing(i)) for sample in (found["a"], found["b"]) for i in (0, 1)}
    assert len(alone) == 1
    assert group(found["c"]) not in alone
    small_project.samples.keep_only(["a"])
    small_project.pictures.drop_unused()
    assert sorted(small_project.pictures.hashes()) == rows[:2]


def test_more_samples_than_one_query_takes(small_project):
    sample = next(iter(small_project.samples.get(["scene-0-1"]).values()))
    ids = [f"n{i}" for i in range(1200)]
    with small_project.transaction():
        for identifier in ids:
            small_project.samples.add(
                StoredSample(
                    identifier, sample.turns, (), (), sample.picture, 64, 48, sample.boxes, sample.views
                )
            )
    assert set(small_project.samples.get(ids)) == set(ids)


def test_what_was_rolled_back_is_not_remembered(small_project):
    old = small_project.neurons.stats()
    sample = small_project.samples.get(["scene-0-1"])["scene-0-1"]

    def add(value):
        boxes = np.full((3, 4), value, np.float32)
        small_project.samples.add(replace(sample, id="new", boxes=boxes, views=np.zeros(3, np.uint8)))
        small_project.neurons.write(stats(9, 9))
        return small_project.samples.get(["new"])["new"].boxes[0, 0], small_project.neurons.count()

    def fail():
        with small_project.transaction():
            assert add(1.0) == (1.0, 9)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert same(small_project.neurons.stats(), old)
    assert add(2.0) == (2.0, 9)


def test_pictures_are_kept_once(small_project):
    row = small_project.pictures.add(b"abc", 4, 4, "f" * 64)
    assert small_project.pictures.add(b"abc", 4, 4, "f" * 64) == row
    assert small_project.pictures.get(row) == b"abc"
    with pytest.raises(ProjectError, match="too large"):
        small_project.pictures.add(b"abc", 30_000, 4, "e" * 64)
    with pytest.raises(ProjectError, match="missing"):
        small_project.pictures.get(99_999)


def test_concepts_come_back_whole(small_project):
    nan = float("nan")
    alignment = Alignment(8, TokenKind.TEXT, "déjà vu", "align", nan, nan, 1.0, nan, 3, nan, 9, 0)
    small_project.alignments.write([alignment])
    assert any(same(found, alignment) for found in small_project.alignments.of(8))
    long = Proposal(8, TokenKind.TEXT, None, None, "llm", ProposalState.LONG, "x" * 9000, (), {"a": [1]})
    small_project.proposals.write([long])
    assert long in small_project.proposals.of(8)
    assert long in small_project.proposals.all()


def test_scores_come_back_whole(small_project):
    found = Score(8, TokenKind.TEXT, "detection", "déjà vu", 0.75, 0.5, 1.0, 20, {"auc": 0.9})
    unknown = Score(3, TokenKind.IMAGE, "ms", "", None, details={"why": "It is dead."})
    small_project.scores.write([found, replace(found, value=0.1), unknown])
    small_project.scores.write([found])
    assert small_project.scores.all() == [unknown, found]
    assert small_project.scores.of(8) == [found]
    assert small_project.scores.scorers() == ["detection", "ms"]
    assert (unknown.why, found.why) == ("It is dead.", "")


def test_verdict_columns_say_what_the_verdicts_say(small_project):
    columns, verdicts = small_project.verdicts.columns(), small_project.verdicts.all()
    assert columns.neuron.tolist() == [v.neuron for v in verdicts]
    assert [tuple(Modality)[m] for m in columns.modality] == [v.modality for v in verdicts]
    assert columns.concept == [v.concept for v in verdicts]
    np.testing.assert_allclose(columns.q, [v.q for v in verdicts])
    assert columns.flagged.tolist() == [v.flagged for v in verdicts]
    assert small_project.verdicts.get(verdicts[0].neuron) == verdicts[0]
    assert small_project.verdicts.get(1) is None


def test_runs_and_skipped(small_project):
    run = small_project.runs.start("score", {"aligner": "clip"})
    assert small_project.runs.last("score").finished is None
    small_project.runs.finish(run, {"n": 3})
    assert small_project.runs.last("score").summary == {"n": 3}
    assert [r.kind for r in small_project.runs.all()] == ["extract", "score"]
    assert small_project.skipped.all() == [Skipped("scene-bad", "The picture cannot be read.")]


OUT_OF_TEXT = zlib.compress(b'[[["user", "a", [7]]], [], []]').hex()
DAMAGE = {
    "evidence": ("UPDATE evidence SET body=x'00ff'", lambda p: p.evidence.get(0)),
    "histogram": ("UPDATE histogram SET image=zeroblob(40)", lambda p: p.neurons.histogram(3)),
    "column": ("UPDATE neuron_column SET body=x'43530100'", lambda p: p.neurons.stats()),
    "short column": (
        "UPDATE neuron_column SET body=(SELECT body FROM neuron_column WHERE name='text.totals') "
        "WHERE name='image.sum'",
        lambda p: p.neurons.stats(),
    ),
    "sample": ("UPDATE sample SET body=x'789c'", lambda p: p.samples.get(["scene-0-1"])),
    "geometry": ("UPDATE geometry SET body=x'01'", lambda p: p.samples.get(["scene-0-1"])),
    "no second picture's place": (
        "INSERT INTO sample_picture VALUES('scene-0-1', 1, 1, 9, 9, 99999)",
        lambda p: p.samples.get(["scene-0-1"]),
    ),
    "place in a text": (
        f"UPDATE sample SET body=x'{OUT_OF_TEXT}'",
        lambda p: p.samples.get(["scene-0-1"]),
    ),
    "no geometry": ("DELETE FROM geometry", lambda p: p.samples.get(["scene-0-1"])),
    "modality": ("UPDATE verdict SET modality='zzz'", lambda p: p.verdicts.get(0)),
    "modalities": ("UPDATE verdict SET modality='zzz'", lambda p: p.verdicts.columns()),
    "causal": ("UPDATE verdict SET causal='[1]'", lambda p: p.verdicts.all()),
    "score": (
        "INSERT INTO score VALUES(0, 'image', 'ms', '', 1.0, NULL, NULL, 3, '[1]')",
        lambda p: p.scores.of(0),
    ),
    "proposal": ("UPDATE proposal SET candidates='{'", lambda p: p.proposals.of(0)),
    "side": ("UPDATE alignment SET side='smell' WHERE side='text'", lambda p: p.alignments.of(0)),
    "meta": ("UPDATE meta SET value='{' WHERE key='title'", lambda p: p.meta.get("title")),
    "run": ("UPDATE run SET config='7'", lambda p: p.runs.all()),
    "text": ("UPDATE run SET kind=CAST(x'ff' AS TEXT)", lambda p: p.runs.all()),
    "event": (
        "INSERT INTO event SELECT 'x','',1,'','Ada',1,'set','g','','t','{}','[]','{}'",
        lambda p: p.events.all(),
    ),
    "label": (
        "INSERT INTO event SELECT 'x','',1,'','Ada',1,'set','g','','t','{}','{\"rating\":\"x\"}','{}'",
        lambda p: p.events.labels(),
    ),
}


@pytest.mark.parametrize("what", list(DAMAGE))
def test_damage_is_a_sentence(small_project, what):
    sql, read = DAMAGE[what]
    small_project.database.execute(sql)
    with pytest.raises(NotAProjectError, match="damaged"):
        read(small_project)
