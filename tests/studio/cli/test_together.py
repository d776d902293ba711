"""merge, assign, copy and agreement on the command line."""

from __future__ import annotations

import json
import shutil

import pytest

from studio.cli.failures import run_safely
from studio.cli.main import cli
from studio.domain.shared import Policy
from studio.services.annotate import accept, rate, reject
from studio.services.policy import set_policy
from studio.storage.project import Project


@pytest.fixture
def run(capsys):
    """Runs a command; gives exit code, output, and what went to the error stream."""

    def call(*arguments):
        code = run_safely(cli, [str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def lead(small_file, tmp_path):
    path = tmp_path / "lead.cstudio"
    shutil.copy(small_file, path)
    with Project.open(path) as project:
        set_policy(project, "Lead", Policy(blind=True))
    return path


def work(path, who, *acts):
    with Project.open(path) as project:
        for verb, neuron, *more in acts:
            verb(project, who, neuron, *more)


def test_from_batches_to_agreement(run, lead, tmp_path):
    code, out, _ = run("assign", lead, "Ada", "Bo", "--by", "Lead", "--neurons", "1-4", "--json")
    assert (code, json.loads(out)["counts"]) == (0, {"Ada": 4, "Bo": 4})
    copies = [tmp_path / f"{who}.cstudio" for who in ("Ada", "Bo")]
    for who, path in zip(("Ada", "Bo"), copies, strict=True):
        assert run("copy", lead, who, "--out", path)[0] == 0
    acts = [(accept, 1, "dog"), (accept, 2, "dog"), (rate, 1, 4)]
    work(copies[0], "Ada", *acts)
    work(copies[1], "Bo", (reject, 1), *acts[1:])
    code, checked, _ = run("merge", lead, *copies, "--check", "--json")
    assert (code, json.loads(checked)["backup"]) == (0, None)
    code, out, _ = run("merge", lead, *copies, "--json")
    report = json.loads(out)
    assert code == 0
    assert report["copies"] == json.loads(checked)["copies"]
    assert [copy["new_by"] for copy in report["copies"]] == [{"Ada": 3}, {"Bo": 3}]
    assert [(c["neuron"], c["kind"], c["parts"]) for c in report["conflicts"]] == [
        (1, "annotators", ["decision"])
    ]
    code, out, _ = run("merge", lead, *copies)
    assert (code, out.count("nothing new")) == (0, 2)
    code, out, _ = run("agreement", lead, "--by", "Lead", "--json")
    rows = {(r["part"], r["statistic"]): r for r in json.loads(out)["rows"] if r["group"] == "all neurons"}
    assert rows["decision", "raw"]["value"] == 0.5
    assert (
        rows["rating", "alpha"]["value"],
        "all values are the same" in rows["rating", "alpha"]["note"],
    ) == (
        None,
        True,
    )
    assert (
        run("agreement", lead, "--by", "Lead", "--csv")[1].splitlines()[0].startswith("group,part,statistic")
    )
    assert "Annotators: Ada, Bo. 2 neurons" in run("agreement", lead, "--by", "Lead")[1]


BAD = {
    "no project": ("merge", "{lead}", "{here}/notes.txt"),
    "itself": ("merge", "{lead}", "{lead}"),
    "another project": ("merge", "{lead}", "{here}/other.cstudio"),
    "missing": ("merge", "{lead}", "{here}/none.cstudio"),
    "checked only": ("merge", "{lead}", "{here}/other.cstudio", "--check"),
    "nobody": ("assign", "{lead}", " ", "--by", "Lead"),
    "not the lead": ("assign", "{lead}", "Ada", "--overlap", "1", "--by", "Ada"),
    "overlap": ("assign", "{lead}", "Ada", "--by", "Lead", "--overlap", "2"),
    "neurons": ("assign", "{lead}", "Ada", "--by", "Lead", "--overlap", "1", "--neurons", "x"),
    "beyond": ("assign", "{lead}", "Ada", "--by", "Lead", "--overlap", "1", "--neurons", "300"),
    "copy there": ("copy", "{lead}", "Ada", "--out", "{here}/notes.txt"),
    "copy on itself": ("copy", "{lead}", "Ada", "--out", "{lead}", "--force"),
    "no copy": ("merge", "{lead}"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_a_sentence_and_changes_nothing(run, lead, tmp_path, what):
    (tmp_path / "notes.txt").write_text("no project")
    with Project.create(tmp_path / "other.cstudio"):
        pass
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, out, error = run(*(word.format(lead=lead, here=tmp_path) for word in BAD[what]))
    assert (code, out) == (2, "")
    assert error.startswith("concept-studio: ")
    assert error.rstrip().endswith((".", "`"))
    with Project.open(lead) as project:
        assert project.events.count() == 1
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in before}
    assert (tmp_path / "notes.txt").read_text() == "no project"


def test_results_of_a_blind_review_are_told_to_its_lead_only(run, lead, tmp_path, monkeypatch):
    """The rules of the window: the name that is given, or that of the account."""
    monkeypatch.setattr("getpass.getuser", lambda: "Ada")
    work(lead, "Ada", (accept, 1, "dog"))
    out = tmp_path / "out.jsonl"
    for asked in (("export", lead, "--out", out), ("agreement", lead)):
        for who in ((), ("--by", "Ada"), ("--by", "lead ")):
            code, said, err = run(*asked, *who)
            assert (code, said) == (2, "")
            assert "blind" in err
    assert not out.exists()
    assert run("export", lead, "--out", out, "--by", "Lead")[0] == 0
    assert out.exists()
    monkeypatch.setattr("getpass.getuser", lambda: "Lead")
    assert run("export", lead, "--out", out, "--force")[0] == 0
    assert run("agreement", lead)[0] == 0
