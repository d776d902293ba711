"""What a run is asked to do. Plain data, so that it crosses processes and is kept with the result."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.evidence import Rank

#: How weights can be quantized.
QUANTIZED = ("4bit", "8bit")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A vision-language model: a folder or Hub repo id, and where and how to run it.

    `quantize` is one of `QUANTIZED`, or "" for weights in `dtype`. `device_map` "auto" fills the GPUs and
    puts what is left into main memory, "" keeps everything on `device`.
    """

    model: str
    revision: str | None = None
    dtype: str = "auto"
    device: str = "auto"
    quantize: str = ""
    device_map: str = ""


#: What a column of a data set may hold.
DATA_FIELDS = ("id", "image", "question", "answer", "caption", "text", "conversations", "messages")


@dataclass(frozen=True, slots=True)
class DataSpec:
    """A data set: a folder, a file or a Hub id, read by the first reader that knows it.

    `split` may have a slice ("train[:15%]"). `columns` are pairs (column, field) where a column's name does
    not tell what it holds; fields are those of `DATA_FIELDS`, and "" leaves the column out.
    """

    source: str
    split: str | None = None
    limit: int | None = None
    columns: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # JSON gives lists; a spec that was kept and read again equals the one that was given.
        object.__setattr__(self, "columns", tuple((str(c), str(f)) for c, f in self.columns))


@dataclass(frozen=True, slots=True)
class SaeSpec:
    """An SAE: a folder or Hub repo id, and the hookpoint folder within it ("layers.24" ...)."""

    source: str
    hookpoint: str | None = None
    revision: str | None = None


#: The kinds of SAE that can be trained here.
ARCHITECTURES = ("topk", "multi_topk", "batch_topk", "matryoshka", "jumprelu", "gated", "relu")


@dataclass(frozen=True, slots=True)
class TrainSpec:
    """Training of an SAE on the residual stream after decoder layer `layer` (counted from 0).

    `architecture` is one of `ARCHITECTURES`; `k` the latents that fire for one vector, or are to on average.
    `tokens` is how many vectors are seen in all (the data set is streamed again as often as needed);
    `batch_tokens` vectors make one step; `num_latents` 0 means d_in x `expansion_factor`. `force` as in
    `ExtractSpec`.
    """

    model: ModelSpec
    data: DataSpec
    layer: int
    k: int = 32
    num_latents: int = 0
    expansion_factor: int = 32
    tokens: int = 2_000_000
    batch_tokens: int = 4096
    lr: float | None = None
    auxk_alpha: float = 1 / 32
    dead_after: int = 200_000
    batch_size: int = 8
    held_out: float = 0.05
    seed: int = 0
    architecture: str = "topk"
    force: bool = False


@dataclass(frozen=True, slots=True)
class ExtractSpec:
    """One pass over the data: top, stratified and silent examples of every latent. `force` starts it also
    where memory looks too small."""

    model: ModelSpec
    data: DataSpec
    layer: int
    sae: SaeSpec
    rank: Rank = Rank.MEAN
    top: int = 20
    quantile: int = 20
    silent: int = 20
    batch_size: int = 8
    seed: int = 0
    force: bool = False


@dataclass(frozen=True, slots=True)
class ChatSpec:
    """A chat model that looks at pictures: behind `endpoint` (the base URL of an OpenAI-compatible server),
    or without one a folder or Hub repo id that is run here.

    `key_env` names the environment variable with the endpoint's key; a key itself is never part of a spec.
    `per_minute` bounds questions a minute (0: no bound), `parallel` how many are under way at once, `timeout`
    is in seconds, prices are for a million tokens. `four_bit` loads a local model in 4 bits.
    """

    model: str
    endpoint: str = ""
    revision: str | None = None
    dtype: str = "auto"
    device: str = "auto"
    four_bit: bool = False
    key_env: str = ""
    per_minute: float = 0.0
    parallel: int = 4
    timeout: float = 120.0
    price_in: float = 0.0
    price_out: float = 0.0


@dataclass(frozen=True, slots=True)
class ProposeSpec:
    """Name every live neuron. `aligner` is the joint encoder the vocabulary explainer ranks with, `chat` the
    model that the others ask; `prompts` is a folder with prompts that come before the shipped ones."""

    explainer: str = "vocabulary"
    aligner: str = ""
    bank: str = ""
    examples: int = 10
    seed: int = 0
    chat: ChatSpec | None = None
    prompts: str = ""


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """Alignment, background and class of every proposal (METHOD 4 and 5).

    `threshold` is on the mean cosine, whose level is a matter of the aligner: -1 lets every cosine through,
    so that q alone decides.
    """

    aligner: str
    bank: str = ""
    examples: int = 10
    background: int = 1000
    threshold: float = -1.0
    q: float = 0.05
    device: str = "auto"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ScorersSpec:
    """More scores of concepts and neurons (METHOD 6), by the scorers of these names.

    `aligner` is the joint encoder of those that need one, `chat` the judge of detection and fuzzing (without
    it the aligner judges). `positives` and `negatives` bound the held-out examples of a test, `neurons` how
    many neurons are tested (0: all), drawn by `seed`. `data` is the data set of MonoSemanticity and of masks;
    empty for the one of the extraction. `detector` and `segmenter` are a Grounding DINO and a SAM.
    """

    scorers: tuple[str, ...]
    aligner: str = ""
    bank: str = ""
    positives: int = 10
    negatives: int = 10
    neurons: int = 0
    device: str = "auto"
    seed: int = 0
    chat: ChatSpec | None = None
    prompts: str = ""
    data: DataSpec | None = None
    detector: str = ""
    segmenter: str = ""


@dataclass(frozen=True, slots=True)
class CausalSpec:
    """Re-runs of stored top samples with a modality taken away or exchanged (METHOD 5.3).

    `model`, `layer` and `sae` are those of the extraction. `examples` top samples of each neuron and side
    are run; `samples` bounds how many distinct ones in all (0: no bound).
    """

    model: ModelSpec
    layer: int
    sae: SaeSpec
    examples: int = 5
    samples: int = 0
    batch_size: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """Everything a new project asks for, from the dialog or the command line.

    Exactly one of `sae` (load it) and `train` (train it) is set. An empty `aligner` leaves proposals and
    scores out; they can be run later. `causal_samples` top samples are run again under each intervention (0
    leaves the causal line out).
    """

    path: str
    title: str
    model: ModelSpec
    data: DataSpec
    layer: int
    sae: SaeSpec | None = None
    train: TrainSpec | None = None
    rank: Rank = Rank.MEAN
    top: int = 20
    batch_size: int = 8
    explainer: str = "vocabulary"
    aligner: str = ""
    bank: str = ""
    causal_samples: int = 1000
    seed: int = 0
    chat: ChatSpec | None = None
