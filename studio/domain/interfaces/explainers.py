"""What names neurons, and what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from studio.domain.concept import Proposal
from studio.domain.context import Context
from studio.domain.evidence import Example, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.specs import ProposeSpec


class ExplainerWork(Protocol):
    """What an explainer is given: the project's evidence, without a way to write to it."""

    spec: ProposeSpec

    def sides(self) -> Iterator[tuple[int, TokenKind, Sequence[tuple[Example, StoredSample]]]]:
        """(neuron, side, examples) of every side that has no proposal yet. The examples are those that an
        explainer may see: what the answer is tested on later is never among them."""

    def picture(self, row: int) -> Any:
        """The picture (PIL, RGB) of a row, as `StoredSample.picture` names it."""

    def prompt(self, name: str) -> Any:
        """A prompt (`models.explainers.prompts.Prompt`): the user's own copy, else the shipped one."""

    def aligner(self) -> Any:
        """The joint encoder of the spec (`models.aligners.Aligner`)."""

    def bank(self) -> Any:
        """The candidate phrases of the spec (`models.explainers.bank.Bank`)."""

    def evidence(self, ctx: Context) -> Mapping[TokenKind, Any]:
        """Mean embeddings of all neurons' evidence by side (`SideEvidence`), embedded at the first call."""

    def answers(self) -> Path:
        """A folder beside the project for answers that must not be asked for twice."""


@runtime_checkable
class Explainer(Protocol):
    """Names neurons. Made anew for every run."""

    #: The name on the command line and in proposals, and what a menu says.
    name: str
    title: str

    def prepare(self, work: ExplainerWork, ctx: Context) -> Mapping[str, Any]:
        """Load what is needed. Returns what the run record is to say beside the spec; a run with another
        record is not gone on with. Raises `UserError`, `Cancelled`."""

    def propose(self, work: ExplainerWork, ctx: Context) -> Iterator[Proposal]:
        """A proposal for each side of `work.sides()`, as it comes; those yielded are kept when the run ends
        early. `Proposal.explainer` is `name`. Raises `UserError`, `Cancelled`."""

    def summary(self) -> Mapping[str, Any]:
        """What the run record says at the end: questions, tokens, cost."""
