"""Proposals by a chat model: from evidence to state and category, asked once, never by what is held out."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.api import hookimpl
from studio.domain.concept import Category, Proposal, ProposalState
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, ModelError, NetworkError
from studio.domain.modality import TokenKind
from studio.domain.specs import ChatSpec, DataSpec, ModelSpec, ProjectPlan, ProposeSpec, SaeSpec
from studio.services.evidence_reader import shown
from studio.services.explaining import explainers
from studio.services.pipeline import plan_steps
from studio.services.plugin_host import load_plugins
from studio.services.prompt_files import all_prompts, copy_prompts, find_prompt, own_folder
from studio.services.propose import propose
from studio.storage.project import Project
from studio.ui.new_project.plan_json import plan_from_json, plan_to_json


@pytest.fixture
def project(tmp_path: Path, fill: Any) -> Path:
    path = tmp_path / "p.cstudio"
    with Project.create(path, "p") as made:
        fill(made, 12)
        made.database.execute("DELETE FROM proposal")
    return path


@pytest.fixture
def says(chat_module: Any) -> Any:
    return chat_module.Says


def spec_of(server: Any, **more: Any) -> ProposeSpec:
    chat = ChatSpec("judge", server.url, timeout=60.0, **more)
    return ProposeSpec("endpoint", examples=2, chat=chat)


def text_of(body: dict[str, Any]) -> str:
    return " ".join(p["text"] for p in body["messages"][1]["content"] if p["type"] == "text")


def is_category(body: dict[str, Any]) -> bool:
    return "six categories" in body["messages"][0]["content"]


def proposals(bundle: Path) -> Any:
    with Project.open(bundle) as found:
        return found.proposals.all(), found.runs.last("propose")


def test_concepts_and_categories_come_from_the_model(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.script = lambda _n, body: says(
        "color"
        if is_category(body)
        else "Concept: red"
        if "picture" in text_of(body)[:60].lower()
        else "None"
    )
    result = propose(spec_of(chat_server, price_in=1.0, price_out=2.0), project, tmp_path / "b", Quiet())
    found, run = proposals(tmp_path / "b")
    seen = [p for p in found if p.side is TokenKind.IMAGE]
    assert seen
    assert {(p.concept, p.category, p.state) for p in seen} == {("red", Category.COLOR, ProposalState.OK)}
    assert {p.state for p in found if p.side is TokenKind.TEXT} == {ProposalState.NONE}
    prompt = find_prompt("image-concept")
    assert seen[0].details["prompt"] == {
        "name": "image-concept",
        "version": prompt.version,
        "hash": prompt.digest,
    }
    assert seen[0].details["model"] == f"judge at {chat_server.url}"
    assert sum(is_category(body) for body in chat_server.asked) == 1
    asked = len(found) + 1
    assert result.spent == {
        "asked": asked, "cached": 0, "failed": 0, "tokens_in": 100 * asked, "tokens_out": 7 * asked,
        "cost": pytest.approx((100 + 14) * asked / 1e6),
    }  # fmt: skip
    assert run.summary["tokens_in"] == 100 * asked


def test_only_the_seen_half_is_shown_with_the_rest_blacked_out(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.replies(says("Concept: no visual concept"))
    propose(spec_of(chat_server), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    with Project.open(project) as source:
        for proposal in found:
            side = proposal.side
            half = shown(source, proposal.neuron, side, "seen", 2)
            assert proposal.details["seen"] == [item.sample.id for item in half]
            # A text is shown as the context of a picture: it is not held out on the other side either.
            held = [i for each in TokenKind for i in shown(source, proposal.neuron, each, "held_out", 9)]
            assert not {item.group for item in half} & {item.group for item in held}
        images = [p for p in found if p.side is TokenKind.IMAGE]
        first = shown(source, images[0].neuron, TokenKind.IMAGE, "seen", 2)[0]
    body = next(b for b in chat_server.asked if "pictures" in text_of(b)[:60])
    url = next(p["image_url"]["url"] for p in body["messages"][1]["content"] if p["type"] == "image_url")
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(url.split(",")[1]))))
    mask = np.zeros(pixels.shape[:2], bool)
    for x0, y0, x1, y1 in first.sample.boxes[first.example.map.image_index].astype(int):
        mask[y0:y1, x0:x1] = True
    assert mask.any() and not mask.all()  # noqa: PT018
    assert pixels[~mask].mean() < 20 < pixels[mask].mean()


def test_firing_words_are_marked(chat_server: Any, says: Any, project: Path, tmp_path: Path) -> None:
    chat_server.replies(says("None"))
    propose(spec_of(chat_server), project, tmp_path / "b", Quiet())
    texts = [text_of(body) for body in chat_server.asked if "texts" in text_of(body)[:60]]
    assert texts
    assert all("<<" in text and text.count("<<") == text.count(">>") for text in texts)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ({"text": "Concept: собака"}, ProposalState.FOREIGN),
        ({"text": "I cannot help with this."}, ProposalState.REFUSED),
        ({"text": "a\nb"}, ProposalState.UNPARSABLE),
        ({"text": "Concept: one two three four five six seven eight nine"}, ProposalState.LONG),
    ],
)
def test_what_is_no_concept_is_kept_and_marked(
    chat_server: Any, says: Any, project: Path, tmp_path: Path, reply: dict[str, Any], state: ProposalState
) -> None:
    chat_server.replies(says(**reply))
    result = propose(spec_of(chat_server), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    assert found
    assert {(p.state, p.concept, p.category, p.raw) for p in found} == {(state, None, None, reply["text"])}
    assert result.named == 0


def test_one_question_without_an_answer_is_marked_and_asked_again_next_time(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.script = lambda n, _body: says(status=413) if n == 1 else says("None")
    propose(spec_of(chat_server, parallel=1), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    (lost,) = [p for p in found if p.state is ProposalState.UNANSWERED]
    assert "413" in lost.details["why"]
    before = len(chat_server.asked)
    propose(spec_of(chat_server, parallel=1), project, tmp_path / "c", Quiet())
    assert len(chat_server.asked) == before + 1


def test_an_interrupted_run_goes_on_without_asking_twice(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.script = lambda _n, body: says("color" if is_category(body) else "Concept: red")

    class Stop(Quiet):
        def check(self) -> None:
            if len(chat_server.asked) >= 4:
                raise Cancelled

    with pytest.raises(Cancelled):
        propose(spec_of(chat_server), project, tmp_path / "b", Stop())
    propose(spec_of(chat_server), project, tmp_path / "b", Quiet())
    bodies = [str(body) for body in chat_server.asked]
    assert len(bodies) == len(set(bodies))
    found, _ = proposals(tmp_path / "b")
    assert all(p.state is ProposalState.OK for p in found)


def test_an_endpoint_that_goes_away_is_a_sentence_and_what_came_is_kept(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    chat_server.script = lambda n, _body: says("None") if n < 3 else says(status=401)
    with pytest.raises(NetworkError, match="key"):
        propose(spec_of(chat_server, parallel=1), project, tmp_path / "b", Quiet())
    found, run = proposals(tmp_path / "b")
    assert run.finished is None
    chat_server.script = lambda _n, _body: says("None")
    propose(spec_of(chat_server, parallel=1), project, tmp_path / "b", Quiet())
    found, run = proposals(tmp_path / "b")
    assert run.finished is not None
    bodies = [str(body) for body in chat_server.asked]
    assert len(found) == len(set(bodies)) <= len(bodies) <= len(found) + 2


def test_an_edited_prompt_is_used_and_recorded(
    chat_server: Any, says: Any, project: Path, tmp_path: Path
) -> None:
    (own,) = [path for path in copy_prompts(own_folder()) if path.stem == "text-concept"]
    own.write_text(own.read_text().replace("version: 2", "version: 7").replace("You name", "You call"))
    chat_server.replies(says("None"))
    propose(spec_of(chat_server), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    used = next(p for p in found if p.side is TokenKind.TEXT).details["prompt"]
    assert used["version"] == 7
    assert any("You call" in body["messages"][0]["content"] for body in chat_server.asked)
    lab = tmp_path / "lab"
    copy_prompts(lab)
    assert {p.path for p in all_prompts(str(lab))} == {str(path) for path in lab.iterdir()}
    assert copy_prompts(lab) == []


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("no head", "must begin with a head"),
        ("---\nname: text-concept\nversion: 1\n---\n", "lacks “tokens”"),
        (
            "---\nname: a\nversion: x\ntokens: 1\nlongest: 1\nscript: any\ncontext: no\n---\n",
            "invalid literal",
        ),
        ("---\nname: a\n---\n# system\nUse $animal.", r"asks for \$animal"),
        ("---\nname: a\n---\n# system\n5 $ a day", "names nothing"),
    ],
)
def test_a_broken_prompt_is_a_sentence(tmp_path: Path, broken: str, why: str) -> None:
    (tmp_path / "text-concept.md").write_text(broken)
    with pytest.raises(DataError, match=why):
        find_prompt("text-concept", str(tmp_path))


def test_requests_that_cannot_be_are_sentences(project: Path, tmp_path: Path) -> None:
    for explainer in ("local", "endpoint"):
        with pytest.raises(ModelError, match="Give the"):
            propose(ProposeSpec(explainer), project, tmp_path / "b", Quiet())
    with pytest.raises(DataError, match="no folder"):
        find_prompt("detection", str(tmp_path / "none"))
    assert not (tmp_path / "b").exists()


class Oracle:
    """An explainer of somebody else's."""

    def __init__(self, name: str) -> None:
        self.name = self.title = name

    def prepare(self, work: Any, ctx: Any) -> dict[str, Any]:
        return {}

    def propose(self, work: Any, ctx: Any) -> Any:
        for neuron, side, seen in work.sides():
            details = {"seen": [sample.id for _, sample in seen]}
            yield Proposal(neuron, side, f"thing {neuron}", None, self.name, details=details)

    def summary(self) -> dict[str, Any]:
        return {"prophecies": 1}


def test_a_plug_ins_explainer_works_beside_the_built_in_ones(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plugin:
        @hookimpl
        def concept_studio_explainers(self) -> list[Oracle]:
            return [Oracle("oracle"), Oracle("local")]

    host = load_plugins()
    host.manager.register(Plugin(), "oracle")
    assert list(explainers(host)) == ["endpoint", "local", "oracle", "vocabulary"]
    assert isinstance(explainers(host)["local"], Oracle)  # the one loaded last
    monkeypatch.setattr("studio.services.propose.load_plugins", lambda: host)
    result = propose(ProposeSpec("oracle", examples=2), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    assert {p.concept for p in found} == {"thing 3", "thing 6", "thing 9"}
    assert result.summary()["prophecies"] == 1


def test_the_demo_network_can_be_asked(project: Path, tmp_path: Path) -> None:
    import resources

    chat = ChatSpec(str(resources.folder("demo", "llava-next-scenes")), device="cpu")
    propose(ProposeSpec("local", examples=2, chat=chat), project, tmp_path / "b", Quiet())
    found, _ = proposals(tmp_path / "b")
    assert {p.neuron for p in found} == {3, 6, 9}
    assert all(p.raw or p.state is ProposalState.UNPARSABLE for p in found)


def test_a_plan_may_name_a_chat_model_and_is_remembered() -> None:
    chat = ChatSpec("m", "http://localhost:8000/v1", per_minute=30)
    parts = ("p.cstudio", "P", ModelSpec("m"), DataSpec("d"), 2, SaeSpec("s"))
    plan = ProjectPlan(*parts, explainer="endpoint", chat=chat)
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan))), "p.cstudio") == plan
    titles = [step.title for step in plan_steps(plan)]
    assert "Proposing concepts" in titles
    assert "Scoring" not in titles  # without an aligner
