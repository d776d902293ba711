"""What an explainer is given of a project's snapshot, and how it is found by its name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.context import Context
from studio.domain.errors import ModelError
from studio.domain.evidence import Example, StoredSample
from studio.domain.interfaces import Explainer
from studio.domain.modality import TokenKind
from studio.domain.specs import ProposeSpec
from studio.services.aligners import find_aligner
from studio.services.bank import bank_of
from studio.services.embeddings import SIDES, Request, SideEvidence, embed_evidence
from studio.services.evidence_reader import PictureCache, halves, live_neurons
from studio.services.plugin_host import PluginHost, load_plugins
from studio.services.prompt_files import find_prompt
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.aligners import Aligner
    from models.explainers.bank import Bank
    from models.explainers.prompts import Prompt


def explainers(host: PluginHost | None = None) -> dict[str, Explainer]:
    """All explainers by name; of two with one name, that of the plug-in loaded last."""
    found: dict[str, Explainer] = {}
    for _plugin, offered in (host or load_plugins()).each("concept_studio_explainers"):
        for explainer in offered:
            found.setdefault(explainer.name, explainer)
    return dict(sorted(found.items()))


def find_explainer(name: str, host: PluginHost) -> Explainer:
    """Raises `ModelError` with the names there are."""
    known = explainers(host)
    if name not in known:
        raise ModelError(f"There is no explainer “{name}”. Choose one of: {', '.join(known)}.")
    return known[name]


class Work:
    """An `ExplainerWork` over a snapshot. `folder` is where embeddings and answers are kept."""

    def __init__(self, project: Project, spec: ProposeSpec, folder: Path, host: PluginHost) -> None:
        self.spec = spec
        self._project, self._folder, self._host = project, folder, host
        self._pictures = PictureCache(project, "black")
        self._done: Collection[tuple[int, TokenKind]] = ()
        self._aligner: Aligner | None = None
        self._bank: Bank | None = None
        self._evidence: Mapping[TokenKind, SideEvidence] | None = None

    def leave_out(self, done: Collection[tuple[int, TokenKind]]) -> None:
        """Sides that have their proposal already."""
        self._done = done

    def sides(self) -> Iterator[tuple[int, TokenKind, Sequence[tuple[Example, StoredSample]]]]:
        """By neuron, image before text; a side without anything to show is left out."""
        for neuron in live_neurons(self._project):
            wanted = [side for side in SIDES if (neuron, side) not in self._done]
            parted = halves(self._project, neuron) if wanted else {}
            for side in wanted:
                found = parted[side]["seen"][: self.spec.examples]
                if found:
                    yield neuron, side, [(item.example, item.sample) for item in found]

    def picture(self, row: int) -> Any:
        return self._pictures.get(row)[0]

    def prompt(self, name: str) -> Prompt:
        return find_prompt(name, self.spec.prompts)

    def aligner(self) -> Aligner:
        if self._aligner is None:
            self._aligner = find_aligner(self.spec.aligner, host=self._host)
        return self._aligner

    def bank(self) -> Bank:
        if self._bank is None:
            self._bank = bank_of(self.spec.bank, self._project)
        return self._bank

    def evidence(self, ctx: Context) -> Mapping[TokenKind, SideEvidence]:
        if self._evidence is None:
            request = Request("seen", self.spec.examples, "blur")
            self._evidence = embed_evidence(self._project, self.aligner(), request, self._folder, ctx)
        return self._evidence

    def answers(self) -> Path:
        return self._folder / "answers"
