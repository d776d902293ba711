"""Names neurons by an explainer of a plug-in, which looks at what each method shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.domain.context import Context
from studio.domain.evidence import ActivationMap, Example, StoredSample
from studio.domain.modality import TokenKind
from studio.domain.specs import ProposeSpec
from studio.services import evidence_reader
from studio.services.explaining import Work, find_explainer
from studio.services.plugin_host import load_plugins
from studio.services.study.gather import Gathered
from studio.services.study.methods import NO_TEXT, WHOLE, Method
from studio.services.study.naming import Names, Phrases, Shown
from studio.services.study.spec import StudySpec
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner

Pair = tuple[Example, StoredSample]
NOTHING = np.zeros(0, np.uint32), np.zeros(0, np.float32)


class AskingNamer:
    """Asks the explainer once for all methods and runs; what it keeps beside the project is not asked again.

    Raises what the explainer raises: `ModelError`, `NetworkError`, `Cancelled`.
    """

    same_as_ours: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        project: Project,
        spec: StudySpec,
        found: Gathered,
        phrases: Phrases,
        aligner: Aligner,
        folder: Path,
        ctx: Context,
    ) -> None:
        self._project, self._found, self._folder, self._ctx = project, found, folder, ctx
        self._aligner, self._host = aligner, load_plugins()
        self._places = {phrase.casefold(): i for i, phrase in enumerate(phrases.bank.phrases)}
        self._spec = ProposeSpec(
            spec.explainer, spec.aligner, spec.bank, spec.examples, spec.seed, spec.chat, spec.prompts
        )
        self._explainer = find_explainer(spec.explainer, self._host)
        self.record = dict(self._explainer.prepare(self._work({}, spec.seed), ctx))

    def names(self, shown: Shown) -> Names:
        given = {
            neuron: [self._pair(shown.method, shown.side, item) for item in items]
            for neuron, items in shown.items.items()
        }
        work = self._work({(neuron, shown.side): pairs for neuron, pairs in given.items()}, shown.run)
        said = {p.neuron: p.concept or "" for p in self._explainer.propose(work, self._ctx)}
        concepts = [said.get(neuron, "") for neuron in shown.items]
        return Names(
            concepts,
            self._aligner.embed_texts([concept or " " for concept in concepts]),
            [self._places.get(concept.casefold()) for concept in concepts],
            [bool(concept) for concept in concepts],
        )

    def _pair(self, method: Method, side: TokenKind, item: Any) -> Pair:
        return as_shown(method, side, self._found.example(side, item))

    def _work(self, given: Mapping[tuple[int, TokenKind], Sequence[Pair]], run: int) -> GivenWork:
        spec = replace(self._spec, seed=run)
        return GivenWork(self._project, spec, self._folder, self._host, given)


class GivenWork(Work):
    """An `ExplainerWork` over chosen examples."""

    def __init__(
        self,
        project: Project,
        spec: ProposeSpec,
        folder: Path,
        host: Any,
        given: Mapping[tuple[int, TokenKind], Sequence[Pair]],
    ) -> None:
        super().__init__(project, spec, folder, host)
        self._given = given

    def sides(self) -> Iterator[tuple[int, TokenKind, Sequence[Pair]]]:
        """The chosen ones, in their order."""
        for (neuron, side), pairs in self._given.items():
            yield neuron, side, pairs


def as_shown(method: Method, side: TokenKind, item: evidence_reader.Shown) -> Pair:
    """An example as a method shows it: whole images fire everywhere and come without text, whole texts have
    no marks and come without picture, and without text context the sample has no turns."""
    example, sample = item.example, item.sample
    if method is WHOLE and side is TokenKind.IMAGE:
        everywhere = np.array([[0, 0, sample.width, sample.height]], np.float32)
        sample = replace(sample, boxes=everywhere, views=np.zeros(1, np.uint8), turns=(), several=None)
        one = np.zeros(1, np.uint32), np.ones(1, np.float32)
        example = replace(example, map=ActivationMap(*one, *NOTHING))
    elif method is WHOLE:
        sample = replace(sample, picture=None)
        example = replace(example, map=ActivationMap(*NOTHING, *NOTHING))
    elif method is NO_TEXT:
        sample = replace(sample, turns=())
    return example, sample
