"""The new-project dialog: what it finds out, what it refuses, what it asks for."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from studio.domain.specs import ChatSpec, DataSpec, ModelSpec, ProjectPlan, SaeSpec, TrainSpec
from studio.ui.fitting import SMALLEST, beside_frame
from studio.ui.new_project.dialog import NewProjectDialog
from studio.ui.new_project.facts import data_facts, file_facts, fit_problem, model_facts, sae_facts
from studio.ui.new_project.place_box import PlaceBox
from studio.ui.new_project.plan_json import plan_from_json, plan_to_json


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    config = {"model_type": "llava_next", "text_config": {"num_hidden_layers": 4, "hidden_size": 160}}
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "samples.jsonl").write_text(json.dumps({"id": "1", "question": "What?", "answer": "That."}))
    return str(folder)


@pytest.fixture
def sae(tmp_path):
    for layer, width in ((1, 160), (2, 160)):
        folder = tmp_path / "sae" / f"layers.{layer}"
        folder.mkdir(parents=True)
        (folder / "cfg.json").write_text(json.dumps({"d_in": width, "num_latents": 64, "k": 4}))
        (folder / "sae.safetensors").write_bytes(b"")
    return str(tmp_path / "sae")


@pytest.fixture
def dialog(qtbot, window):
    made = NewProjectDialog(window.runner)
    qtbot.addWidget(made)
    made.show()
    return made


def fill(dialog, tmp_path, model, data):
    dialog.file.set_text(str(tmp_path / "mine.cstudio"))
    dialog.model.set_text(model)
    dialog.data.set_text(data)


def test_the_model_runs_as_chosen(dialog, tmp_path, model, data):
    fill(dialog, tmp_path, model, data)
    assert dialog.plan().model == ModelSpec(model)
    dialog.place.format.setCurrentText("4 bits")
    dialog.place.place.setCurrentText("All devices")
    chosen = dialog.plan()
    assert chosen.model == ModelSpec(model, quantize="4bit", device_map="auto")
    assert plan_from_json(plan_to_json(chosen), chosen.path) == chosen
    dialog.place.format.setCurrentText("bfloat16")
    dialog.place.place.setCurrentText("Processor")
    assert dialog.plan().model == ModelSpec(model, dtype="bfloat16", device="cpu")


def test_what_needs_a_missing_package_cannot_be_chosen(qtbot, monkeypatch):
    monkeypatch.setattr("studio.ui.new_project.place_box.find_spec", lambda _name: None)
    box = PlaceBox()
    qtbot.addWidget(box)
    usable = [box.format.model().item(i).isEnabled() for i in range(box.format.count())]
    assert usable == [True] * 4 + [False] * 2
    assert "concept-studio[quantize]" in box.format.itemData(5, Qt.ItemDataRole.ToolTipRole)


def test_a_model_folder_tells_its_layers_and_width(model):
    assert (model_facts(model).layers, model_facts(model).width) == (4, 160)


@pytest.mark.parametrize(
    "source", ["", "/no/such/folder", "one two", "a/b/c", "../x/../y", "http://example.org/model"]
)
def test_what_is_no_model_is_a_problem(source):
    assert model_facts(source).problem


@pytest.mark.parametrize("text", ["not json", "[]", '{"text_config": 3}', "{}", '{"text_config": {}}'])
def test_a_strange_config_never_raises(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    assert model_facts(str(tmp_path)).layers is None


def test_a_hub_id_is_believed_until_the_run():
    assert model_facts("llava-hf/llama3-llava-next-8b-hf").problem == ""
    assert sae_facts("lmms-lab/llama3-llava-next-8b-hf-sae-131k").problem == ""


def test_an_sae_folder_tells_its_hookpoints_and_width(sae):
    facts = sae_facts(sae)
    assert facts.hookpoints == ("layers.1", "layers.2")
    assert facts.width == 160
    assert sae_facts(f"{sae}/layers.1").hookpoints == ("",)


def test_a_folder_without_samples_is_a_problem(tmp_path, data):
    assert "samples.jsonl" in data_facts(str(tmp_path)).problem
    assert data_facts(data).problem == ""


def test_a_project_file_must_be_new_and_have_a_folder(tmp_path):
    (tmp_path / "old.cstudio").touch()
    assert "there already" in file_facts(str(tmp_path / "old.cstudio")).problem
    assert "no folder" in file_facts(str(tmp_path / "deep" / "new.cstudio")).problem
    assert ".cstudio" in file_facts(str(tmp_path / "new.txt")).problem
    assert file_facts(str(tmp_path / "new.cstudio")).problem == ""


def test_the_layer_and_the_sae_must_fit_the_model(model, tmp_path):
    facts = model_facts(model)
    wide = tmp_path / "wide"
    wide.mkdir()
    (wide / "cfg.json").write_text('{"d_in": 512}')
    (wide / "sae.safetensors").write_bytes(b"")
    assert "0 to 3" in fit_problem(facts, sae_facts(""), 4)
    assert "512" in fit_problem(facts, sae_facts(str(wide)), 2)
    assert fit_problem(facts, sae_facts(""), 3) == ""


def test_nothing_can_be_made_before_everything_is_there(dialog, tmp_path, model, data):
    assert not dialog.create_button.isEnabled()
    fill(dialog, tmp_path, model, data)
    assert dialog.create_button.isEnabled()
    dialog.layer.setValue(7)
    assert not dialog.create_button.isEnabled()
    assert "0 to 3" in dialog.problem.text()
    dialog.layer.setValue(2)
    dialog.sae.load.setChecked(True)
    assert not dialog.create_button.isEnabled()


def test_an_empty_field_is_not_called_wrong(dialog):
    assert not dialog.model.below.isVisible()
    assert dialog.problem.text() == ""


def test_the_plan_trains(dialog, tmp_path, model, data, qtbot):
    fill(dialog, tmp_path, model, data)
    dialog.sae.k.setValue(16)
    dialog.sae.latents.setValue(512)
    dialog.sae.tokens.setValue(100_000)
    with qtbot.waitSignal(dialog.planned) as told:
        dialog.create_button.click()
    plan = told.args[0]
    assert plan == ProjectPlan(
        path=str(tmp_path / "mine.cstudio"),
        title="mine",
        model=ModelSpec(model),
        data=DataSpec(data),
        layer=2,
        train=TrainSpec(ModelSpec(model), DataSpec(data), 2, k=16, num_latents=512, tokens=100_000),
    )


def test_the_plan_loads(dialog, tmp_path, model, data, sae, qtbot):
    fill(dialog, tmp_path, model, data)
    dialog.sae.load.setChecked(True)
    dialog.sae.source.set_text(sae)
    assert [dialog.sae.hookpoint.itemText(i) for i in range(2)] == ["layers.1", "layers.2"]
    dialog.sae.hookpoint.setCurrentText("layers.2")
    plan = dialog.plan()
    assert plan.sae == SaeSpec(sae, "layers.2")
    assert plan.train is None


def test_an_endpoint_may_name_the_neurons(dialog, tmp_path, model, data, monkeypatch):
    fill(dialog, tmp_path, model, data)
    box = dialog.explainer
    assert (dialog.plan().explainer, dialog.plan().chat) == ("vocabulary", None)
    assert not box.address.isVisible()
    box.choices["endpoint"].click()
    assert box.address.isVisible()
    assert not dialog.create_button.isEnabled()
    box.address.setText("http://ada:secret@localhost:8000/v1")
    assert "password" in box.problem()
    box.address.setText("http://localhost:8000/v1")
    assert "name of the model" in box.problem()
    box.model.setText("a-model")
    assert dialog.create_button.isEnabled()
    box.key.setText("hf_not_a_variable")
    assert "not the key" in box.problem()
    assert not dialog.create_button.isEnabled()
    monkeypatch.setenv("MY_KEY", "k")
    box.key.setText("MY_KEY")
    plan = dialog.plan()
    assert plan.explainer == "endpoint"
    assert plan.chat == ChatSpec("a-model", "http://localhost:8000/v1", key_env="MY_KEY")
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan))), plan.path) == plan


def test_the_longest_form_scrolls_on_a_low_screen_and_every_field_comes_into_sight(dialog, qtbot):
    low = beside_frame(SMALLEST).height()
    before = dialog.height()
    dialog.explainer.choices["endpoint"].click()
    dialog.sae.load.setChecked(True)
    qtbot.waitUntil(lambda: dialog.height() > before)  # where there is room it grows
    assert dialog.height() > low
    dialog.resize(dialog.width(), low)
    assert dialog.height() == low
    dialog.activateWindow()
    dialog.file.line.setFocus()
    seen, at = set(), dialog.focusWidget()
    while at not in seen:
        seen.add(at)
        qtbot.waitUntil(lambda at=at: at.visibleRegion().boundingRect().height() == at.height())
        qtbot.keyClick(at, Qt.Key.Key_Tab)
        at = dialog.focusWidget()
    assert {dialog.explainer.address, dialog.explainer.key, dialog.bank.line, dialog.bank.button} <= seen
    assert dialog._buttons.visibleRegion().boundingRect().height() == dialog._buttons.height()


def test_a_local_model_may_name_the_neurons(dialog, tmp_path, model, data):
    fill(dialog, tmp_path, model, data)
    dialog.explainer.choices["local"].click()
    assert not dialog.create_button.isEnabled()
    dialog.explainer.source.set_text(model)
    dialog.explainer.four_bit.setChecked(True)
    assert dialog.create_button.isEnabled()
    assert dialog.plan().explainer == "local"
    assert dialog.plan().chat == ChatSpec(model, four_bit=True)
    dialog.explainer.choices["vocabulary"].click()
    assert dialog.plan().chat is None


def test_a_file_that_appeared_meanwhile_is_seen_on_create(dialog, tmp_path, model, data):
    planned = []
    dialog.planned.connect(planned.append)
    fill(dialog, tmp_path, model, data)
    (tmp_path / "mine.cstudio").touch()
    dialog.create_button.click()
    assert planned == []
    assert dialog.isVisible()


def test_a_cancelled_dialog_makes_nothing(dialog, tmp_path, model, data):
    planned = []
    dialog.planned.connect(planned.append)
    fill(dialog, tmp_path, model, data)
    dialog._buttons.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert planned == []
    assert not (tmp_path / "mine.cstudio").exists()


def test_typing_is_looked_at_after_a_pause(dialog, qtbot, model):
    with qtbot.waitSignal(dialog.model.looked):
        qtbot.keyClicks(dialog.model.line, "/nowhere")
    assert "no such folder" in dialog.model.below.text()


@pytest.mark.parametrize("with_sae", [True, False])
def test_a_plan_survives_json(with_sae):
    model, data = ModelSpec("m", "r", "bfloat16", "cuda"), DataSpec("d", "train", 7)
    more = {"sae": SaeSpec("s", "h")} if with_sae else {"train": TrainSpec(model, data, 3, k=5)}
    plan = ProjectPlan("/a.cstudio", "A", model, data, 3, aligner="x", seed=4, **more)
    kept = json.loads(json.dumps(plan_to_json(plan)))
    assert plan_from_json(kept, "/a.cstudio") == plan


@pytest.mark.parametrize("kept", [None, 3, {}, {"model": None}, {"model": {"model": "m"}, "data": 1}])
def test_a_strange_plan_is_none(kept):
    assert plan_from_json(kept, "/a.cstudio") is None
