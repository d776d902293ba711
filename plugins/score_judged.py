"""Detection and fuzzing (Paulo et al. 2024), judged by a chat model, or offline by a joint encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.api import Context, HeldOutItem, Score, ScorerWork, ScoreTarget, ScoreTest, TokenKind, hookimpl

if TYPE_CHECKING:
    from models.explainers.chat import Question

#: Targets whose examples are looked at together.
TOGETHER = 256
#: What is judged at an even chance, where a judge gives probabilities.
EVEN = 0.5
NOTES = {
    "detection": "Balanced accuracy: does the concept tell held-out examples that fire the neuron from "
    "samples that do not?",
    "fuzzing": "Balanced accuracy: does the concept tell the places where the neuron fires from places drawn "
    "at random?",
}


class JudgedScorer:
    """`marked`: the judge sees where the neuron fires (fuzzing), or the example as it is (detection)."""

    def __init__(self, name: str, marked: bool) -> None:
        self.name, self.title, self.note = name, name.capitalize(), NOTES[name]
        self.marked = marked
        self._judge: Any

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """Load the judge: the chat model of the spec, else its aligner."""
        ctx.report(0, 1, "Loading the judge")
        judge = ChatJudge if work.spec.chat is not None else AlignerJudge
        self._judge = judge(work, self.name, self.marked)
        return self._judge.record()

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """One score a target."""
        targets = work.targets()
        for start in range(0, len(targets), TOGETHER):
            ctx.check()
            chunk = targets[start : start + TOGETHER]
            tests = [work.test_set(target) for target in chunk]
            self._judge.look_ahead(chunk, tests)
            for number, (target, items) in enumerate(zip(chunk, tests, strict=True), start):
                ctx.report(number, len(targets), f"{self.title}: testing each concept")
                yield self._scored(work, target, items, ctx)
        ctx.report(len(targets), len(targets))
        self._judge.tell(ctx)

    def _scored(self, work: ScorerWork, target: ScoreTarget, items: ScoreTest, ctx: Context) -> Score:
        from models.scorers import outcome

        if not items:
            return self._undefined(
                target, "There are no held-out examples, or no silent ones, to test it on."
            )
        said, cut = self._judge.judge(target, items, ctx)
        if not np.isfinite(cut):
            return self._undefined(
                target, "No explainer says what it was shown, so there is nothing to set the judge's cut on."
            )
        known = np.isfinite(said)
        truth = np.array([item.positive for item in items])[known]
        if len(set(truth.tolist())) < 2:
            return self._undefined(target, "The judge gave no answer that could be read.")
        found = outcome(said[known], truth, cut)
        details = self._judge.record() | {
            "positives": found.positives, "negatives": found.negatives, "auc": round(found.auc, 6),
            "cut": round(float(cut), 6), "unanswered": int((~known).sum()), "seed": work.spec.seed,
        }  # fmt: skip
        return Score(
            target.neuron, target.side, self.name, target.concept, found.balanced, found.low, found.high,
            int(known.sum()), details,
        )  # fmt: skip

    def _undefined(self, target: ScoreTarget, why: str) -> Score:
        details = {"why": why, **self._judge.record()}
        return Score(target.neuron, target.side, self.name, target.concept, None, details=details)


class ChatJudge:
    """Asks about one item at a time, so that no item is judged in the light of another."""

    def __init__(self, work: ScorerWork, prompt: str, marked: bool) -> None:
        from models.explainers.ask import asker_of

        self._work, self._marked = work, marked
        self._prompt = work.prompt(prompt)
        assert work.spec.chat is not None
        self._asker = asker_of(work.spec.chat, work.answers())

    def look_ahead(self, targets: Sequence[ScoreTarget], tests: Sequence[ScoreTest]) -> None: ...

    def record(self) -> dict[str, Any]:
        return {"judge": self._asker.chat.id, "prompt": self._prompt.record()}

    def judge(
        self, target: ScoreTarget, items: Sequence[HeldOutItem], ctx: Context
    ) -> tuple[np.ndarray, float]:
        """P(yes) of each item, NaN where there was no answer, and the even chance."""
        from models.explainers.answers import read_yes
        from models.explainers.chat import Answer

        said = np.full(len(items), np.nan)
        questions = ((i, self._question(target, item)) for i, item in enumerate(items))
        for i, answer in self._asker.all(questions, ctx):
            yes = read_yes(answer) if isinstance(answer, Answer) else None
            said[i] = np.nan if yes is None else yes
        return said, EVEN

    def tell(self, ctx: Context) -> None:
        ctx.log(self._asker.spent.sentence())

    def _question(self, target: ScoreTarget, item: HeldOutItem) -> Question:
        from models.explainers.chat import Picture
        from models.explainers.conversations import firing_picture, judge_question, marked, whole_text

        sample, seed = item.sample, self._work.spec.seed
        if target.side is TokenKind.TEXT:
            text = marked(sample, item.marks.text_index) if self._marked else whole_text(sample)
            return judge_question(target.concept, text, None, self._prompt, seed)
        if self._marked:
            picture = firing_picture(sample, item.marks, self._work.picture)
        else:
            picture = Picture.of(self._work.picture(sample.picture or 0))
        return judge_question(target.concept, "the picture that follows", picture, self._prompt, seed)


class AlignerJudge:
    """The cosine of the concept with the example. What counts as yes lies halfway between its mean on the
    examples that the explainer saw and its mean on examples of all kinds: nothing held out sets it."""

    #: Examples that stand for all kinds, drawn among those of the first targets.
    COMMON = 256

    def __init__(self, work: ScorerWork, _prompt: str, marked: bool) -> None:
        from models.scorers.views import Views

        self._aligner = work.aligner()
        self._views = Views(self._aligner, work.picture, marked)
        self._texts: dict[str, np.ndarray] = {}
        self._common: dict[TokenKind, np.ndarray] = {}
        self._work = work

    def record(self) -> dict[str, Any]:
        return {"judge": self._aligner.id}

    def look_ahead(self, targets: Sequence[ScoreTarget], tests: Sequence[ScoreTest]) -> None:
        """Embed what is about to be judged, together."""
        for side in TokenKind:
            found = [pair for t in targets if t.side is side for pair in self._seen_items(t)]
            for target, items in zip(targets, tests, strict=True):
                found += [(i.sample, i.marks) for i in items if target.side is side]
            self._views.embed(side, found)

    def judge(
        self, target: ScoreTarget, items: Sequence[HeldOutItem], ctx: Context
    ) -> tuple[np.ndarray, float]:
        """Cosines, and the cut; NaN where no example is free to set it."""
        concept = self._text(target.concept)
        said = self._views.embed(target.side, [(i.sample, i.marks) for i in items]) @ concept
        # What differs by less is the order of additions in a batch, and must not decide a tie.
        return said.round(5), self._cut(target, concept, ctx)

    def tell(self, ctx: Context) -> None: ...

    def _cut(self, target: ScoreTarget, concept: np.ndarray, ctx: Context) -> float:
        side = target.side
        if side not in self._common:
            self._common[side] = self._embed_common(side)
        if not len(self._common[side]):
            return float("nan")
        seen = self._seen(target)
        return float((seen @ concept).mean() + (self._common[side] @ concept).mean()) / 2

    def _seen_items(self, target: ScoreTarget) -> list[Any]:
        found = self._work.seen_examples(target.neuron, target.side, target.seen)
        return [(sample, example.map) for example, sample in found]

    def _seen(self, target: ScoreTarget) -> np.ndarray:
        found = self._seen_items(target)
        return self._views.embed(target.side, found) if found else self._common[target.side]

    def _embed_common(self, side: TokenKind) -> np.ndarray:
        found = []
        for target in self._work.targets():
            if target.side is side and len(found) < self.COMMON:
                found += self._seen_items(target)[:2]
        return self._views.embed(side, found)

    def _text(self, concept: str) -> np.ndarray:
        if concept not in self._texts:
            self._texts[concept] = self._aligner.embed_texts([concept])[0]
        return self._texts[concept]


@hookimpl
def concept_studio_scorers() -> list[JudgedScorer]:
    """The scorers `detection` and `fuzzing`."""
    return [JudgedScorer("detection", marked=False), JudgedScorer("fuzzing", marked=True)]
