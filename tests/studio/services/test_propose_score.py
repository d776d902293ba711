"""Proposals and scores on a small project, against a slow computation with the same encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.domain.concept import Category, ProposalState
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, ModelError
from studio.domain.evidence import ActivationMap, Evidence, Example, ExampleKind, StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.domain.neuron import HISTOGRAM_BINS, NeuronStats, SideStats
from studio.domain.sample import Turn
from studio.domain.specs import ProposeSpec, ScoreSpec
from studio.domain.statistics import benjamini_hochberg
from studio.services import embeddings
from studio.services.background import matched
from studio.services.evidence_reader import shown
from studio.services.merge import merge_bundle
from studio.services.pictures import stored_picture
from studio.services.propose import propose
from studio.services.score import score
from studio.storage.project import Project

NEURONS, PICTURES, DEAD, TEXT_ONLY = 14, 12, 5, 3
WORDS = ["the", "dog", "sees", "a", "red", "ball", "on", "the", "table", "and", "a", "cat"]
BANK = [
    ("dog", "object"),
    ("red ball", "object"),
    ("table", "object"),
    ("red", "color"),
    ("the cat", "object"),
]
IMAGE, TEXT = TokenKind.IMAGE, TokenKind.TEXT


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny CLIP with random weights, as `save_pretrained` writes it."""
    import torch
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    folder = tmp_path_factory.mktemp("aligner") / "tiny-clip"
    size = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    vocabulary = ["<pad>", "<s>", "<unk>", "</s>", *dict.fromkeys(WORDS)]
    text = {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": 24,
        "eos_token_id": 3,
        "pad_token_id": 0,
    }
    torch.manual_seed(2)
    config = CLIPConfig(
        text_config=size | text, vision_config=size | {"image_size": 32, "patch_size": 8}, projection_dim=12
    )
    CLIPModel(config).save_pretrained(folder)
    shape = {"height": 32, "width": 32}
    CLIPImageProcessorPil(size=shape, crop_size=shape, do_center_crop=False).save_pretrained(folder)
    inner = Tokenizer(WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    return str(folder)


def side_stats(fires: np.ndarray) -> SideStats:
    count = fires.astype(np.int64)
    return SideStats(
        count,
        count,
        count.astype(float),
        count.astype(float),
        np.zeros((NEURONS, HISTOGRAM_BINS), np.int64),
        9,
        9,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Neurons that fire on random cells and words; one is dead, one fires on text alone."""
    rng = np.random.default_rng(3)
    path = tmp_path / "small.cstudio"
    with Project.create(path, "small") as found, found.transaction():
        for i in range(PICTURES):
            found.samples.add(stored_sample(found, rng, i))
        found.evidence.write(evidence(rng, n) for n in range(NEURONS) if n != DEAD)
        live = np.arange(NEURONS) != DEAD
        found.neurons.write(
            NeuronStats(side_stats(live & (np.arange(NEURONS) != TEXT_ONLY)), side_stats(live))
        )
    return path


def stored_sample(project: Project, rng: np.random.Generator, number: int) -> StoredSample:
    image = Image.fromarray(rng.integers(0, 255, (4, 6, 3), dtype=np.uint8)).resize(
        (48, 32), Image.Resampling.NEAREST
    )
    picture = stored_picture(image)
    row = project.pictures.add(picture.jpeg, picture.width, picture.height, picture.sha256)
    words = rng.permutation(WORDS).tolist()
    boxes = np.array([[x, y, x + 8, y + 8] for y in range(0, 32, 8) for x in range(0, 48, 8)], np.float32)
    return StoredSample(
        f"s{number}",
        (Turn("user", " ".join(words)),),
        tuple(" " + word for word in words),
        ("user",) * len(words),
        row,
        48,
        32,
        boxes,
        np.zeros(len(boxes), np.uint8),
    )


def evidence(rng: np.random.Generator, neuron: int) -> Evidence:
    sides = [TEXT] if neuron == TEXT_ONLY else [IMAGE, TEXT]
    examples = []
    for side in sides:
        for position, number in enumerate(rng.permutation(PICTURES)[:8]):
            index = np.sort(rng.permutation(11)[: rng.integers(1, 6)]).astype(np.uint32)
            value = rng.random(len(index)).astype(np.float32) + 0.1
            none = (np.zeros(0, np.uint32), np.zeros(0, np.float32))
            found = (index, value, *none) if side is IMAGE else (*none, index, value)
            examples.append(
                Example(side, ExampleKind.TOP, position, 1.0, f"s{number}", ActivationMap(*found))
            )
    return Evidence(neuron, tuple(examples))


@pytest.fixture
def bank(tmp_path: Path) -> str:
    path = tmp_path / "bank.jsonl"
    path.write_text("\n".join(json.dumps({"concept": c, "category": k}) for c, k in BANK))
    return str(path)


@pytest.fixture
def scored(project: Path, clip: str, bank: str) -> Path:
    """The project after propose and score, each through a snapshot and a bundle."""
    run(project, propose, ProposeSpec(aligner=clip, bank=bank, examples=4))
    run(project, score, ScoreSpec(clip, bank, examples=4, background=200, device="cpu"))
    return project


def run(project: Path, service: Any, spec: Any) -> None:
    snapshot, bundle = project.with_suffix(".snapshot"), project.with_suffix(".bundle")
    with Project.open(project) as found:
        found.snapshot(snapshot)
        service(spec, snapshot, bundle, Quiet())
        merge_bundle(found, bundle)
    bundle.unlink()


def slow_means(project: Project, clip: str, half: Any, side: TokenKind) -> dict[int, np.ndarray]:
    """Mean of unit embeddings, one example at a time, masked by hand."""
    from models.aligners import load_aligner
    from models.pictures import hidden

    aligner, means = load_aligner(clip, device="cpu"), {}
    for neuron in range(NEURONS):
        vectors = []
        for item in shown(project, neuron, side, half, 4):
            found, sample = item.example.map, item.sample
            if side is TEXT:
                at = int(found.text_index[found.text_value.argmax()])
                text = " ".join(word.strip() for word in sample.tokens[max(0, at - 5) : at + 6])
                vectors.append(aligner.embed_texts([text])[0])
                continue
            import io

            picture = Image.open(io.BytesIO(project.pictures.get(sample.picture or 0))).convert("RGB")
            pixels, out = np.asarray(picture), np.asarray(hidden(picture, "blur")).copy()
            for x0, y0, x1, y1 in sample.boxes[found.image_index].astype(int).tolist():
                out[y0:y1, x0:x1] = pixels[y0:y1, x0:x1]
            vectors.append(aligner.embed_images([Image.fromarray(out)])[0])
        if vectors:
            means[neuron] = np.mean(vectors, axis=0, dtype=float)
    return means


@pytest.mark.parametrize("side", [IMAGE, TEXT])
def test_proposals_are_the_phrases_that_stand_out_most(scored: Path, clip: str, side: TokenKind) -> None:
    from models.aligners import load_aligner

    phrases = load_aligner(clip, device="cpu").embed_texts([c for c, _ in BANK])
    with Project.open(scored) as project:
        means = slow_means(project, clip, "seen", side)
        table = np.stack(list(means.values())) @ phrases.T
        above, spread = table - table.mean(axis=0), table.std(axis=0, ddof=1)
        z, ranked = above / spread, above / (spread + np.median(spread))
        found = {p.neuron: p for p in project.proposals.all() if p.side is side}
        assert sorted(found) == sorted(means)
        for row, neuron in enumerate(means):
            proposal, best = found[neuron], int(ranked[row].argmax())
            assert proposal.candidates[0][0] == BANK[best][0]
            assert proposal.candidates[0][1] == pytest.approx(ranked[row, best], abs=2e-3)
            named = z[row, best] >= 1.645
            assert proposal.concept == (BANK[best][0] if named else None)
            assert proposal.category == (Category(BANK[best][1]) if named else None)
            assert proposal.state is (ProposalState.OK if named else ProposalState.NONE)
            seen = {item.sample.id for item in shown(project, neuron, side, "seen", 4)}
            assert set(proposal.details["seen"]) == seen
            assert proposal.details["bank_size"] == len(BANK)


def test_the_dead_are_left_out_and_a_side_without_examples_too(scored: Path) -> None:
    with Project.open(scored) as project:
        pairs = {(p.neuron, p.side) for p in project.proposals.all()}
        assert DEAD not in {neuron for neuron, _ in pairs}
        assert (TEXT_ONLY, TEXT) in pairs
        assert (TEXT_ONLY, IMAGE) not in pairs
        assert {v.neuron for v in project.verdicts.all()} == set(range(NEURONS)) - {DEAD}


@pytest.mark.parametrize("side", [IMAGE, TEXT])
def test_alignments_equal_the_slow_computation(scored: Path, clip: str, side: TokenKind) -> None:
    from models.aligners import load_aligner

    aligner = load_aligner(clip, device="cpu")
    phrases = aligner.embed_texts([c for c, _ in BANK])
    names = [c for c, _ in BANK]
    with Project.open(scored) as project:
        means = slow_means(project, clip, "held_out", side)
        found = [a for a in project.alignments.all() if a.side is side]
        seen = slow_means(project, clip, "seen", side)
        named = {(p.neuron, p.concept) for p in project.proposals.all()}
    assert found
    left_out = 0
    for a in found:
        concept = phrases[names.index(a.concept)]
        cosines = {n: float(m @ concept) for n, m in seen.items()}
        middle = np.median(list(cosines.values()))
        far = 3 * 1.4826 * np.median([abs(c - middle) for c in cosines.values()])
        stands = {n for n, c in cosines.items() if c > middle + far}
        left_out += len(stands)
        others = [n for n in means if (n, a.concept) not in named and n not in stands | {a.neuron}]
        null = np.array([means[n] @ concept for n in others])
        observed = float(means[a.neuron] @ concept)
        assert a.a == pytest.approx(observed, abs=1e-5)
        assert a.z == pytest.approx((observed - null.mean()) / null.std(ddof=1), abs=2e-2)
        assert a.p == pytest.approx((1 + (null >= observed).sum()) / (1 + len(null)))
        aligned = phrases @ means[a.neuron]
        assert a.rank == 1 + (aligned > aligned[names.index(a.concept)] + 1e-6).sum()
        odds = np.exp(aligner.scale * aligned)
        assert a.softmax == pytest.approx(odds[names.index(a.concept)] / odds.sum(), rel=1e-3)
        assert a.bank_size == len(BANK)
        assert a.n == 4
    assert left_out or side is TEXT


@pytest.mark.parametrize("side", [IMAGE, TEXT])
def test_q_is_over_all_tests_of_a_side(scored: Path, side: TokenKind) -> None:
    with Project.open(scored) as project:
        found = [a for a in project.alignments.all() if a.side is side]
    assert len({(a.neuron, a.concept) for a in found}) == len(found)
    assert [a.q for a in found] == pytest.approx(benjamini_hochberg([a.p for a in found]))


def test_a_stopped_run_goes_on_where_it_stopped(
    project: Path, clip: str, bank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "CHUNK", 4)
    spec = ProposeSpec(aligner=clip, bank=bank, examples=4)

    class Stop(Quiet):
        def report(self, done: float, total: float, text: str = "") -> None:
            if done == 8:
                raise Cancelled

    with pytest.raises(Cancelled):
        propose(spec, project, tmp_path / "a.bundle", Stop())
    assert not (tmp_path / "a.bundle").exists()
    kept = {path: path.stat().st_mtime_ns for path in project.parent.rglob("*.npz")}
    assert len(kept) == 2
    propose(spec, project, tmp_path / "a.bundle", Quiet())
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    (sorted(project.parent.rglob("*.npz"))[0]).write_bytes(b"torn")
    propose(spec, project, tmp_path / "b.bundle", Quiet())
    with Project.open(tmp_path / "a.bundle") as one, Project.open(tmp_path / "b.bundle") as two:
        assert one.proposals.all() == two.proposals.all()


def test_changed_evidence_is_embedded_anew(project: Path, clip: str, bank: str, tmp_path: Path) -> None:
    spec = ProposeSpec(aligner=clip, bank=bank, examples=4)
    propose(spec, project, tmp_path / "a.bundle", Quiet())
    with Project.open(project) as changed:
        other = evidence(np.random.default_rng(99), 0)
        changed.evidence.write([other])
    propose(spec, project, tmp_path / "b.bundle", Quiet())
    with Project.open(tmp_path / "a.bundle") as one, Project.open(tmp_path / "b.bundle") as two:
        assert one.proposals.of(0)[0].candidates != two.proposals.of(0)[0].candidates


def test_without_a_bank_the_words_of_the_data_are_the_bank(project: Path, clip: str, tmp_path: Path) -> None:
    propose(ProposeSpec(aligner=clip, examples=4), project, tmp_path / "a.bundle", Quiet())
    with Project.open(tmp_path / "a.bundle") as found:
        proposals = found.proposals.all()
    assert proposals[0].details["bank_size"] == len(set(WORDS))
    assert {name for p in proposals for name, _ in p.candidates} <= set(WORDS)


def test_what_cannot_be_done_is_a_sentence(project: Path, clip: str, bank: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Propose concepts first"):
        score(ScoreSpec(clip, bank, device="cpu"), project, tmp_path / "a.bundle", Quiet())
    with pytest.raises(ModelError, match="no explainer “oracle”"):
        propose(ProposeSpec("oracle", clip, bank), project, tmp_path / "a.bundle", Quiet())
    with pytest.raises(ModelError, match="No aligner is set"):
        propose(ProposeSpec(bank=bank), project, tmp_path / "a.bundle", Quiet())
    assert not (tmp_path / "a.bundle").exists()


def test_a_concept_that_the_aligner_cuts_is_said_and_counted(
    project: Path, clip: str, bank: str, tmp_path: Path, make_watch: Any
) -> None:
    propose(ProposeSpec(aligner=clip, bank=bank, examples=4), project, tmp_path / "a.bundle", Quiet())
    with Project.open(project) as found:
        merge_bundle(found, tmp_path / "a.bundle")
        old = next(p for p in found.proposals.all() if p.concept is not None)
        found.proposals.write([replace(old, concept="dog " * 40)])
    watch = make_watch()
    result = score(ScoreSpec(clip, bank, device="cpu", background=5), project, tmp_path / "b.bundle", watch)
    assert result.truncated == 1
    assert any("cuts 1 concepts at 24 tokens" in line for line in watch.logged)


@pytest.mark.parametrize("side", [IMAGE, TEXT])
def test_a_concept_is_not_scored_on_what_its_explainer_saw(
    scored: Path, clip: str, bank: str, side: TokenKind
) -> None:
    """The examples are others than they were when it was named: one that was seen is held out now."""
    with Project.open(scored) as project:
        old = next(p for p in project.proposals.all() if p.side is side and p.concept is not None)
        held = shown(project, old.neuron, side, "held_out", 4)[0].sample.id
        project.proposals.write([replace(old, details={**old.details, "seen": [held]})])
    with pytest.raises(DataError, match=rf"Neuron {old.neuron}: .*seen by the explainer.*Propose"):
        run(scored, score, ScoreSpec(clip, bank, examples=4, background=200, device="cpu"))


def test_every_class_is_counted(scored: Path) -> None:
    with Project.open(scored) as project:
        run = project.runs.last("score")
        verdicts = project.verdicts.all()
    assert run is not None
    assert run.summary is not None
    assert run.summary["classes"] == {m.value: sum(v.modality is m for v in verdicts) for m in Modality}


@pytest.mark.parametrize(
    ("place", "count", "wanted"), [(0, 50, 10), (49, 50, 10), (20, 50, 10), (3, 5, 200), (0, 1, 9)]
)
def test_the_background_is_near_in_size_and_never_the_neuron_itself(
    place: int, count: int, wanted: int
) -> None:
    found = matched(place, count, wanted, (0, 0, place))
    assert len(set(found.tolist())) == len(found) == min(wanted, count - 1)
    assert place not in found
    near = sorted(range(count), key=lambda i: abs(i - place))
    # The 2 x wanted nearest lie within that many places, also at the ends of the order.
    assert set(found.tolist()) <= set(near[: 4 * wanted + 1])
    assert found.tolist() == matched(place, count, wanted, (0, 0, place)).tolist()


def test_the_background_leaves_out_who_is_barred() -> None:
    barred = np.array([3, 5, 6])
    found = matched(4, 12, 100, (1,), barred).tolist()
    assert found == [0, 1, 2, 7, 8, 9, 10, 11]
    assert matched(0, 3, 10, (1,), np.array([0, 1, 2])).tolist() == []
