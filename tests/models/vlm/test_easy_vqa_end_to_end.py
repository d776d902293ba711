"""Real public data (easy-VQA) through the whole pipeline, on small random models of three families."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import easy_vqa
import pytest

import resources
from studio.domain.context import Quiet
from studio.domain.evidence import ExampleKind
from studio.domain.modality import TokenKind
from studio.domain.specs import DataSpec, ModelSpec, ProjectPlan, TrainSpec
from studio.services import projects
from studio.services.pipeline import plan_steps
from studio.services.steps import run_steps

DATA = DataSpec(str(Path(easy_vqa.__file__).parent / "data"), "test[:24]")
CLIP = str(resources.folder("demo", "clip-scenes"))


@pytest.mark.parametrize("name", ["LLaVA-1.5", "Qwen2-VL", "SmolVLM"])
def test_from_published_files_to_scored_neurons(family: Any, name: str, tmp_path: Path) -> None:
    model = ModelSpec(family(name).id, device="cpu")
    bank = tmp_path / "bank.txt"
    bank.write_text("\n".join(easy_vqa.get_answers()), "utf-8")
    train = TrainSpec(
        model, DATA, 1, k=4, num_latents=64, tokens=6000, batch_tokens=512, batch_size=8, lr=3e-3
    )
    plan = ProjectPlan(
        str(tmp_path / "easy.cstudio"), "easy", model, DATA, 1, train=train, batch_size=8, aligner=CLIP,
        bank=str(bank), causal_samples=24,
    )  # fmt: skip
    with projects.create_project(Path(plan.path), plan.title) as project:
        run_steps(project, plan_steps(plan), Quiet())
        info = projects.project_info(project)
        assert (info.neurons, info.samples, info.skipped) == (64, 24, 0)
        assert info.live > 4
        top = [e for n in range(64) for e in project.evidence.get(n).examples if e.kind is ExampleKind.TOP]
        sides = {e.side for e in top}
        assert sides == {TokenKind.IMAGE, TokenKind.TEXT}
        samples = project.samples.get(sorted({e.sample_id for e in top}))
        asked = set(easy_vqa.get_test_questions()[0][:24])
        assert {turn.text for s in samples.values() for turn in s.turns if turn.role == "user"} <= asked
        verdicts = list(project.verdicts.all())
        assert len(verdicts) == info.live
        assert any(verdict.causal for verdict in verdicts)
