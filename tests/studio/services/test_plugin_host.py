"""Plug-ins are found, and one that fails is named, left out, and nothing else suffers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from studio.domain.errors import DataError
from studio.domain.sample import Sample
from studio.domain.specs import DataSpec
from studio.services.data import read_all
from studio.services.plugin_host import load_plugins

GOOD = """
import pluggy
from studio.domain.sample import Sample, Turn
hookimpl = pluggy.HookimplMarker("concept_studio")

class Reader:
    name = "numbers"
    def samples(self):
        for i in range(3):
            yield Sample(str(i), (), (Turn("user", f"number {i}"),))

@hookimpl
def concept_studio_open_data(spec):
    return Reader() if spec.source == "numbers:" else None
"""
BAD = {
    "raises": "raise RuntimeError('no such library')",
    "exits": "raise SystemExit(3)",
    "unparsable": "def",
    "too_new": "API_VERSION = 99",
    "wrong_hook": GOOD.replace("(spec)", "(nonsense)"),
    "unknown_hook": GOOD.replace("concept_studio_open_data", "concept_studio_open_door"),
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("extra_"):
            del sys.modules[name]


def point(folder: Path, name: str, code: str) -> EntryPoint:
    (folder / f"extra_{name}.py").write_text(code)
    return EntryPoint(name, f"extra_{name}", "concept_studio.plugins")


def test_the_built_in_reader_is_there() -> None:
    host = load_plugins(external=[])
    assert "plugins.folder_data" in [r.name for r in host.reports]
    assert not host.failed


def test_a_foreign_reader_reads(modules: Path) -> None:
    host = load_plugins(external=[point(modules, "good", GOOD)])
    found = list(read_all(DataSpec("numbers:"), host))
    assert [s.id for s in found if isinstance(s, Sample)] == ["0", "1", "2"]


@pytest.mark.parametrize("name", list(BAD))
def test_one_that_fails_is_named_and_the_others_work(modules: Path, name: str) -> None:
    host = load_plugins(external=[point(modules, name, BAD[name]), point(modules, "good", GOOD)])
    (report,) = host.failed
    assert report.name == name
    assert report.error.startswith(f"The plug-in “{name}” was left out")
    assert len(list(read_all(DataSpec("numbers:"), host))) == 3


BREAKS = GOOD.replace('return Reader() if spec.source == "numbers:" else None', "return 1 / 0")


def test_a_reader_that_raises_is_named(modules: Path) -> None:
    host = load_plugins(external=[point(modules, "broken", BREAKS)])
    with pytest.raises(DataError, match="“broken” was left out: ZeroDivisionError"):
        list(read_all(DataSpec("numbers:"), host))


def test_a_reader_that_raises_is_skipped_for_the_next(modules: Path) -> None:
    (modules / "samples.jsonl").write_text('{"id": "a", "text": "words"}')
    host = load_plugins(external=[point(modules, "broken", BREAKS), point(modules, "good", GOOD)])
    (sample,) = read_all(DataSpec(str(modules)), host)
    assert isinstance(sample, Sample)
    assert sample.id == "a"
    assert len(list(read_all(DataSpec("numbers:"), host))) == 3
    assert "broken" in {report.name for report in host.failed}


def test_a_reader_s_own_sentence_is_for_the_person(modules: Path) -> None:
    code = BREAKS.replace("return 1 / 0", "raise DataError('Unlock the archive first.')").replace(
        "import pluggy", "import pluggy\nfrom studio.domain.errors import DataError"
    )
    host = load_plugins(external=[point(modules, "locked", code)])
    with pytest.raises(DataError, match="Unlock the archive first"):
        list(read_all(DataSpec("numbers:"), host))
