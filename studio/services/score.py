"""Alignment, background and class of every proposal (METHOD 4 and 5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.concept import Alignment, Proposal, Verdict
from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.modality import Modality
from studio.domain.specs import ScoreSpec
from studio.services.align import align
from studio.services.aligners import find_aligner
from studio.services.bank import bank_of
from studio.services.bundles import as_config, open_bundle
from studio.services.causal_lines import with_causal
from studio.services.embeddings import Request, embed_evidence
from studio.services.evidence_reader import Half
from studio.services.leak_check import check_held_out
from studio.services.spec_checks import check_score
from studio.services.verdict import judge
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner


HALVES: tuple[Half, Half] = ("seen", "held_out")


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """How many neurons each class has, and how many are flagged because lines of evidence disagree."""

    neurons: int
    classes: dict[str, int]
    flagged: int
    truncated: int

    def summary(self) -> dict[str, Any]:
        """For the run record; `truncated` counts concepts that the aligner's text tower cuts."""
        return {
            "neurons": self.neurons,
            "classes": self.classes,
            "flagged": self.flagged,
            "truncated": self.truncated,
        }


def score(spec: ScoreSpec, snapshot: Path, bundle: Path, ctx: Context) -> ScoreResult:
    """Write alignments and a verdict for every live neuron with a proposal into `bundle`.

    Alignments are measured on the held-out half of the top examples (`holdout.split`). q is over all neurons,
    so all are scored together; a call that was cut off resumes from its embeddings. Raises `ModelError`,
    `DataError` (no proposals yet, or made from what is to test them), `NetworkError`, `Cancelled`.
    """
    check_score(spec)
    ctx.report(0, 1, "Loading the aligner")
    aligner = find_aligner(spec.aligner, spec.device)
    with Project.open(snapshot) as project:
        proposals = project.proposals.all()
        if not proposals:
            raise DataError("There are no proposals to score yet. Propose concepts first.")
        bank = bank_of(spec.bank, project)
        # The seen half is as a rule embedded already: by the explainer, with the same aligner.
        seen, evidence = (
            embed_evidence(project, aligner, Request(half, spec.examples, "blur"), snapshot.parent, ctx)
            for half in HALVES
        )
        check_held_out(project, proposals, evidence)
        shares = project.neurons.stats().image_share
        causal = {verdict.neuron: verdict.causal for verdict in project.verdicts.all()}
    alignments = align(spec, proposals, evidence, seen, aligner, bank, ctx)
    verdicts = _verdicts(spec, proposals, alignments, shares)
    # Line 3 does not depend on the concepts: what was measured stays.
    verdicts = [with_causal(verdict, causal.get(verdict.neuron, {})) for verdict in verdicts]
    config = as_config(spec, aligner_id=aligner.id, aligner_hash=aligner.fingerprint, bank_hash=bank.digest)
    return _write(bundle, config, alignments, verdicts, _truncated(aligner, alignments, ctx))


def _verdicts(
    spec: ScoreSpec, proposals: list[Proposal], alignments: list[Alignment], shares: Any
) -> list[Verdict]:
    aligned: dict[int, list[Alignment]] = {p.neuron: [] for p in proposals}
    for alignment in alignments:
        aligned[alignment.neuron].append(alignment)
    return [
        judge(neuron, aligned[neuron], float(shares[neuron]), spec.q, spec.threshold)
        for neuron in sorted(aligned)
        if neuron < len(shares)
    ]


def _truncated(aligner: Aligner, alignments: list[Alignment], ctx: Context) -> int:
    """How many concepts the text tower cuts: their numbers stand for less than they say, and that is said."""
    cut = sorted(concept for concept in {a.concept for a in alignments} if aligner.truncates(concept))
    if cut:
        ctx.log(f"The aligner cuts {len(cut)} concepts at {aligner.text_limit} tokens, as “{cut[0]}”.")
    return len(cut)


def _write(
    path: Path, config: dict[str, Any], alignments: list[Alignment], verdicts: list[Verdict], truncated: int
) -> ScoreResult:
    counts = Counter(v.modality for v in verdicts)
    classes = {modality.value: counts[modality] for modality in Modality}
    result = ScoreResult(len(verdicts), classes, sum(v.flagged for v in verdicts), truncated)
    out, run = open_bundle(path, "score", config)
    with out, out.transaction():
        out.alignments.write(alignments)
        out.verdicts.write(verdicts)
        out.runs.finish(run, result.summary())
    return result
