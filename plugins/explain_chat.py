"""Explainers that ask a chat model: one that runs here, or one behind an OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from studio.api import (
    Category,
    Context,
    Example,
    ExplainerWork,
    ModelError,
    Proposal,
    ProposalState,
    StoredSample,
    TokenKind,
    hookimpl,
)

if TYPE_CHECKING:
    from models.explainers.asking import Asker
    from models.explainers.chat import Answer, NoAnswerError
    from models.explainers.prompts import Prompt

VERSION = "chat 1 (surroundings blacked out, firing words marked)"
PROMPTS = {TokenKind.IMAGE: "image-concept", TokenKind.TEXT: "text-concept"}
#: Sides named before the new concepts among them are sorted into categories.
TOGETHER = 64

Seen = Sequence[tuple[Example, StoredSample]]
Side = tuple[int, TokenKind, Seen]


class ChatExplainer:
    """Asks for the concept of each side, then for the category of each concept, each once."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title
        self._asker: Asker
        self._prompts: dict[TokenKind, Prompt] = {}
        self._sorting: Prompt
        self._categories: dict[str, Category | None] = {}
        self._asked = 0

    def prepare(self, work: ExplainerWork, ctx: Context) -> Mapping[str, Any]:
        """Load the prompts and the model."""
        from models.explainers.ask import asker_of

        spec = work.spec.chat
        if spec is None or bool(spec.endpoint) != (self.name == "endpoint"):
            raise ModelError(
                "Give the address of the endpoint, and the name of the model there."
                if self.name == "endpoint"
                else "Give the folder or Hub id of the model that is to name the neurons."
            )
        self._prompts = {side: work.prompt(name) for side, name in PROMPTS.items()}
        self._sorting = work.prompt("category")
        ctx.report(0, 1, "Loading the explainer")
        self._asker = asker_of(spec, work.answers())
        prompts = [prompt.record() for prompt in (*self._prompts.values(), self._sorting)]
        return {"chat_id": self._asker.chat.id, "prompts_used": prompts}

    def propose(self, work: ExplainerWork, ctx: Context) -> Iterator[Proposal]:
        """In the order of `work.sides()`."""
        sides = work.sides()
        try:
            while chunk := list(islice(sides, TOGETHER)):
                named = list(self._named(chunk, work, ctx))
                self._sort([p.concept for p in named if p.concept is not None], ctx)
                for proposal in named:
                    yield self._with_category(proposal)
        finally:
            ctx.log(self._asker.spent.sentence())

    def summary(self) -> Mapping[str, Any]:
        return self._asker.spent.summary()

    def _named(self, chunk: Sequence[Side], work: ExplainerWork, ctx: Context) -> Iterator[Proposal]:
        from models.explainers.conversations import name_question

        questions = (
            (
                place,
                name_question(
                    side,
                    [(sample, example.map) for example, sample in seen],
                    self._prompts[side],
                    work.picture,
                    work.spec.seed,
                ),
            )
            for place, (_, side, seen) in enumerate(chunk)
        )
        for place, answer in self._asker.all(questions, ctx):
            self._asked += 1
            ctx.report(self._asked, 0, "Asking for the concept of each neuron")
            yield self._proposal(*chunk[place], answer)

    def _proposal(self, neuron: int, side: TokenKind, seen: Seen, answer: Answer | NoAnswerError) -> Proposal:
        from models.explainers.answers import read_concept
        from models.explainers.chat import Answer

        details = {
            "explainer": VERSION,
            "model": self._asker.chat.id,
            "prompt": self._prompts[side].record(),
            "seen": [sample.id for _, sample in seen],
            "examples": len(seen),
        }
        if not isinstance(answer, Answer):
            details["why"] = str(answer)
            return Proposal(neuron, side, None, None, self.name, ProposalState.UNANSWERED, "", (), details)
        details |= {"tokens_in": answer.tokens_in, "tokens_out": answer.tokens_out}
        found = read_concept(answer, self._prompts[side])
        return Proposal(neuron, side, found.concept, None, self.name, found.state, found.raw, (), details)

    def _sort(self, concepts: Sequence[str], ctx: Context) -> None:
        from models.explainers.answers import read_category
        from models.explainers.chat import Answer
        from models.explainers.conversations import category_question

        fresh = [concept for concept in dict.fromkeys(concepts) if concept not in self._categories]
        questions = ((concept, category_question(concept, self._sorting, 0)) for concept in fresh)
        for concept, answer in self._asker.all(questions, ctx) if fresh else ():
            self._categories[concept] = read_category(answer) if isinstance(answer, Answer) else None

    def _with_category(self, proposal: Proposal) -> Proposal:
        from dataclasses import replace

        if proposal.concept is None:
            return proposal
        details = {**proposal.details, "category_prompt": self._sorting.record()}
        return replace(proposal, category=self._categories[proposal.concept], details=details)


@hookimpl
def concept_studio_explainers() -> list[ChatExplainer]:
    """The explainers `local` and `endpoint`."""
    return [
        ChatExplainer("local", "Vision-language model on this computer"),
        ChatExplainer("endpoint", "Model behind an OpenAI-compatible endpoint"),
    ]
