"""A study from a snapshot of a project to its report; runs where torch is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.services.bank import bank_of
from studio.services.disk import plain_disk_errors, write_json
from studio.services.near_duplicates import freeze_groups
from studio.services.study.asking import AskingNamer
from studio.services.study.document import Document, Networks, make_document
from studio.services.study.embed import embed_views, store_folder
from studio.services.study.gather import Gathered, gather
from studio.services.study.human import human
from studio.services.study.measure import Measured, Measuring
from studio.services.study.methods import methods_of
from studio.services.study.naming import Namer, Phrases, VocabularyNamer
from studio.services.study.report import write_report
from studio.services.study.spec import VOCABULARY, StudySpec, check_spec
from studio.services.study.tables import COLUMNS, records, write_csv, write_parquet
from studio.services.study.vectors import VectorStore
from studio.storage.project import Project

REPORT = "report.html"
CONTRASTS = (
    "side", "measure", "other", "n", "mean_ours", "mean_theirs", "difference", "low", "high", "relative",
    "effect", "t", "t_p", "t_q", "wilcoxon_p", "wilcoxon_q", "better", "same", "worse", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudyResult:
    """Where the report is, and what it says."""

    folder: Path
    document: Document

    @property
    def report(self) -> Path:
        return self.folder / REPORT


def study(spec: StudySpec, snapshot: Path, out: Path, work: Path, ctx: Context) -> StudyResult:
    """Put the methods side by side on the neurons of `snapshot` and write the report into folder `out`.

    Embeddings are kept below `work`: a study that was cut off, and one with more runs or neurons, does not
    make them again. Raises `UserError` and its kinds, and `Cancelled`.
    """
    check_spec(spec)
    from models.aligners import load_aligner

    with plain_disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    ctx.report(0, 1, "Loading the aligner")
    aligner = load_aligner(spec.aligner, device=spec.device)
    methods = methods_of(spec.methods)
    with Project.open(snapshot) as project:
        bank = bank_of(spec.bank, project)
        freeze_groups(project, ctx)
        found = gathered(project, spec, ctx)
        store = VectorStore(store_folder(project, aligner, work))
        embed_views(project, found, aligner, store, ctx)
        phrases = Phrases(bank, aligner.embed_texts(bank.phrases))
        namer: Namer = VocabularyNamer(phrases, store)
        explainer: dict[str, Any] = {}
        if spec.explainer != VOCABULARY:
            asking = AskingNamer(project, spec, found, phrases, aligner, work, ctx)
            namer, explainer = asking, asking.record
        measured = Measuring(found, namer, phrases, store).run_all(spec, methods, ctx)
        ctx.report(0, 1, "Comparing the methods")
        people = human(project.events.labels())
        document = make_document(project, spec, methods, measured, people, Networks(aligner, bank, explainer))
    write_all(out, document, measured)
    ctx.report(1, 1)
    return StudyResult(out, document)


def gathered(project: Project, spec: StudySpec, ctx: Context) -> Gathered:
    """The neurons of the study. Raises `DataError` when none can be tested."""
    found = gather(project, spec.neurons, spec.seed, ctx)
    if not found.sides:
        raise DataError(
            "No neuron has examples from two pictures or texts, so nothing can be held out. "
            "Extract with more data, or keep more top examples."
        )
    return found


def write_all(out: Path, document: Document, measured: Measured) -> None:
    """The report, and the tables behind it. The report comes last: where it is, all of it is."""
    write_csv(out / "scores.csv", COLUMNS, records(measured.rows))
    write_parquet(out / "scores.parquet", measured.rows)
    write_csv(out / "comparisons.csv", CONTRASTS, document["contrasts"])
    write_json(out / "study.json", document)
    write_report(out / REPORT, document)


def summary(document: Document) -> dict[str, Any]:
    """The document for the run record."""
    return {name: document[name] for name in document if name != "provenance"}
