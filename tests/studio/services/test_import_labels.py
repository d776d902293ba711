"""Import of labels: what was exported comes back the same; one problem, and nothing is changed."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.annotation import FIELDS
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, UserError
from studio.domain.export import ExportFilter
from studio.domain.modality import Modality
from studio.services import annotate as verbs
from studio.services.export import export
from studio.services.importing import import_labels, plan_import
from studio.services.undo import undo, undo_title
from studio.storage.label_fold import label_values
from studio.storage.project import Project

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
RISKY = st.tuples(st.sampled_from(["=", "'=", "''+", "@", "\t", "\r", "-1"]), TEXT).map("".join)
WORDS = st.one_of(TEXT, RISKY)
LABEL = st.fixed_dictionaries(
    {},
    optional={
        "concept": WORDS.filter(bool),
        "rejected": st.booleans(),
        "modality": st.sampled_from([m.value for m in Modality]),
        "rating": st.integers(1, 5),
        "note": WORDS,
        "skipped": st.booleans(),
        "flagged": st.booleans(),
        "tags": st.lists(WORDS, max_size=4),
    },
)


def as_act(neuron, given):
    """A label as the verbs make it: a concept comes with a decision, a rejection without a concept."""
    new = {name: value for name, value in given.items() if name not in ("concept", "rejected")}
    if given.get("rejected"):
        new |= {"decision": "rejected", "concept": None}
    elif "concept" in given:
        new |= {"decision": "edited", "concept": given["concept"]}
    return verbs.Act(neuron, new)


def said(project, annotator):
    return {x.neuron: label_values(x) for x in project.events.labels(annotator)}


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.dictionaries(st.integers(0, 299), LABEL, max_size=8))
def test_exported_and_imported_labels_are_the_same(form, labels, small_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("round")
    acts = [as_act(neuron, given) for neuron, given in labels.items()]
    with Project.open(shutil.copy(small_file, folder / "a.cstudio")) as one:
        verbs.annotate_many(one, "Ada", acts)
        export(one, folder / f"out.{form}", form, where=ExportFilter(annotator="Ada"))
        expected = said(one, "Ada")
    with Project.open(shutil.copy(small_file, folder / "b.cstudio")) as two:
        plan = plan_import(two, folder / f"out.{form}", "Bo")
        assert plan.problems == ()
        import_labels(two, plan)
        blank = {n: v for n, v in expected.items() if any(x not in (None, "", False, []) for x in v.values())}
        assert said(two, "Bo") == blank
        assert plan.new == len(blank)
        again = plan_import(two, folder / f"out.{form}", "Bo")
        assert (again.new, again.changed, again.acts) == (0, 0, ())


def write_csv(path, *rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_one_act_and_one_undo(small_project, tmp_path):
    verbs.rate(small_project, "Bo", 4, 2)
    rows = [{"neuron": n, "concept": f"dog {n}", "rating": 5} for n in range(4)]
    path = write_csv(tmp_path / "l.csv", *rows, {"neuron": 4, "concept": "", "rating": 3})
    plan = plan_import(small_project, path, "Bo")
    assert (plan.new, plan.changed, plan.same, plan.unknown, plan.wrong) == (4, 1, 0, 0, 0)
    assert said(small_project, "Bo")[4]["rating"] == 2
    import_labels(small_project, plan)
    found = said(small_project, "Bo")
    assert [found[n]["concept"] for n in range(4)] == ["dog 0", "dog 1", "dog 2", "dog 3"]
    assert (found[4]["rating"], found[4]["decision"]) == (3, None)
    assert undo_title(small_project, "Bo") == "Undo: import l.csv"
    undo(small_project, "Bo")
    assert said(small_project, "Bo")[4]["rating"] == 2
    assert all(found["decision"] is None for found in said(small_project, "Bo").values())


def test_a_concept_without_a_decision_is_accepted_or_edited(small_project, tmp_path):
    path = write_csv(
        tmp_path / "l.csv", {"neuron": 6, "concept": "dog 6"}, {"neuron": 8, "concept": "wolf"},
        {"neuron": 9, "concept": "dog 9"},
    )  # fmt: skip
    import_labels(small_project, plan_import(small_project, path, "Bo"))
    found = said(small_project, "Bo")
    assert [found[n]["decision"] for n in (6, 8, 9)] == ["accepted", "edited", "accepted"]


def test_an_empty_field_leaves_what_was_said(small_project, tmp_path):
    verbs.note(small_project, "Bo", 3, "mine")
    (tmp_path / "l.jsonl").write_text('{"neuron": 3, "rating": 4, "note": null}\n\n{"neuron": 5}\n')
    plan = plan_import(small_project, tmp_path / "l.jsonl", "Bo")
    assert (plan.new, plan.changed) == (0, 1)
    import_labels(small_project, plan)
    assert (said(small_project, "Bo")[3]["note"], said(small_project, "Bo")[3]["rating"]) == ("mine", 4)


def test_the_rows_of_one_annotator_can_be_taken(small_project, tmp_path):
    verbs.rate(small_project, "Ada", 6, 1)
    verbs.rate(small_project, "Cy", 6, 5)
    export(small_project, tmp_path / "l.csv", "csv")
    both = plan_import(small_project, tmp_path / "l.csv", "Bo")
    assert both.annotators == ("Ada", "Cy")
    assert "already. Choose whose rows to take" in both.problems[0]
    plan = plan_import(small_project, tmp_path / "l.csv", "Bo", of="Cy")
    import_labels(small_project, plan)
    assert {n: v["rating"] for n, v in said(small_project, "Bo").items()} == {6: 5}


GOOD = {"neuron": 1, "rating": 3}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"neuron": 300, "rating": 3}, "there is no neuron 300; the project has 300"),
        ({"neuron": -1, "rating": 3}, "a neuron is a whole number"),
        ({"neuron": 1.5, "rating": 3}, "a neuron is a whole number"),
        ({"neuron": True, "rating": 3}, "a neuron is a whole number"),
        ({"neuron": None, "rating": 3}, "a neuron is a whole number"),
        ({"neuron": 2, "ratting": 3}, "no field “ratting”"),
        ({"neuron": 2, "rating": 7}, "A rating is a whole number from 1 to 5"),
        ({"neuron": 2, "rating": "four"}, "A rating is a whole number from 1 to 5"),
        ({"neuron": 2, "modality": "smell"}, "“smell” is no modality"),
        ({"neuron": 2, "decision": "maybe"}, "“maybe” is no decision"),
        ({"neuron": 2, "decision": ["x"]}, "is no decision"),
        ({"neuron": 2, "concept": "x" * 3_000}, "2,000 is the most"),
        ({"neuron": 2, "concept": 4}, "A concept is a text"),
        ({"neuron": 2, "tags": "a"}, "Tags are a list"),
        ({"neuron": 2, "tags": [3]}, "A tag is a text"),
        ({"neuron": 1, "rating": 4}, "neuron 1 stands in line 1 already"),
        ({"neuron": 2, "rating": 3, "provenance": {"project_id": "f" * 32}}, "exported from another project"),
        ({"neuron": 2, "rating": 3, "schema_version": 2}, "a newer version"),
    ],
)
def test_one_wrong_row_and_nothing_is_changed(small_project, tmp_path, row, words):
    path = tmp_path / "l.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (GOOD, row)))
    plan = plan_import(small_project, path, "Bo")
    assert plan.wrong == 1
    assert plan.problems[0].startswith("Line 2: ")
    assert words in plan.problems[0]
    with pytest.raises(UserError, match="nothing was changed"):
        import_labels(small_project, plan)
    assert said(small_project, "Bo") == {}
    assert small_project.events.count() == 0


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("l.csv", "neuron,note\n1,ä\n".encode("latin-1"), "is not UTF-8"),
        ("l.csv", "neuron,note\n1,ä\n".encode("utf-16"), "is not UTF-8"),
        ("l.jsonl", b'{"neuron": 1, "note": "\xff"}', "is not UTF-8"),
        ("l.csv", b"", "no column “neuron”"),
        ("l.csv", b"concept,rating\nx,3\n", "no column “neuron”"),
        ("l.xlsx", b"PK", "neither a .jsonl nor a .csv"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(small_project, tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as said:
        plan_import(small_project, tmp_path / name, "Bo")
    assert words in str(said.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("l.jsonl", "{broken", "Line 1: this is no JSON object."),
        ("l.jsonl", "[1, 2]", "Line 1: this is no JSON object."),
        ("l.jsonl", "[" * 100_000, "Line 1: this is no JSON object."),
        ("l.csv", "neuron,ratting\n1,3\n2,4\n", "Line 1: there is no field “ratting”"),
        ("l.csv", "neuron,rating\n1,3,9\n", "Line 2: there is no field “a cell without a name”"),
        ("l.csv", "neuron,rating\n1,3.5\n", "A rating is a whole number"),
        ("l.csv", "neuron,skipped\n1,perhaps\n", "skipped is true or false"),
        ("l.csv", 'neuron,note\n1,"never closed\n', "this is no CSV"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(small_project, tmp_path, name, text, words):
    (tmp_path / name).write_text(text, "utf-8")
    plan = plan_import(small_project, tmp_path / name, "Bo")
    assert plan.wrong == 1
    assert words in plan.problems[0]


def test_many_problems_are_counted_and_the_first_are_named(small_project, tmp_path):
    path = write_csv(tmp_path / "l.csv", *[{"neuron": 300 + n, "rating": 3} for n in range(50)])
    plan = plan_import(small_project, path, "Bo")
    assert (plan.unknown, plan.wrong, len(plan.problems)) == (50, 50, 20)
    with pytest.raises(UserError, match="There are 47 more"):
        import_labels(small_project, plan)


def test_a_long_note_and_every_field_come_from_a_spreadsheet(small_project, tmp_path):
    row = {
        "neuron": 7, "decision": "rejected", "modality": "visual", "rating": 2, "note": "n" * 10_000,
        "skipped": "FALSE", "flagged": "yes", "tags": "b; a ;b",
    }  # fmt: skip
    import_labels(small_project, plan_import(small_project, write_csv(tmp_path / "l.csv", row), "Bo"))
    found = said(small_project, "Bo")[7]
    assert set(found) == set(FIELDS)
    assert (found["note"], found["flagged"], found["tags"]) == ("n" * 10_000, True, ["a", "b"])


def test_nobodys_name_is_a_sentence(small_project, tmp_path):
    with pytest.raises(UserError, match="who is reviewing"):
        plan_import(small_project, write_csv(tmp_path / "l.csv", GOOD), "  ")


class StopsAt(Quiet):
    """Cancelled when it is looked at for the `left`-th time; notes how far the work was."""

    def __init__(self, left: int) -> None:
        self.left, self.shares = left, []

    def report(self, done, total, text=""):
        self.shares.append(done / total)

    def check(self):
        self.left -= 1
        if self.left == 0:
            raise Cancelled("stopped")


def test_an_import_that_is_stopped_changes_nothing_wherever_it_was(small_project, tmp_path):
    rows = [{"neuron": neuron, "rating": 4, "decision": "accepted"} for neuron in range(300)]
    path = tmp_path / "l.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(Cancelled):
        plan_import(small_project, path, "Ada", ctx=StopsAt(2))
    plan = plan_import(small_project, path, "Ada")
    for left in (1, 2, 3, 4):  # looking at the acts, then writing them
        with pytest.raises(Cancelled):
            import_labels(small_project, plan, StopsAt(left))
        assert small_project.events.count() == 0
    never = StopsAt(0)
    import_labels(small_project, plan, never)
    assert small_project.events.count() == 300
    assert never.shares == sorted(never.shares)
    assert small_project.events.verify() == []
