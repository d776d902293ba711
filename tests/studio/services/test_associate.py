"""The desktop entry, the file type and the icon are where the desktop looks for them."""

from __future__ import annotations

import configparser
import sys
import xml.etree.ElementTree as ET

import pytest

from studio.domain.errors import UserError
from studio.services.associate import associate


def test_a_double_click_on_a_project_starts_the_program(tmp_path):
    desktop, mime, icon = associate(tmp_path, "/opt/studio/bin/concept-studio")
    entry = configparser.RawConfigParser()
    entry.optionxform = str
    entry.read(desktop, encoding="utf-8")
    found = entry["Desktop Entry"]
    assert found["Exec"] == "/opt/studio/bin/concept-studio %f"
    kind = ET.parse(mime).getroot()[0]
    assert found["MimeType"] == f"{kind.get('type')};"
    globs = [one.get("pattern") for one in kind if one.tag.endswith("glob")]
    assert globs == ["*.cstudio"]
    assert icon.stem == found["Icon"]
    assert associate(tmp_path) == [desktop, mime, icon], "once more changes nothing"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="that system is told by hand")
def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "applications").write_text("a file")
    with pytest.raises(UserError, match="could not be written"):
        associate(tmp_path)


def test_other_systems_are_told_what_to_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UserError, match="Open with"):
        associate()
