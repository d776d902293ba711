"""The hooks of Concept Studio. Built-ins use the same ones.

A plug-in is a module (or object) with functions marked `hookimpl` and named as below, found through the
entry point group `concept_studio.plugins`. Functions take any subset of the arguments, by name. It may say
which version of these hooks it was written for (`API_VERSION = 1`); one that is too new is left out.
A plug-in imports torch inside its functions, never at the top: the window loads plug-ins, too. What a hook
returns is held against its annotation here; a plug-in that returns anything else is named and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol, runtime_checkable

import pluggy

from studio.domain.concept import Proposal
from studio.domain.context import Context
from studio.domain.evidence import Example, StoredSample
from studio.domain.export import ExportRows
from studio.domain.modality import TokenKind
from studio.domain.sample import Sample, Skipped
from studio.domain.score import Score, ScoreTarget, ScoreTest
from studio.domain.specs import DataSpec, ProposeSpec, ScorersSpec

#: The name of this application among pluggy's projects, and the version of the hooks below.
PROJECT = "concept_studio"
API_VERSION = 1
ENTRY_POINTS = "concept_studio.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@runtime_checkable
class DataReader(Protocol):
    """Reads one data set.

    It may have `columns() -> Mapping[str, str]`: every column of its table, with the field of a sample that
    is taken from it ("" for none). The preview shows them, and `spec.columns` then carries what was chosen.
    """

    #: A short name for the run record, such as "folder".
    name: str

    def samples(self) -> Iterator[Sample | Skipped]:
        """Every sample in a fixed order, and a `Skipped` for each that cannot be read. Streams: it holds
        no more than it must. Raises `DataError` when nothing at all can be read. Can be called again."""


@hookspec(firstresult=True)
def concept_studio_open_data(spec: DataSpec) -> DataReader | None:  # type: ignore[empty-body]
    """The reader of this data set, or None when it is none of this plug-in's. The first one is taken.

    `spec.limit` is applied by the caller. Raises `DataError` when the data set is this plug-in's and
    cannot be read.
    """


@runtime_checkable
class Exporter(Protocol):
    """Writes rows in one format, into one file.

    It may carry `note`, a sentence for the dialog, `order`, its place there (100 where it does not say), and
    `parts`, the parts of a row that it uses (`Part`; all where it does not say): the others are not read.
    """

    #: The name on the command line, the usual end of file names, and what a menu says.
    name: str
    suffix: str
    title: str

    def write(self, rows: ExportRows, file: IO[bytes]) -> int | None:
        """Write every row to an open binary file. The caller makes it appear under its name when it is
        whole, and leaves `file` open. Returns how many rows were written where that is not all of them."""


@runtime_checkable
class FolderExporter(Protocol):
    """Writes rows in a format of several files; told from an `Exporter` by having `write_folder`."""

    name: str
    title: str

    def write_folder(self, rows: ExportRows, folder: Path) -> int | None:
        """Write every row into an empty folder, which appears under its name when it is whole. Returns as
        `Exporter.write` does."""


@hookspec
def concept_studio_exporters() -> list[Exporter | FolderExporter]:  # type: ignore[empty-body]
    """The export formats of this plug-in. Where two have the same name the one loaded last is used."""


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


@hookspec
def concept_studio_explainers() -> list[Explainer]:  # type: ignore[empty-body]
    """The explainers of this plug-in. Where two have the same name the one loaded last is used."""


class ScorerWork(Protocol):
    """What a scorer is given: concepts, and examples that no explainer has seen."""

    spec: ScorersSpec

    def targets(self) -> Sequence[ScoreTarget]:
        """Every concept to be tested on a side, by neuron."""

    def test_set(self, target: ScoreTarget) -> ScoreTest:
        """Positive and negative examples for one target in an order drawn by the seed; empty where one of the
        two kinds is missing. Raises `DataError` when one of them was shown to the explainer."""

    def picture(self, row: int) -> Any:
        """The picture (PIL, RGB) of a row."""

    def prompt(self, name: str) -> Any:
        """As `ExplainerWork.prompt`."""

    def aligner(self) -> Any:
        """The joint encoder of the spec."""

    def bank(self) -> Any:
        """The candidate phrases of the spec."""

    def seen_examples(
        self, neuron: int, side: TokenKind, seen: frozenset[str]
    ) -> Sequence[tuple[Example, StoredSample]]:
        """What the explainer saw: a threshold may be set on these, never a score taken."""

    def named_from(self, image: Any, side: TokenKind, ctx: Context) -> Sequence[int]:
        """The neurons whose concept on this side was named from this picture (PIL, RGB), or from one that
        shows the same: it may not test them. Ascending."""

    def images(self, ctx: Context) -> Iterator[Any]:
        """Every distinct picture of the data set with the whole code of its image tokens, as
        `studio.services.scorer_images.ImageCode`. Runs the model and the SAE of the extraction."""

    def project(self) -> Any:
        """The snapshot of the project, for reading (`Project`)."""

    def answers(self) -> Path:
        """As `ExplainerWork.answers`."""


@runtime_checkable
class Scorer(Protocol):
    """Gives numbers to neurons or their concepts. Made anew for every run."""

    #: The name on the command line and in scores, what a list says, and a sentence on what it measures.
    name: str
    title: str
    note: str

    def prepare(self, work: ScorerWork, ctx: Context) -> Mapping[str, Any]:
        """As `Explainer.prepare`."""

    def score(self, work: ScorerWork, ctx: Context) -> Iterator[Score]:
        """Scores as they come; what cannot be measured gets a score without value that says why.
        Raises `UserError`, `Cancelled`."""


@hookspec
def concept_studio_scorers() -> list[Scorer]:  # type: ignore[empty-body]
    """The scorers of this plug-in. Where two have the same name the one loaded last is used."""


@hookspec(firstresult=True)
def concept_studio_aligners(model: str, device: str) -> Any:
    """The joint text-image encoder of this name (as `models.aligners.Aligner`: `id`, `fingerprint`, `scale`,
    `text_limit`, `dim`, `truncates`, `embed_texts`, `embed_images`), or None when it is none of this
    plug-in's. The first one is taken. Raises `ModelError`, `NetworkError`."""


@runtime_checkable
class SaeFormat(Protocol):
    """A layout of SAE checkpoints, such as a `models.sae.formats.format.Format`.

    Formats are told apart by what is in a file, never by its name.
    """

    #: A short name, kept with every SAE that was read.
    name: str

    def recognises(
        self, shapes: Mapping[str, tuple[int, ...]], config: Mapping[str, Any], container: str
    ) -> bool:
        """Whether a file is in this format: its tensors' names and shapes, the config beside or inside it,
        and the kind of file ("safetensors", "torch", "npz" or "saev"). Quick; reads nothing, never raises."""

    def read(self, weights: Any, config: Mapping[str, Any]) -> Any:
        """The SAE (`models.sae.Sae`) of a recognised file (`models.sae.formats.weights_file.Weights`).
        Every check that needs no numbers comes before `weights.tensors(names)`. Raises `SaeFormatError`."""


@hookspec
def concept_studio_sae_formats() -> list[SaeFormat]:  # type: ignore[empty-body]
    """The SAE formats of this plug-in, the most particular first. Those of the plug-in loaded last are asked
    first, the built-in ones last of all."""


@runtime_checkable
class VlmAdapter(Protocol):
    """What a family of models says about itself, as `models.vlm.adapters.Adapter`; `models.vlm.adapters.base.
    Family` has what most have in common. `python -m models.vlm.check MODEL` probes whether it is right."""

    #: For people, and the `model_type` in the config.json of the models it reads.
    name: str
    model_type: str
    #: Used when the model's own files have none.
    chat_template: str | None
    #: The processor wants one list of pictures a sample instead of all pictures of the batch in one.
    nested: bool
    #: The processor reads no text without a picture.
    needs_picture: bool
    #: False of a vision tower without a language model.
    reads_text: bool

    def layers(self, model: Any) -> Any:
        """The decoder's layers, in order (`torch.nn.ModuleList`)."""

    def image_token_id(self, model: Any) -> int:
        """The id that stands in the input for every token of a picture."""

    def inserted(self, processor: Any) -> str:
        """Characters that the processor writes after the last picture, beyond what replaces its marker."""

    def layout(self, model: Any, processor: Any, height: int, width: int) -> Any:
        """All tokens of a picture of `height` x `width` pixels (`models.vlm.tokens.ImageLayout`)."""


@hookspec
def concept_studio_vlm_adapters() -> list[VlmAdapter]:  # type: ignore[empty-body]
    """The model families of this plug-in. Where two read one `model_type` the one loaded last is used."""
