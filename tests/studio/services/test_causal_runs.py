"""Causal re-runs on a random LLaVA-NeXT of the real classes, against one plain run a sample."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.domain.concept import Verdict
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, ModelError
from studio.domain.evidence import ExampleKind, StoredSample
from studio.domain.modality import Modality, TokenKind
from studio.domain.sample import ImageSource, Sample, Turn
from studio.domain.specs import ExtractSpec, SaeSpec
from studio.services.causal import CausalResult, causal, causal_spec, partner_places, stored_images
from studio.services.causal_lines import causal_class
from studio.services.causal_plan import make_plan, sides_of
from studio.services.causal_step import causal_step
from studio.services.extract import extract
from studio.services.merge import merge_bundle
from studio.services.steps import run_steps
from studio.storage.project import Project

LATENTS, K, EXAMPLES = 48, 5, 2


def save_sae(folder: Path, seed: int) -> Path:
    import torch

    from models.sae import Sae, SaeConfig
    from models.sae import save_sae as save

    made = torch.Generator().manual_seed(seed)
    rows = torch.randn(LATENTS, 160, generator=made) / 160**0.5
    config = SaeConfig(160, LATENTS, K, hookpoint="layers.1")
    save(Sae(config, rows, torch.zeros(LATENTS), rows.clone(), torch.zeros(160)), folder / "layers.1")
    return folder


@pytest.fixture(scope="module")
def path(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the examples of a random SAE, and a verdict on every live neuron."""
    folder = tmp_path_factory.mktemp("causal")
    sae = SaeSpec(str(save_sae(folder / "sae", 1)), "layers.1")
    data = replace(world.data, limit=6)
    spec = ExtractSpec(world.model, data, world.layer, sae, top=4, quantile=2, silent=2, batch_size=4)
    extract(spec, folder / "e.bundle", Quiet())
    with Project.create(folder / "p.cstudio") as project:
        merge_bundle(project, folder / "e.bundle")
        stats = project.neurons.stats()
        share = stats.image_share
        made = Modality.VISUAL, 0.3, 0.01
        project.verdicts.write(
            Verdict(n, "dog", *made, float(share[n]), Modality.VISUAL, False)
            for n in np.flatnonzero(stats.live).tolist()
        )
    return folder / "p.cstudio"


@pytest.fixture
def snapshot(path: Path, tmp_path: Path) -> Path:
    with Project.open(path) as project:
        project.snapshot(tmp_path / "snapshot.bundle")
    return tmp_path / "snapshot.bundle"


@pytest.fixture(scope="module")
def whole(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    with Project.open(path) as project:
        spec = causal_spec(project, examples=EXAMPLES, batch_size=3)
        project.snapshot(folder / "snapshot.bundle")
    result = causal(spec, folder / "snapshot.bundle", folder / "c.bundle", Quiet())
    assert result.measured > 0
    assert not list(folder.glob("*.npz"))
    return folder / "c.bundle"


def lines(bundle: Path) -> dict[int, dict[str, float]]:
    with Project.open(bundle) as found:
        return {v.neuron: v.causal for v in found.verdicts.all()}


class Plainly:
    """Means by definition: one sample at a time, dense code, no batches."""

    def __init__(self, project: Project, spec: Any) -> None:
        from models.sae import load_sae
        from models.vlm import load_vlm

        self.project, self.layer = project, spec.layer
        self.vlm, self.sae = load_vlm(spec.model), load_sae(spec.sae.source, spec.sae.hookpoint)
        self.known: dict[Any, tuple[np.ndarray, np.ndarray]] = {}

    def means(self, picture: StoredSample, turns: tuple[Turn, ...], blank: bool) -> Any:
        import torch
        from PIL import Image

        key = (picture.id, turns, blank)
        if key not in self.known:
            (image,) = stored_images(self.project, picture)
            if blank:
                colour = np.asarray(image).reshape(-1, 3).mean(0).round().astype(int)
                image = Image.new("RGB", image.size, tuple(colour.tolist()))
            batch = self.vlm.prepare([(Sample("x", (ImageSource(data=b""),), turns), [image])])
            states = self.vlm.model.model(**batch.inputs, output_hidden_states=True).hidden_states
            pre = ((states[self.layer + 1][0] - self.sae.b_dec) @ self.sae.encoder.T).detach()
            top = pre.topk(K)
            dense = torch.zeros_like(pre).scatter_(1, top.indices, top.values).clamp(min=0).double().numpy()
            tokens = batch.tokens[0]
            self.known[key] = tuple(
                dense[p].mean(0) if len(p) else np.zeros(LATENTS)
                for p in (tokens.image_positions, tokens.text_positions)
            )
        return self.known[key]

    def under(self, name: str, own: StoredSample, other: StoredSample) -> Any:
        silent = tuple(Turn(turn.role, "") for turn in own.turns)
        picture = other if name == "mismatch" else own
        turns = {"blank_text": silent, "replace_text": other.turns}.get(name, own.turns)
        return self.means(picture, turns, name == "blank_image")


def test_what_stays_is_what_plain_runs_give(path: Path, whole: Path) -> None:
    found, checked = lines(whole), 0
    with Project.open(path) as project:
        plain = Plainly(project, causal_spec(project))
        plan = make_plan(project, project.verdicts.all(), EXAMPLES, 0)
        partners = dict(zip(plan.samples, (plan.samples[i] for i in partner_places(len(plan.samples), 0))))
        stored = project.samples.get(plan.samples)
        for neuron, causal_line in found.items():
            sides = sides_of(project.verdicts.get(neuron).image_share)
            evidence = project.evidence.get(neuron)
            chosen = {
                side: [e.sample_id for e in evidence.of(side, ExampleKind.TOP) if e.sample_id != "text-only"]
                for side in sides
            }
            for name in ("blank_image", "blank_text", "replace_text", "mismatch"):
                sums = np.zeros(2)
                for side, ids in chosen.items():
                    own = np.zeros(2)
                    for sample in ids[:EXAMPLES]:
                        pair = stored[sample], stored[partners[sample]]
                        after, before = plain.under(name, *pair), plain.under("", *pair)
                        column = int(side is TokenKind.TEXT)
                        own += after[column][neuron], before[column][neuron]
                        sums += (after[0] + after[1])[neuron], (before[0] + before[1])[neuron]
                    assert causal_line.get(f"{side.value}.{name}") == pytest.approx(
                        own[0] / own[1] if own[1] else None, rel=1e-3, abs=1e-4
                    )
                assert causal_line.get(name) == pytest.approx(
                    sums[0] / sums[1] if sums[1] else None, rel=1e-3, abs=1e-4
                )
                checked += name in causal_line
    assert checked > LATENTS


def test_a_run_that_was_cut_off_goes_on_and_ends_the_same(
    path: Path, whole: Path, snapshot: Path, make_watch: Any
) -> None:
    with Project.open(path) as project:
        spec = causal_spec(project, examples=EXAMPLES, batch_size=1)
    bundle = snapshot.with_name("c.bundle")
    with pytest.raises(Cancelled):
        causal(spec, snapshot, bundle, make_watch("Taking modalities away", 2))
    assert not bundle.exists()
    again = make_watch()
    causal(spec, snapshot, bundle, again)
    assert min(done for done, _, text in again.reported if text == "Taking modalities away") >= 2
    assert not list(bundle.parent.glob("*.npz"))
    expected = lines(whole)
    for neuron, found in lines(bundle).items():
        assert found == pytest.approx(expected[neuron], rel=1e-3, abs=1e-4)


def test_the_step_merges_into_the_project_and_raises_flags(path: Path, tmp_path: Path, whole: Path) -> None:
    copy = tmp_path / "p.cstudio"
    copy.write_bytes(path.read_bytes())
    with Project.open(copy) as project:
        changes = run_steps(
            project, [causal_step(tmp_path / "work", examples=EXAMPLES, batch_size=3)], Quiet()
        )
        after = project.verdicts.all()
        run = project.runs.last("causal")
    assert changes.scores == {v.neuron for v in after}
    assert {v.neuron: v.causal for v in after} == lines(whole)
    assert [v.flagged for v in after] == [
        bool(v.causal) and causal_class(v.causal) is not Modality.VISUAL for v in after
    ]
    assert run.summary["disagree"] == sum(v.flagged for v in after)
    assert not list((tmp_path / "work").iterdir())


def test_a_limit_takes_the_samples_of_the_most_neurons(path: Path) -> None:
    with Project.open(path) as project:
        verdicts = project.verdicts.all()
        free = make_plan(project, verdicts, 2, 0)
        bound = make_plan(project, verdicts, 2, 3)
    assert len(bound.samples) == 3 < len(free.samples)
    heard = {n for wanted in bound.wanted for n in wanted.tolist()}
    most = max(
        sum(name in t.samples for t in bound.targets)
        for name in {s for t in bound.targets for s in t.samples}
    )
    assert len(heard) >= most
    assert all(
        name in t.samples
        for name, w in zip(bound.samples, bound.wanted)
        for t in map(bound.targets.__getitem__, w)
    )


def test_partners_are_others_and_serve_once() -> None:
    for count in (2, 3, 17):
        partners = partner_places(count, 4)
        assert sorted(partners) == list(range(count))
        assert all(i != p for i, p in enumerate(partners))
    assert partner_places(1, 4) is None


def test_without_a_sample_that_has_both_nothing_is_run_and_that_is_said(
    path: Path, tmp_path: Path, make_watch: Any
) -> None:
    copy = tmp_path / "p.cstudio"
    copy.write_bytes(path.read_bytes())
    with sqlite3.connect(copy) as table:
        table.execute("UPDATE sample SET picture=NULL")
    with Project.open(copy) as project:
        watch = make_watch()
        run_steps(project, [causal_step(tmp_path / "work")], watch)
        assert not any(v.causal for v in project.verdicts.all())
        assert project.runs.last("causal").summary["samples"] == 0
    assert any("nothing to take away" in text for text in watch.logged)


def test_what_cannot_be_run_says_so(path: Path, snapshot: Path, tmp_path: Path) -> None:
    with Project.open(path) as project:
        spec = causal_spec(project)
    other = replace(spec, sae=SaeSpec(str(save_sae(tmp_path / "other", 2)), "layers.1"))
    with pytest.raises(ModelError, match="not the SAE"):
        causal(other, snapshot, tmp_path / "c.bundle", Quiet())
    with Project.create(tmp_path / "empty.cstudio") as empty:
        with pytest.raises(DataError, match="extraction"):
            causal_spec(empty)
        empty.snapshot(tmp_path / "empty.bundle")
    with pytest.raises(DataError, match="scored"):
        causal(spec, tmp_path / "empty.bundle", tmp_path / "c.bundle", Quiet())
    assert CausalResult(1, 1, 1, 0).summary()["samples"] == 1
