"""Real public data (easy-VQA) through the whole pipeline on vision towers alone: everything is visual."""

from __future__ import annotations

from pathlib import Path

import easy_vqa
import pytest

import resources
from studio.domain.context import Quiet
from studio.domain.evidence import ExampleKind
from studio.domain.modality import Modality, TokenKind
from studio.domain.specs import DataSpec, ModelSpec, ProjectPlan, TrainSpec
from studio.services import projects
from studio.services.pipeline import plan_steps
from studio.services.steps import run_steps
from tests.models.vlm.tiny_towers import write_tower

DATA = DataSpec(str(Path(easy_vqa.__file__).parent / "data"), "test[:24]")
ALIGNER = str(resources.folder("demo", "clip-scenes"))


class _Heard(Quiet):
    def __init__(self) -> None:
        self.said: list[str] = []

    def log(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize("kind", ["CLIPModel", "SiglipVisionModel"])
def test_from_published_files_to_scored_neurons(kind: str, tmp_path: Path) -> None:
    write_tower(kind, tmp_path / "tower")
    model = ModelSpec(str(tmp_path / "tower"), device="cpu")
    bank = tmp_path / "bank.txt"
    bank.write_text("\n".join(easy_vqa.get_answers()), "utf-8")
    train = TrainSpec(
        model, DATA, 1, k=4, num_latents=64, tokens=6000, batch_tokens=512, batch_size=8, lr=3e-3
    )
    plan = ProjectPlan(
        str(tmp_path / "easy.cstudio"), "easy", model, DATA, 1, train=train, batch_size=8, aligner=ALIGNER,
        bank=str(bank), causal_samples=24,
    )  # fmt: skip
    heard = _Heard()
    with projects.create_project(Path(plan.path), plan.title) as project:
        run_steps(project, plan_steps(plan), heard)
        info = projects.project_info(project)
        assert (info.neurons, info.samples, info.skipped) == (64, 24, 0)
        top = [e for n in range(64) for e in project.evidence.get(n).examples if e.kind is ExampleKind.TOP]
        assert {e.side for e in top} == {TokenKind.IMAGE}
        samples = project.samples.get(sorted({e.sample_id for e in top}))
        assert {(len(s.boxes), s.tokens) for s in samples.values()} == {(64, ())}
        verdicts = list(project.verdicts.all())
        assert len(verdicts) == info.live > 4
        assert {v.modality for v in verdicts} <= {Modality.VISUAL, Modality.UNCLEAR}
        assert {v.image_share for v in verdicts} == {1.0}
        assert not any(v.causal for v in verdicts)
    assert sum("No text here" in text for text in heard.said) == 2, "said by the training and the extraction"
    assert any(text.startswith("No sample has both a picture and a text") for text in heard.said)
