"""Plug-ins are found, and one that fails is named, left out, and nothing else suffers."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import psutil
import pytest

from studio.domain.errors import DataError
from studio.domain.sample import Sample
from studio.domain.specs import DataSpec
from studio.services.data import read_all
from studio.services.places import data_folder
from studio.services.plugin_host import load_plugins
from studio.services.plugin_store import switch

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
EXPORTS = """
import pluggy
hookimpl = pluggy.HookimplMarker("concept_studio")

class Table:
    name, suffix, title = "table", ".txt", "A table"
    def write(self, rows, file):
        file.write(b"table")

@hookimpl
def concept_studio_exporters():
    return {}
"""
BAD = {
    "raises": "raise RuntimeError('no such library')",
    "exits": "raise SystemExit(3)",
    "unparsable": "def",
    "too_new": "API_VERSION = 99",
    "wrong_hook": GOOD.replace("(spec)", "(nonsense)"),
    "unknown_hook": GOOD.replace("concept_studio_open_data", "concept_studio_open_door"),
    "kills": "import os; os._exit(0)",
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "without_hooks": "x = 1",
    "no_version": "API_VERSION = 'new'",
    "wrong_list": EXPORTS.format("'csv'"),
    "wrong_parts": EXPORTS.format("[3]"),
    "a_class": EXPORTS.format("[Table]"),
    "half_an_exporter": EXPORTS.format("[Table()]").replace("def write", "def wrote"),
    "shows_a_sentence": EXPORTS.format("[1 / 0]"),
}
SENTENCES = {
    "kills": "it ended the process that loaded it (exit code 0)",
    "crashes": "it ended the process that loaded it (exit code -11)",
    "without_hooks": "it has no function that is marked hookimpl, so it offers nothing",
    "too_new": "it was written for version 99 of the plug-in hooks, and this Concept Studio has version 1. "
    "Update Concept Studio, or install an older version of the plug-in",
    "no_version": "its API_VERSION is 'new', and has to be a whole number from 1 to 1",
    "wrong_list": "concept_studio_exporters returned a str, and has to return a list",
    "wrong_parts": "concept_studio_exporters returned an int, which lacks something of Exporter and "
    "FolderExporter",
    "a_class": "concept_studio_exporters returned the class Table, and has to return objects of it",
    "half_an_exporter": "concept_studio_exporters returned a Table, which lacks something of Exporter and "
    "FolderExporter",
    "raises": "RuntimeError: no such library",
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


@pytest.mark.parametrize("name", list(SENTENCES))
def test_the_sentence_says_what_is_wrong(modules: Path, name: str) -> None:
    (report,) = load_plugins([], [point(modules, name, BAD[name])]).failed
    assert report.error == f"The plug-in “{name}” was left out: {SENTENCES[name]}."


def test_one_that_hangs_is_left_out_in_time_and_leaves_no_process(modules: Path) -> None:
    (modules / "seen").mkdir()  # a new file beside the modules would look like an installation
    hangs = point(modules, "hangs", HANGS.format(str(modules / "seen" / "child")))
    good = point(modules, "good", GOOD)
    load_plugins([], [hangs], seconds=3)
    host = load_plugins([], [hangs, good])
    (report,) = host.failed
    assert report.error == "The plug-in “hangs” was left out: it took longer than 3 seconds to load."
    assert "extra_hangs.py" in report.details, "says where it hung"
    assert len(list(read_all(DataSpec("numbers:"), host))) == 3
    child = int((modules / "seen" / "child").read_text())
    with contextlib.suppress(psutil.NoSuchProcess):  # pytest's own limit ends the wait for one that stays
        while psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.05)


HANGS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({!r}, "w").write(str(child.pid))
import re
re.match("(a+)+$", "a" * 60 + "b")  # for ever, without letting go of the interpreter
"""


def counted(folder: Path, name: str, code: str) -> EntryPoint:
    """A plug-in that leaves the number of the process each time it is loaded."""
    (folder / "seen").mkdir(
        exist_ok=True
    )  # not beside the module: a new file there looks like an installation
    line = (
        f"open({str(folder / 'seen' / 'loads')!r}, 'a').write(f'{{__import__(\"os\").getpid()}}' + chr(10))\n"
    )
    return point(folder, name, line + code)


def loads(folder: Path) -> list[int]:
    """The process of each load."""
    return [int(line) for line in (folder / "seen" / "loads").read_text().splitlines()]


def test_a_trial_is_made_once_until_the_files_change(modules: Path) -> None:
    good = counted(modules, "good", GOOD)
    assert not load_plugins([], [good]).failed
    assert loads(modules)[0] != os.getpid(), "in a process of its own"
    assert loads(modules)[1:] == [os.getpid()], "and here"
    del sys.modules["extra_good"]
    assert not load_plugins([], [good]).failed
    assert loads(modules)[2:] == [os.getpid()], "only here"
    del sys.modules["extra_good"]
    good = counted(modules, "good", GOOD + "raise OSError('broken by the update')")
    (report,) = load_plugins([], [good]).failed
    assert "broken by the update" in report.error
    assert len(loads(modules)) == 4
    assert loads(modules)[3] != os.getpid(), "only in a process of its own"


def test_a_failure_is_tried_again_when_something_was_installed(modules: Path) -> None:
    needs = counted(modules, "needs", "import extra_needed\n" + GOOD)
    assert load_plugins([], [needs]).failed
    assert load_plugins([], [needs]).failed
    assert len(loads(modules)) == 1
    (modules / "extra_needed.py").write_text("")
    assert not load_plugins([], [needs]).failed


def test_the_window_does_not_wait_for_a_new_one(modules: Path) -> None:
    go = modules / "seen" / "go"
    go.parent.mkdir()
    waits = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
    good = point(modules, "good", waits + GOOD)
    (report,) = load_plugins([], [good], wait=False).failed
    assert "is being tried" in report.error
    go.touch()  # only now can the trial end
    until = time.monotonic() + 60
    while load_plugins([], [good], wait=False).failed and time.monotonic() < until:
        time.sleep(0.05)
    assert not load_plugins([], [good], wait=False).failed


def test_of_two_with_one_name_the_first_is_used(modules: Path) -> None:
    twins = [point(modules, "good", GOOD), EntryPoint("good", "extra_other", "concept_studio.plugins")]
    (modules / "extra_other.py").write_text(GOOD.replace("range(3)", "range(5)"))
    host = load_plugins([], twins)
    (report,) = host.failed
    assert "another package has a plug-in of the same name, and that one is used" in report.error
    assert len(list(read_all(DataSpec("numbers:"), host))) == 3


def test_nobody_takes_the_name_of_a_built_in(modules: Path) -> None:
    twin = EntryPoint("plugins.folder_data", "extra_twin", "concept_studio.plugins")
    (modules / "extra_twin.py").write_text(GOOD)
    (report,) = load_plugins(external=[twin]).failed
    assert "Concept Studio itself has a plug-in of the same name" in report.error


def test_one_that_is_off_is_not_loaded(modules: Path) -> None:
    good = counted(modules, "good", GOOD)
    switch("good", on=False)
    (report,) = load_plugins([], [good]).reports
    assert not report.on
    assert not report.error
    assert not (modules / "seen" / "loads").exists()
    switch("good", on=True)
    assert load_plugins([], [good]).reports[0].on


def test_a_settings_file_of_nonsense_switches_nothing_off(modules: Path) -> None:
    switch("other", on=False)
    for path in data_folder().iterdir():
        path.write_text('{"off": [1')
    assert not load_plugins([], [point(modules, "good", GOOD)]).failed


def test_a_list_that_goes_wrong_later_is_left_out_then(modules: Path) -> None:
    now = "[Table()] if __name__ not in __import__('sys').modules or not LATER else 7"
    code = EXPORTS.format(now).replace("import pluggy", "import pluggy\nLATER = False")
    host = load_plugins([], [point(modules, "later", code)])
    assert not host.failed
    sys.modules["extra_later"].LATER = True
    assert list(host.each("concept_studio_exporters")) == []
    (report,) = host.failed
    assert "returned an int, and has to return a list" in report.error
