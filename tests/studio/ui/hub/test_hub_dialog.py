"""The Hub browser in the window, against a Hub on loopback, through the real compute child."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from safetensors.numpy import save

from studio.domain.specs import SaeSpec
from studio.ui.hub.dialog import HubDialog
from studio.ui.hub.sae_model import size_words


def sae(n=512, d=16, **config):
    """The two files of a sparsify SAE."""
    draw = np.random.default_rng(0)
    tensors = {"encoder.weight": (n, d), "encoder.bias": (n,), "W_dec": (n, d), "b_dec": (d,)}
    weights = save({name: draw.standard_normal(shape, np.float32) for name, shape in tensors.items()})
    settings = {"expansion_factor": 32, "num_latents": n, "k": 4, "d_in": d, **config}
    return {"cfg.json": json.dumps(settings).encode(), "sae.safetensors": weights}


@pytest.fixture
def hub(hub_module, monkeypatch, tmp_path):
    """A Hub with two repos, which the compute child will ask."""
    with hub_module.LoopbackHub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        files = {f"layers.{i}/{name}": data for i in (1, 2) for name, data in sae().items()}
        files |= {f"layers.3/{name}": data for name, data in sae(transcode=True).items()}
        server.repos["lab/saes"] = hub_module.Repo(files, licence="mit", tags=("v1",))
        server.repos["lab/gated"] = hub_module.Repo(
            {f"layers.1/{name}": data for name, data in sae().items()}, gated=True
        )
        yield server


@pytest.fixture
def dialog(hub, window, qtbot):
    made = HubDialog(window.runner, "", window)
    made.open()
    qtbot.waitExposed(made)
    return made


def settle(dialog, qtbot):
    qtbot.waitUntil(lambda: dialog._job is None, timeout=90_000)


def rows(dialog):
    model = dialog.repo.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_words_find_repos_and_a_repo_shows_what_it_holds(dialog, qtbot):
    assert not dialog.use.isEnabled()
    assert dialog.hits.isHidden()
    dialog.asked.setText("lab")
    qtbot.keyClick(dialog.asked, Qt.Key.Key_Return)
    settle(dialog, qtbot)
    assert [dialog.hits.item(i).text().split("\n")[0] for i in range(2)] == ["lab/saes", "lab/gated"]
    qtbot.keyClick(dialog.hits, Qt.Key.Key_Return)
    settle(dialog, qtbot)
    assert [row[:5] for row in rows(dialog)] == [
        [f"layers.{i}", "sparsify", "16", "512", "4"] for i in (1, 2, 3)
    ]
    assert rows(dialog)[2][6] == "cannot be used"
    assert "Licence: mit" in dialog.repo.facts.text()
    assert dialog.use.isEnabled()
    dialog.repo.table.selectRow(2)
    assert "transcoder" in dialog.repo.note.text()
    assert not dialog.use.isEnabled()


def test_a_download_gives_the_commit_and_is_not_done_twice(dialog, hub, qtbot):
    dialog.asked.setText("lab/saes")
    dialog.find.click()
    settle(dialog, qtbot)
    dialog.repo.table.selectRow(1)
    with qtbot.waitSignal(dialog.chosen, timeout=90_000) as told:
        dialog.use.click()
    commit = hub.repos["lab/saes"].commit
    assert told.args == [SaeSpec("lab/saes", "layers.2", commit)]
    whole = hub.bytes["layers.2/sae.safetensors"]
    again = HubDialog(dialog._runner, "lab/saes", dialog.parentWidget())
    again.open()
    settle(again, qtbot)
    again.repo.table.selectRow(1)
    assert again.use.text() == "Use"
    assert again.repo.note.text() == "It is on this machine already."
    with qtbot.waitSignal(again.chosen, timeout=90_000):
        again.use.click()
    heads = 2 * 100_001
    assert whole <= hub.bytes["layers.2/sae.safetensors"] <= whole + heads


def test_a_cancelled_download_goes_on_where_it_stopped(dialog, hub, hub_module, qtbot):
    """HF_ENDPOINT names the Hub that is asked: a mirror. Files come in pieces of 10 MB."""
    name = "layers.1/sae.safetensors"
    files = {f"layers.1/{part}": data for part, data in sae(n=98_304, d=32).items()}
    hub.repos["lab/large"] = hub_module.Repo(files)
    dialog.asked.setText("lab/large")
    dialog.ask()
    settle(dialog, qtbot)
    assert hub.seen["GET /api/models/lab/large"] == 1
    hub.hold = threading.Event()
    heads = hub.bytes[name]
    dialog.use.click()
    qtbot.waitUntil(lambda: 0 < dialog.bar.value() < dialog.bar.maximum(), timeout=90_000)
    assert dialog.stop.isVisible()
    assert not dialog.use.isEnabled()
    dialog.stop.click()
    hub.hold.set()
    settle(dialog, qtbot)
    assert dialog.state.text() == "Stopped. What was downloaded is kept."
    assert not dialog.stop.isVisible()
    with qtbot.waitSignal(dialog.chosen, timeout=90_000) as told:
        dialog.use.click()
    assert told.args[0].hookpoint == "layers.1"
    assert hub.bytes[name] - heads < 2 * len(files[name]), "the second download took up the first"


def test_without_a_network_it_shows_what_is_here(hub, window, qtbot, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    dialog = HubDialog(window.runner, "lab/saes", window)
    dialog.open()
    settle(dialog, qtbot)
    assert "offline mode (HF_HUB_OFFLINE) is on" in dialog.state.text()
    dialog.asked.setText("words")
    dialog.ask()
    settle(dialog, qtbot)
    assert "The Hub is out of reach" in dialog.state.text()
    assert not hub.seen


def test_terms_errors_a_full_disk_429_and_another_revision_are_told(dialog, hub, qtbot):
    dialog.asked.setText("lab/gated")
    dialog.ask()
    settle(dialog, qtbot)
    assert "Accept its terms" in dialog.repo.note.text()
    assert not dialog.use.isEnabled()
    dialog.asked.setText("lab/none")
    dialog.ask()
    settle(dialog, qtbot)
    assert "no model repo lab/none" in dialog.state.text()
    dialog.asked.setText("lab/saes")
    dialog.ask()
    settle(dialog, qtbot)
    dialog.repo.revision.textActivated.emit("v1")
    settle(dialog, qtbot)
    assert dialog.repo.revision.currentText() == "v1"
    dialog.asked.setText("nothing like this")
    dialog.ask()
    settle(dialog, qtbot)
    assert dialog.state.text() == "No repo has these words in its name."
    hub.repos["lab/saes"].claims["layers.1/sae.safetensors"] = 10**18
    dialog.asked.setText("lab/saes")
    dialog.ask()
    settle(dialog, qtbot)
    assert "Make room" in dialog.repo.note.text()
    assert not dialog.use.isEnabled()
    dialog.repo.table.selectRow(1)
    assert dialog.use.isEnabled(), "the other one fits"
    hub.slow_down = 1_000
    dialog.ask()
    settle(dialog, qtbot)
    assert "slow down (429)" in dialog.state.text()


def test_the_chosen_sae_goes_into_the_new_project(window, hub, qtbot):
    from studio.ui.new_project.dialog import NewProjectDialog

    window.acts.project.new_project()
    (new,) = window.findChildren(NewProjectDialog)
    spec = SaeSpec("lab/saes", "layers.2", "abc")
    new.sae.set_spec(spec)
    assert new.sae.load.isChecked()
    assert new.sae.spec() == spec
    qtbot.keyClicks(new.sae.source.line, "x")
    assert new.sae.spec().revision is None
    new.sae.hub.click()
    (found,) = new.findChildren(HubDialog)
    assert found.isVisible()
    settle(found, qtbot)
    found.reject()
    new.reject()


def test_sizes_as_people_read_them():
    assert [size_words(n) for n in (12, 4_300, 98_000_000, 4_320_000_000)] == [
        "12 bytes",
        "4.3 kB",
        "98 MB",
        "4.3 GB",
    ]
