"""Scorers on a project: right numbers, on examples that no explainer saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import resources
from models.explainers.conversations import whole_text
from studio.domain.concept import Proposal
from studio.domain.context import Quiet
from studio.domain.errors import DataError, ModelError, UserError
from studio.domain.evidence import ActivationMap, ExampleKind
from studio.domain.modality import TokenKind
from studio.domain.score import Score
from studio.domain.specs import ChatSpec, ScorersSpec
from studio.services.evidence_reader import shown
from studio.services.merge import merge_bundle
from studio.services.plugin_host import load_plugins
from studio.services.scorers import run_scorers
from studio.services.scoring_work import Work
from studio.storage.project import Project

CLIP = str(resources.folder("demo", "clip-scenes"))
BANK = str(resources.folder("demo", "concepts.jsonl"))
IMAGE, TEXT = TokenKind.IMAGE, TokenKind.TEXT


@pytest.fixture
def project(tmp_path: Path, fill: Any) -> Path:
    """Neurons 3, 6 and 9 live and have evidence; their proposals say what the explainer saw."""
    path = tmp_path / "p.cstudio"
    with Project.create(path, "p") as made:
        fill(made, 12)
        made.database.execute("DELETE FROM proposal")
        made.proposals.write(
            Proposal(
                *(neuron, side, "dog" if side is IMAGE else "a red ball", None, "vocabulary"),
                details={"seen": [i.sample.id for i in shown(made, neuron, side, "seen", 2)]},
            )
            for neuron in (3, 6, 9)
            for side in TokenKind
        )
    return path


def run(project: Path, bundle: Path, *names: str, **more: Any) -> list[Score]:
    spec = ScorersSpec(names, **{"aligner": CLIP, "bank": BANK, "device": "cpu", **more})
    run_scorers(spec, project, bundle, Quiet())
    with Project.open(bundle) as found:
        return found.scores.all()


def work_on(project: Project, **more: Any) -> Work:
    return Work(project, ScorersSpec((), **more), Path(), load_plugins())


def test_no_item_is_of_a_picture_or_text_that_an_explainer_saw_on_either_side(project: Path) -> None:
    with Project.open(project) as found:
        work, tested = work_on(found), 0
        for target in work.targets():
            both = [name for p in found.proposals.of(target.neuron) for name in p.details["seen"]]
            seen = found.samples.get(both)
            groups = {found.pictures.group_of(sample) for sample in seen.values()}
            items = work.test_set(target)
            tested += bool(items)
            assert not groups & {item.group for item in items}
            if target.side is TEXT:
                texts = {whole_text(sample) for sample in seen.values()}
                assert not texts & {whole_text(item.sample) for item in items}
            assert len({item.group for item in items}) == len(items)
            assert {item.positive for item in items} in ({True, False}, set())
        assert tested >= 2


@pytest.mark.parametrize("name", ["detection", "fuzzing", "clip", "iou"])
def test_every_scorer_refuses_examples_that_the_explainer_saw(
    project: Path, tmp_path: Path, name: str, tiny_grounder: tuple[str, str]
) -> None:
    """The proposals say that the held-out half was shown, too: nothing may be scored then."""
    with Project.open(project) as found:
        target = next(t for t in work_on(found).targets() if work_on(found).test_set(t) and t.side is IMAGE)
        held = [i.sample.id for i in shown(found, target.neuron, IMAGE, "held_out", 9)]
        old = next(p for p in found.proposals.of(target.neuron) if p.side is IMAGE)
        found.proposals.write([replace(old, details={"seen": [*old.details["seen"], *held]})])
    networks = dict(zip(("detector", "segmenter"), tiny_grounder, strict=True)) if name == "iou" else {}
    with pytest.raises(DataError, match=r"seen by the explainer.*Propose concepts again"):
        run(project, tmp_path / "b", name, **networks)


def test_near_duplicates_count_as_the_same_picture(project: Path) -> None:
    with Project.open(project) as found:
        work = work_on(found)
        target = next(t for t in work.targets() if work.test_set(t) and t.side is IMAGE)
        item = next(i for i in work.test_set(target) if i.positive)
        twin = found.samples.get([next(iter(target.seen))])[next(iter(target.seen))]
        rows = found.pictures.hashes()
        groups = [[rows[item.sample.picture], rows[twin.picture]]]
        found.meta.set("near_duplicates", {"pictures": "", "groups": groups})
        assert found.pictures.group_of(item.sample) == found.pictures.group_of(twin)
        halves = [{i.group for i in shown(found, target.neuron, IMAGE, h, 9)} for h in ("seen", "held_out")]
        assert not halves[0] & halves[1]


def test_negatives_are_silent_and_marked_like_positives(project: Path) -> None:
    with Project.open(project) as found:
        for number, evidence in enumerate(found.evidence.get(n) for n in (3, 6, 9)):
            silent = [
                replace(e, map=without_image(e.map))
                if e.kind is ExampleKind.SILENT and e.side is IMAGE
                else e
                for e in evidence.examples
            ]
            found.evidence.write([replace(evidence, examples=tuple(silent))])
            assert number < 3
        work = work_on(found)
        negatives = 0
        for target in work.targets():
            items = work.test_set(target)
            counts = {len(i.marks.image_index) for i in items if i.positive and target.side is IMAGE}
            for item in items:
                if not item.positive and target.side is IMAGE:
                    negatives += 1
                    assert len(item.marks.image_index) in counts
        assert negatives


def without_image(found: ActivationMap) -> ActivationMap:
    return replace(found, image_index=found.image_index[:0], image_value=found.image_value[:0])


@pytest.mark.parametrize("name", ["detection", "fuzzing"])
def test_the_aligner_judges_by_its_cosine(project: Path, tmp_path: Path, name: str) -> None:
    scores = run(project, tmp_path / "b", name)
    assert {(s.neuron, s.side) for s in scores} == {(n, s) for n in (3, 6, 9) for s in TokenKind}
    for score in scores:
        if score.value is None:
            assert "held-out" in score.why
        else:
            assert 0 <= score.low <= score.value <= score.high <= 1
            assert score.n == score.details["positives"] + score.details["negatives"]
    assert any(score.value is not None for score in scores)


def test_detection_by_cosine_is_what_a_plain_computation_gives(project: Path, tmp_path: Path) -> None:
    from models.aligners import load_aligner
    from models.scorers.detection import auc

    scores = {(s.neuron, s.side): s for s in run(project, tmp_path / "b", "detection")}
    aligner, compared = load_aligner(CLIP), 0
    with Project.open(project) as found:
        work = work_on(found, aligner=CLIP)
        for target in work.targets():
            items = work.test_set(target)
            if items:
                texts = [whole_text(i.sample) for i in items]
                shown_ = (
                    aligner.embed_texts(texts)
                    if target.side is TEXT
                    else aligner.embed_images([work.picture(i.sample.picture) for i in items])
                )
                said = (shown_ @ aligner.embed_texts([target.concept])[0]).round(5)
                expected = auc(said, [i.positive for i in items])
                assert scores[target.neuron, target.side].details["auc"] == pytest.approx(expected, abs=1e-5)
                compared += 1
    assert compared


def test_a_chat_model_judges_one_item_at_a_time_and_is_asked_once(
    chat_server: Any, chat_module: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.script = lambda _n, _body: chat_module.Says(text="yes", yes=0.75)
    chat = ChatSpec("judge", chat_server.url, timeout=60.0)
    scores = run(project, tmp_path / "b", "detection", "fuzzing", chat=chat)
    told = [s for s in scores if s.value is not None]
    assert told
    assert {(s.value, s.details["auc"]) for s in told} == {(0.5, 0.5)}  # yes to everything
    assert {s.details["prompt"]["name"] for s in told} == {"detection", "fuzzing"}
    asked = len(chat_server.asked)
    assert len({str(body) for body in chat_server.asked}) <= asked <= sum(s.n for s in told)
    run(project, tmp_path / "c", "detection", "fuzzing", chat=chat)
    assert len(chat_server.asked) == asked


def test_a_judge_that_knows_the_truth_is_perfect_and_a_mute_one_undefined(
    chat_server: Any, chat_module: Any, project: Path, tmp_path: Path
) -> None:
    with Project.open(project) as found:
        work = work_on(found)
        right = {
            (target.concept, " ".join(turn.text for turn in item.sample.turns)): item.positive
            for target in work.targets()
            if target.side is TEXT
            for item in work.test_set(target)
        }

    def says(_n: int, body: dict[str, Any]) -> Any:
        said = " ".join(part["text"] for part in body["messages"][1]["content"] if part["type"] == "text")
        held = [truth for (concept, text), truth in right.items() if text in said and concept in said]
        return chat_module.Says(text="Yes." if held and held[0] else "no")

    chat_server.script = says
    chat = ChatSpec("judge", chat_server.url, timeout=60.0)
    for score in run(project, tmp_path / "b", "detection", chat=chat):
        if score.side is TEXT and score.value is not None:
            assert score.value in (0.5, 1.0) or score.value > 0.5
    chat_server.replies(chat_module.Says(text="perhaps"))
    other = ChatSpec("mute", chat_server.url, timeout=60.0)
    mute = run(project, tmp_path / "c", "detection", chat=other)
    assert {s.value for s in mute} == {None}
    assert any("no answer that could be read" in s.why for s in mute)


def test_the_clip_score_is_the_mean_over_held_out_regions(project: Path, tmp_path: Path) -> None:
    from models.aligners import load_aligner
    from models.explainers.evidence import visual_evidence

    scores = {s.neuron: s for s in run(project, tmp_path / "b", "clip")}
    aligner, compared = load_aligner(CLIP), 0
    concept = aligner.embed_texts(["dog"])[0]
    with Project.open(project) as found:
        work = work_on(found)
        for target in work.targets():
            items = [i for i in work.test_set(target) if i.positive]
            if target.side is IMAGE and items:
                pairs = [(work.picture(i.sample.picture), i) for i in items]
                regions = [visual_evidence(p, i.sample, i.marks, "blur")[0] for p, i in pairs]
                expected = (2.5 * np.maximum(aligner.embed_images(regions) @ concept, 0)).mean()
                score = scores[target.neuron]
                assert score.value == pytest.approx(expected, abs=1e-5)
                assert (
                    1 <= scores[target.neuron].details["rank"] <= scores[target.neuron].details["bank_size"]
                )
                compared += 1
    assert compared
    assert {s.side for s in scores.values()} == {IMAGE}


def test_a_concept_that_the_aligner_cuts_says_so(project: Path, tmp_path: Path) -> None:
    with Project.open(project) as found:
        old = next(p for p in found.proposals.of(3) if p.side is IMAGE)
        found.proposals.write([replace(old, concept="dog " * 80)])
    cut = next(s for s in run(project, tmp_path / "b", "clip") if s.neuron == 3)
    assert "cuts the concept" in cut.details["truncated"]


def test_without_a_word_of_what_was_seen_the_aligner_has_no_cut_and_says_so(
    project: Path, tmp_path: Path
) -> None:
    with Project.open(project) as found:
        found.proposals.write([replace(p, details={}) for p in found.proposals.all()])
    scores = run(project, tmp_path / "b", "detection")
    assert {s.value for s in scores} == {None}
    assert any("nothing to set the judge's cut on" in s.why for s in scores)


def test_scores_are_merged_and_replace_those_of_their_scorer(project: Path, tmp_path: Path) -> None:
    run(project, tmp_path / "b", "clip")
    run(project, tmp_path / "c", "detection")
    with Project.open(project) as found:
        changes = merge_bundle(found, tmp_path / "b")
        merge_bundle(found, tmp_path / "c")
        assert changes.scores == {3, 6, 9}
        assert found.scores.scorers() == ["clip", "detection"]
        assert found.scores.of(3)


def test_what_cannot_be_done_is_a_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no scorer “luck”"):
        run(project, tmp_path / "b", "luck")
    with pytest.raises(ModelError, match="without a scorer"):
        run(project, tmp_path / "b")
    with pytest.raises(ModelError, match="No aligner is set"):
        run(project, tmp_path / "b", "clip", aligner="")
    with pytest.raises(UserError, match="positives is 0"):
        run(project, tmp_path / "b", "clip", positives=0)
    with pytest.raises(DataError, match="masks"):
        run(project, tmp_path / "b", "dissection")
    with pytest.raises(ModelError, match="No detector"):
        run(project, tmp_path / "b", "iou")
    with Project.open(project) as found:
        found.database.execute("DELETE FROM proposal")
    with pytest.raises(DataError, match="no concepts to score"):
        run(project, tmp_path / "b", "clip")
