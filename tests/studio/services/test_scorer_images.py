"""Scores over every picture: MonoSemanticity and Network Dissection, against a plain computation."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import resources
from studio.domain.concept import Proposal
from studio.domain.context import Quiet
from studio.domain.errors import DataError
from studio.domain.modality import TokenKind
from studio.domain.neuron import histogram_edges
from studio.domain.specs import DataSpec, ExtractSpec, SaeSpec, ScorersSpec
from studio.services.evidence_reader import shown
from studio.services.extract import extract
from studio.services.masks import MaskFolder
from studio.services.merge import merge_bundle
from studio.services.plugin_host import load_plugins
from studio.services.scorer_images import image_codes
from studio.services.scorers import run_scorers, scorers
from studio.services.scoring_work import Work
from studio.storage.project import Project

CLIP = str(resources.folder("demo", "clip-scenes"))
LATENTS, K, PICTURES = 40, 4, 8
LABELS = ("red", "animal", "nothing of the kind")


@pytest.fixture(scope="module")
def extracted(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from models.sae import Sae, SaeConfig, save_sae

    folder = tmp_path_factory.mktemp("images")
    rows = torch.randn(LATENTS, 160, generator=torch.Generator().manual_seed(4)) / 160**0.5
    config = SaeConfig(160, LATENTS, K, hookpoint="layers.1")
    sae = Sae(config, rows, torch.zeros(LATENTS), rows.clone(), torch.zeros(160))
    save_sae(sae, folder / "sae" / "layers.1")
    data = replace(world.data, limit=PICTURES)
    spec = ExtractSpec(world.model, data, 1, SaeSpec(str(folder / "sae"), "layers.1"), top=4, batch_size=4)
    extract(spec, folder / "e.bundle", Quiet())
    with Project.create(folder / "p.cstudio") as project:
        merge_bundle(project, folder / "e.bundle")
        project.proposals.write(
            Proposal(
                *(n, TokenKind.IMAGE, LABELS[n % 3], None, "vocabulary"),
                details={"seen": [i.sample.id for i in shown(project, n, TokenKind.IMAGE, "seen", 2)]},
            )
            for n in range(LATENTS)
        )
    return folder / "p.cstudio"


@pytest.fixture
def scores(extracted: Path, tmp_path: Path) -> dict[str, dict[int, Any]]:
    return scores_of(extracted, tmp_path)


def scores_of(extracted: Path, tmp_path: Path) -> dict[str, dict[int, Any]]:
    spec = ScorersSpec(("monosemanticity", "dissection"), aligner=CLIP, device="cpu")
    with Project.open(extracted) as project:
        project.snapshot(tmp_path / "s.bundle")
    run_scorers(spec, tmp_path / "s.bundle", tmp_path / "b", Quiet())
    found: dict[str, dict[int, Any]] = {"monosemanticity": {}, "dissection": {}}
    with Project.open(tmp_path / "b") as bundle:
        for score in bundle.scores.all():
            found[score.scorer][score.neuron] = score
    return found


def heat(found: Any, neuron: int) -> np.ndarray:
    """The neuron's activation at each token: float [tokens]."""
    return np.where(found.indices == neuron, found.values, 0).sum(axis=1)


def test_both_are_what_a_plain_computation_gives(
    extracted: Path, world: Any, scores: dict[str, dict[int, Any]]
) -> None:
    from models.aligners import load_aligner
    from models.pictures import region_mask

    data = replace(world.data, limit=PICTURES)
    with Project.open(extracted) as project:
        codes = list(image_codes(project, data, Quiet()))
    assert len(codes) == PICTURES
    masks = MaskFolder(Path(world.data.source))
    labels = [masks.read(code.path, code.image.size) for code in codes]
    named_from = pictures_seen(extracted, world.data.source)
    vectors = load_aligner(CLIP).embed_images([code.image for code in codes]).astype(np.float64)
    told = 0
    for neuron in scores["monosemanticity"]:
        a = np.array([heat(code, neuron).mean() for code in codes])
        if scores["monosemanticity"][neuron].value is not None:
            a = (a - a.min()) / (a.max() - a.min())
            weights = np.outer(a, a) - np.diag(a * a)
            expected = (weights * (vectors @ vectors.T)).sum() / weights.sum()
            assert scores["monosemanticity"][neuron].value == pytest.approx(expected, abs=1e-5)
            told += 1
    assert told > 10
    limits, best = limits_of(extracted), 0.0
    for neuron in (n for n in range(LATENTS) if LABELS[n % 3] in masks.places):
        own = masks.places[LABELS[neuron % 3]]
        both = either = count = 0
        for code, (things, held) in zip(codes, labels, strict=True):
            if code.path.name in named_from[neuron]:
                continue
            count += 1
            firing = heat(code, neuron) > limits[neuron]
            fires = region_mask(code.boxes[firing], *code.image.size)
            shown = np.isin(things, [t for t, concepts in held.items() if own in concepts])
            both, either = both + (fires & shown).sum(), either + (fires | shown).sum()
        score = scores["dissection"][neuron]
        assert score.value == pytest.approx(both / either if either else 0, abs=1e-9)
        assert score.n == count == PICTURES - len(named_from[neuron])
        assert 0 <= score.value <= score.details["best_iou"] <= 1
        best = max(best, score.details["best_iou"])
    assert best > 0
    unlabelled = scores["dissection"][2]
    assert unlabelled.value is None
    assert "No mask is labelled “nothing of the kind”" in unlabelled.why


def pictures_seen(path: Path, source: str) -> dict[int, set[str]]:
    """File names of the pictures that each neuron was named from, from the data set itself."""
    lines = [json.loads(x) for x in (Path(source) / "samples.jsonl").read_text().splitlines() if x[-1] == "}"]
    name_of = {str(x["id"]): Path(x.get("image", "")).name for x in lines if "id" in x}
    with Project.open(path) as project:
        return {p.neuron: {name_of[s] for s in p.details["seen"]} for p in project.proposals.all()}


@pytest.fixture
def seen_everything(extracted: Path, tmp_path: Path) -> Path:
    """A copy whose proposals say that every picture was shown."""
    path = Path(shutil.copy(extracted, tmp_path / "all.cstudio"))
    with Project.open(path) as project:
        names = [row[0] for row in project.database.rows("SELECT id FROM sample")]
        old = project.proposals.all()
        project.proposals.write([replace(p, details={"seen": names}) for p in old])
        shown_rows = {sample.picture for sample in project.samples.get(names).values()}
        assert len(shown_rows) == PICTURES
    return path


def test_dissection_has_nothing_left_when_everything_was_seen(seen_everything: Path, tmp_path: Path) -> None:
    found = scores_of(seen_everything, tmp_path)["dissection"]
    assert len(found) == LATENTS
    for score in found.values():
        assert score.value is None
        assert "was shown to the explainer" in score.why


def test_a_copy_in_another_size_is_not_tested_on(extracted: Path, world: Any) -> None:
    """The data set may be another one with the same pictures, smaller and compressed anew."""
    names = pictures_seen(extracted, world.data.source)
    with Project.open(extracted) as project:
        work = Work(project, ScorersSpec(()), Path(), load_plugins())
        target = next(t for t in work.targets() if t.seen)
        code = next(iter(image_codes(project, replace(world.data, limit=PICTURES), Quiet())))
        small = code.image.resize((code.image.width // 2, code.image.height // 2))
        expected = sorted(n for n, found in names.items() if code.path.name in found)
        assert list(work.named_from(small, target.side, Quiet())) == expected
        assert list(work.named_from(Image.new("RGB", small.size), target.side, Quiet())) == []


def test_monosemanticity_knows_nothing_of_concepts(
    scores: dict[str, dict[int, Any]], seen_everything: Path, tmp_path: Path
) -> None:
    """It judges no concept: what an explainer saw and said changes no number."""
    (tmp_path / "again").mkdir()
    again = scores_of(seen_everything, tmp_path / "again")["monosemanticity"]
    assert {n: s.value for n, s in again.items()} == {
        n: s.value for n, s in scores["monosemanticity"].items()
    }
    assert {s.concept for s in again.values()} == {""}


@pytest.fixture(scope="module")
def both_sides(extracted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a concept on each side of the neurons that fire on both, named from one example."""
    path = Path(shutil.copy(extracted, tmp_path_factory.mktemp("both") / "both.cstudio"))
    with Project.open(path) as project:
        stats = project.neurons.stats()
        both = np.flatnonzero((stats.image.tokens > 0) & (stats.text.tokens > 0)).tolist()
        project.database.execute("DELETE FROM proposal")
        project.proposals.write(
            Proposal(n, side, "red", None, "vocabulary", details={"seen": [i.sample.id for i in found]})
            for n in both
            for found in [shown(project, n, TokenKind.IMAGE, "seen", 1)]
            for side in TokenKind
        )
        work = Work(project, ScorersSpec(()), Path(), load_plugins())
        tested = [t.neuron for t in work.targets() if t.side is TokenKind.IMAGE and work.test_set(t)]
        project.database.execute("DELETE FROM proposal WHERE neuron NOT IN (?, ?)", tested[:2])
    return path


@pytest.mark.parametrize("name", sorted(scorers()))
def test_no_scorer_tests_a_concept_on_what_was_seen_on_either_side(
    name: str, both_sides: Path, tmp_path: Path, tiny_grounder: tuple[str, str]
) -> None:
    """A law over all scorers that there are, whatever they look at. Before: values. Once an explainer of one
    side was shown every sample: nothing is left to test any concept on, on this side and on the other."""
    networks = dict(zip(("detector", "segmenter"), tiny_grounder, strict=True))
    spec = ScorersSpec((name,), aligner=CLIP, device="cpu", **networks)

    def tested() -> set[tuple[int, TokenKind]]:
        bundle = tmp_path / f"{len(list(tmp_path.iterdir()))}.bundle"
        run_scorers(spec, path, bundle, Quiet())
        with Project.open(bundle) as found:
            return {(s.neuron, s.side) for s in found.scores.all() if s.concept and s.value is not None}

    path = Path(shutil.copy(both_sides, tmp_path / "p.cstudio"))
    assert bool(tested()) == (name != "monosemanticity")  # which judges no concept
    with Project.open(path) as project:
        clean = project.proposals.all()
        names = [row[0] for row in project.database.rows("SELECT id FROM sample")]
    for side in TokenKind:
        with Project.open(path) as project:
            project.proposals.write(replace(p, details={"seen": names * (p.side is side)}) for p in clean)
        with suppress(DataError):  # which says that all was seen
            assert not tested()


def limits_of(path: Path) -> np.ndarray:
    """T_k of every neuron; `test_masked_firing.py` holds them to the exact ones."""
    from models.scorers.masked_firing import limit_of_histogram

    with Project.open(path) as project:
        image = project.neurons.stats().image
    return limit_of_histogram(image.histogram, histogram_edges(), image.total_tokens, 0.005)


def test_data_without_masks_or_pictures_is_a_sentence(extracted: Path, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "samples.jsonl").write_text('{"id": "1", "text": "a dog"}\n')
    bare = DataSpec(str(tmp_path / "d"))
    for name, why in (("dissection", "no masks"), ("monosemanticity", "has no pictures")):
        with Project.open(extracted) as project:
            project.snapshot(tmp_path / "s.bundle")
        with pytest.raises(DataError, match=why):
            run_scorers(
                ScorersSpec((name,), aligner=CLIP, device="cpu", data=bare),
                tmp_path / "s.bundle", tmp_path / "b", Quiet(),
            )  # fmt: skip


def test_broken_masks_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    record = {"image": "images/1.png", "objects": [{"mask_value": 1, "name": "cat", "colour": "red"}]}
    (tmp_path / "truth.jsonl").write_text(json.dumps(record) + "\n")
    Image.fromarray(np.array([[0, 1]], np.uint8)).save(tmp_path / "masks" / "1.png")
    found = MaskFolder(tmp_path)
    labels, things = found.read(tmp_path.resolve() / "images" / "1.png", (2, 1))
    assert labels.tolist() == [[0, 1]]
    assert [found.concepts[place] for place in things[1]] == ["cat", "red"]
    assert found.read(Path("/elsewhere/images/1.png"), (2, 1)) is None
    with pytest.raises(DataError, match="another size"):
        found.read(tmp_path.resolve() / "images" / "1.png", (3, 1))
    (tmp_path / "truth.jsonl").write_text('{"image": 1}\n')
    with pytest.raises(DataError, match="Line 1"):
        MaskFolder(tmp_path)
