"""Run with `python -m pytest` in the folder of the plug-in, where Concept Studio is installed."""

from __future__ import annotations

import io
from types import SimpleNamespace

import concept_studio_template as plugin
import pytest

from studio.api import DataError, DataSpec, Sample, Skipped


def test_the_name_of_a_picture_becomes_a_question(tmp_path):
    (tmp_path / "red_apple.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("none")
    left_out, sample = plugin.concept_studio_open_data(DataSpec(f"named:{tmp_path}")).samples()
    assert isinstance(left_out, Skipped)
    assert isinstance(sample, Sample)
    assert sample.turns[0].text == "Is this: red apple?"
    assert sample.images[0].path == tmp_path / "red_apple.png"


def test_other_data_sets_are_left_to_others(tmp_path):
    assert plugin.concept_studio_open_data(DataSpec(str(tmp_path))) is None
    with pytest.raises(DataError, match="no folder"):
        plugin.concept_studio_open_data(DataSpec(f"named:{tmp_path}/none"))


def test_a_concept_cannot_break_the_table():
    row = SimpleNamespace(neuron=7, concept="a|b", proposed=None, modality="visual")
    file = io.BytesIO()
    (exporter,) = plugin.concept_studio_exporters()
    exporter.write([row], file)
    assert file.getvalue().decode().splitlines()[-1] == "| 7 | a\\|b | visual |"
