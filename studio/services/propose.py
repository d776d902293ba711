"""Name every live neuron, for each side it fires on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.concept import Proposal, ProposalState
from studio.domain.context import Context
from studio.domain.errors import ModelError
from studio.domain.modality import TokenKind
from studio.domain.specs import ProposeSpec
from studio.services.bank import bank_of
from studio.services.bundles import as_config, open_bundle
from studio.services.embeddings import Request, SideEvidence, embed_evidence
from studio.services.spec_checks import check_propose
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.explainers.bank import Bank

EXPLAINERS = ("vocabulary",)
#: Neurons ranked together: bounds the table of neurons x phrases.
CHUNK = 512


@dataclass(frozen=True, slots=True)
class ProposeResult:
    """How many neurons were looked at, and how many got a concept on at least one side."""

    neurons: int
    named: int

    def summary(self) -> dict[str, Any]:
        """For the run record."""
        return {"neurons": self.neurons, "named": self.named}


def propose(spec: ProposeSpec, snapshot: Path, bundle: Path, ctx: Context) -> ProposeResult:
    """Write a proposal for each side of each live neuron of `snapshot` into `bundle`; dead ones are left out.

    The explainer sees the "seen" half of the top examples (`holdout.split`); their ids are kept with the
    proposal. Neurons that a bundle of the same request has already are not done again. Raises `ModelError`,
    `DataError`, `NetworkError`, `Cancelled`.
    """
    if spec.explainer not in EXPLAINERS:
        raise ModelError(f"There is no explainer “{spec.explainer}”. Choose one of: {', '.join(EXPLAINERS)}.")
    check_propose(spec)
    from models.aligners import load_aligner

    ctx.report(0, 1, "Loading the aligner")
    aligner = load_aligner(spec.aligner)
    with Project.open(snapshot) as project:
        bank = bank_of(spec.bank, project)
        evidence = embed_evidence(
            project, aligner, Request("seen", spec.examples, "blur"), snapshot.parent, ctx
        )
    _warn_of_cut(aligner, bank, ctx)
    config = as_config(spec, aligner_id=aligner.id, aligner_hash=aligner.fingerprint, bank_hash=bank.digest)
    out, run = open_bundle(bundle, "propose", config)
    with out:
        done = {(p.neuron, p.side) for p in out.proposals.all()}
        fresh = [p for p in _proposals(evidence, aligner, bank, ctx) if (p.neuron, p.side) not in done]
        out.proposals.write(fresh)
        result = _result(out.proposals.all())
        out.runs.finish(run, result.summary())
    return result


def _warn_of_cut(aligner: Aligner, bank: Bank, ctx: Context) -> None:
    """Phrases longer than the text tower reads stand for less than they say: never silently."""
    cut = [phrase for phrase in bank.phrases if aligner.truncates(phrase)]
    if cut:
        ctx.log(
            f"The aligner cuts {len(cut)} phrases of the bank at {aligner.text_limit} tokens, as “{cut[0]}”."
        )


def _proposals(
    evidence: dict[TokenKind, SideEvidence], aligner: Aligner, bank: Bank, ctx: Context
) -> Iterator[Proposal]:
    from models.explainers.vocabulary import background_of, rank

    phrases = aligner.embed_texts(bank.phrases)
    details = _details(aligner, bank)
    for side, found in evidence.items():
        if not len(found.neurons):
            continue
        background = background_of(found.mean, phrases)
        for start in range(0, len(found.neurons), CHUNK):
            ctx.check()
            rankings = rank(found.mean[start : start + CHUNK], phrases, background, bank)
            for i, ranking in enumerate(rankings, start):
                seen = {"seen": list(found.samples[i]), "examples": int(found.n[i])}
                yield _proposal(int(found.neurons[i]), side, ranking, bank, details | seen)


def _details(aligner: Aligner, bank: Bank) -> dict[str, Any]:
    from models.explainers.vocabulary import STANDS_OUT, VERSION

    cut = [phrase for phrase in bank.phrases if aligner.truncates(phrase)]
    details = {
        "explainer": VERSION,
        "aligner": aligner.id,
        "bank": bank.digest,
        "bank_size": len(bank),
        "stands_out": STANDS_OUT,
    }
    return details | ({"truncated_phrases": cut[:20], "truncated_count": len(cut)} if cut else {})


def _proposal(neuron: int, side: TokenKind, ranking: Any, bank: Bank, details: dict[str, Any]) -> Proposal:
    best = ranking.best
    pairs = zip(ranking.phrases, ranking.scores, strict=True)
    return Proposal(
        neuron,
        side,
        None if best is None else bank.phrases[best],
        None if best is None else bank.categories[best],
        "vocabulary",
        ProposalState.NONE if best is None else ProposalState.OK,
        "" if best is None else bank.phrases[best],
        tuple((bank.phrases[i], round(score, 4)) for i, score in pairs),
        details,
    )


def _result(proposals: list[Proposal]) -> ProposeResult:
    named = {p.neuron for p in proposals if p.concept is not None}
    return ProposeResult(len({p.neuron for p in proposals}), len(named))
