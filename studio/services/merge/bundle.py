"""Take over the results of a run, which come as a file of their own (a bundle)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.domain.changes import Changes
from studio.domain.errors import ProjectError
from studio.domain.evidence import StoredSample
from studio.services import full_text
from studio.services.projects import provenance
from studio.storage import backups, transfer
from studio.storage.project import Project
from studio.storage.transfer import Table

#: Rows of a bundle in one transaction.
STEP = 1000
_EXTRACTION = (transfer.EVIDENCE, transfer.HISTOGRAM, transfer.COLUMNS, transfer.SKIPPED)
_CONCEPTS = (transfer.PROPOSAL, transfer.ALIGNMENT, transfer.VERDICT, transfer.SCORE)
#: What is about this one file, and stays as it is.
_OWN_META = (
    *("project_id", "title", "created", "bundle", "heads", "left_out"),
    *("backed_up", "merging", "full_text"),
)


def merge_bundle(project: Project, bundle: Path | str) -> Changes:
    """Take over the results in a bundle: an extraction replaces the last one whole, proposals those of the
    same explainer, alignments those of the same aligner, verdicts all.

    Short transactions; a merge that was cut off goes on where it stopped when it is called again. Makes a
    backup first. Raises `ProjectError` for a file that is no bundle.
    """
    with Project.open(bundle) as source:
        if not source.is_bundle:
            raise ProjectError(f"{source.path.name} holds no results of a run. Merge it as a copy instead.")
        if _begin(project, source) and (project.events.count() or project.neuron_count()):
            backups.make(project.database, "merge")  # an empty project has nothing to lose
        return _take_over(project, source)


def _begin(project: Project, source: Project) -> bool:
    """Note which bundle is being merged; False when that one was under way already."""
    identifier = source.meta.get("project_id")
    if project.meta.get("merging", {}).get("bundle") == identifier:
        return False
    project.meta.set("merging", {"bundle": identifier, "done": [], "table": None, "after": None})
    return True


def _take_over(project: Project, source: Project) -> Changes:
    extraction = not transfer.is_empty(source.database, transfer.COLUMNS)
    if extraction:
        _drop_concepts_of_another_sae(project, source)
        _add_samples(project, source)
        for table in _EXTRACTION:
            _replace(project, source, table)
        project.neurons.forget()
        _drop_unused(project, source)
    filled = [table for table in _CONCEPTS if not transfer.is_empty(source.database, table)]
    for table in filled:
        _replace(project, source, table)
    if extraction or transfer.PROPOSAL in filled:
        full_text.restart(project, extraction)
    changes = _changes(source, filled, extraction)
    _finish(project, source)
    return changes


def _replace(project: Project, source: Project, table: Table) -> None:
    state = project.meta.get("merging")
    if table.name in state["done"]:
        return
    after = state["after"] if state["table"] == table.name else None
    steps = transfer.replace(source.database, project.database, table, after, STEP)
    finished = False
    while not finished:
        with project.transaction():
            last = next(steps)
            finished = last is None
            done = [*state["done"], table.name] if finished else state["done"]
            state = {**state, "done": done, "table": table.name, "after": last}
            project.meta.set("merging", state)


def _add_samples(project: Project, source: Project) -> None:
    """Samples before the evidence that cites them; picture rows are the project's own."""
    ids = source.samples.ids()
    for start in range(0, len(ids), 200):
        with project.transaction():
            for sample in source.samples.get(ids[start : start + 200]).values():
                project.samples.add(_with_own_picture(project, source, sample))


def _with_own_picture(project: Project, source: Project, sample: StoredSample) -> StoredSample:
    here = [source.pictures.copy_to(picture.row, project.pictures) for picture in sample.all_pictures]
    pictures = tuple(replace(p, row=row) for p, row in zip(sample.all_pictures, here, strict=True))
    if sample.several is not None:
        return replace(sample, several=replace(sample.several, pictures=pictures)).showing(0)
    return replace(sample, picture=here[0]) if here else sample


def _drop_concepts_of_another_sae(project: Project, source: Project) -> None:
    """Neuron 7 of another SAE, layer or model is another neuron: its concepts and scores are not kept."""
    if _dictionary(project) == _dictionary(source):
        return
    with project.transaction():
        for table in _CONCEPTS:
            if table.name not in project.meta.get("merging")["done"]:
                project.database.execute(f"DELETE FROM {table.name}")


def _dictionary(project: Project) -> list[Any]:
    """What the numbers of neurons stand for: model, layer and the SAE's weights, wherever they lay or ran."""
    found = provenance(project)
    model, sae = _object(found.get("model")), _object(found.get("sae"))
    hashes = _object(sae.get("provenance")).get("files")
    weights = hashes or [sae.get(name) for name in ("source", "hookpoint", "revision")]
    return [model.get("model"), model.get("revision"), found.get("layer"), weights]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _drop_unused(project: Project, source: Project) -> None:
    """Samples of an earlier extraction that nothing cites any more."""
    with project.transaction():
        project.samples.keep_only(source.samples.ids())
        project.pictures.drop_unused()


def _changes(source: Project, filled: list[Table], extraction: bool) -> Changes:
    def neurons(*tables: Table) -> frozenset[int]:
        rows = [source.database.rows(f"SELECT DISTINCT neuron FROM {t.name}") for t in tables if t in filled]
        return frozenset(row[0] for found in rows for row in found)

    proposed = neurons(transfer.PROPOSAL)
    scored = neurons(transfer.ALIGNMENT, transfer.VERDICT, transfer.SCORE)
    return Changes(proposals=proposed, scores=scored, everything=extraction)


def _finish(project: Project, source: Project) -> None:
    with project.transaction():
        project.runs.write(source.runs.all())
        for key, value in source.meta.all().items():
            if key not in _OWN_META:
                project.meta.set(key, value)
        project.meta.remove("merging")
