"""The vocabulary explainer: names neurons with the phrases of a bank, by a joint encoder alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.api import Context, ExplainerWork, Proposal, ProposalState, TokenKind, hookimpl

#: Neurons ranked together: bounds the table of neurons x phrases.
CHUNK = 512


class VocabularyExplainer:
    """Needs no language model: see `models.explainers.vocabulary`."""

    name = "vocabulary"
    title = "Vocabulary: the phrase of a bank that stands out"

    def prepare(self, work: ExplainerWork, ctx: Context) -> Mapping[str, Any]:
        """Load the encoder and embed the evidence."""
        ctx.report(0, 1, "Loading the aligner")
        aligner, bank = work.aligner(), work.bank()
        work.evidence(ctx)
        cut = _cut(aligner, bank)
        if cut:  # what is cut stands for less than it says: never silently
            ctx.log(
                f"The aligner cuts {len(cut)} phrases of the bank at {aligner.text_limit} tokens, as "
                f"“{cut[0]}”."
            )
        return {"aligner_id": aligner.id, "aligner_hash": aligner.fingerprint, "bank_hash": bank.digest}

    def propose(self, work: ExplainerWork, ctx: Context) -> Iterator[Proposal]:
        """The best phrase of every neuron and side; none where none stands out."""
        from models.explainers.vocabulary import background_of, rank

        aligner, bank = work.aligner(), work.bank()
        phrases, details = aligner.embed_texts(bank.phrases), _details(aligner, bank)
        for side, found in work.evidence(ctx).items():
            if not len(found.neurons):
                continue
            background = background_of(found.mean, phrases)
            for start in range(0, len(found.neurons), CHUNK):
                ctx.check()
                rankings = rank(found.mean[start : start + CHUNK], phrases, background, bank)
                for i, ranking in enumerate(rankings, start):
                    seen = {"seen": list(found.samples[i]), "examples": int(found.n[i])}
                    yield _proposal(int(found.neurons[i]), side, ranking, bank, details | seen)

    def summary(self) -> Mapping[str, Any]:
        return {}


@hookimpl
def concept_studio_explainers() -> list[VocabularyExplainer]:
    """The explainer `vocabulary`."""
    return [VocabularyExplainer()]


def _cut(aligner: Any, bank: Any) -> list[str]:
    return [phrase for phrase in bank.phrases if aligner.truncates(phrase)]


def _details(aligner: Any, bank: Any) -> dict[str, Any]:
    from models.explainers.vocabulary import STANDS_OUT, VERSION

    cut = _cut(aligner, bank)
    details = {
        "explainer": VERSION,
        "aligner": aligner.id,
        "bank": bank.digest,
        "bank_size": len(bank),
        "stands_out": STANDS_OUT,
    }
    return details | ({"truncated_phrases": cut[:20], "truncated_count": len(cut)} if cut else {})


def _proposal(neuron: int, side: TokenKind, ranking: Any, bank: Any, details: dict[str, Any]) -> Proposal:
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
