"""What a study is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from studio.domain.errors import DataError, UserError
from studio.domain.specs import ChatSpec
from studio.services.study.methods import METHODS, methods_of
from studio.storage.project import Project

NEURONS = 1000
VOCABULARY = "vocabulary"
SEEDS = 3


@dataclass(frozen=True, slots=True)
class StudySpec:
    """`aligner` scores, and names when the vocabulary explainer does; `bank`, `explainer`, `chat` and
    `prompts` as in `ProposeSpec`. `neurons` are drawn at random among those that can be named (0: all);
    `examples` is how many each half has at most. Run i has the seed `seed` + i: it draws the halves, and the
    examples of the random evidence."""

    aligner: str
    bank: str = ""
    methods: tuple[str, ...] = tuple(method.name for method in METHODS)
    seeds: int = SEEDS
    neurons: int = NEURONS
    examples: int = 10
    seed: int = 0
    device: str = "auto"
    explainer: str = VOCABULARY
    chat: ChatSpec | None = None
    prompts: str = ""

    @property
    def runs(self) -> range:
        """The seed of every run."""
        return range(self.seed, self.seed + self.seeds)


def check_spec(spec: StudySpec) -> None:
    """Raises `UserError` for a request that no study can be made with."""
    methods_of(spec.methods)
    for what, value, least in (
        ("number of runs", spec.seeds, 1),
        ("number of examples", spec.examples, 1),
        ("number of neurons", spec.neurons, 0),
        ("seed", spec.seed, 0),
    ):
        if value < least:
            raise UserError(f"The {what} is {value}; it must be at least {least}.")


def spec_of(project: Project, **changes: Any) -> StudySpec:
    """A spec with the aligner and the bank of the project's scores, else of its proposals; `changes` replace
    fields, empty ones do not. Raises `DataError` when no aligner is given and the project has none."""
    spec = StudySpec("")
    for kind in ("propose", "score"):
        run = project.runs.last(kind)
        if run is not None and run.config.get("aligner"):
            spec = replace(spec, aligner=str(run.config["aligner"]), bank=str(run.config.get("bank") or ""))
    spec = replace(spec, **{name: value for name, value in changes.items() if value not in (None, "")})
    if not spec.aligner:
        raise DataError("This project names no aligner yet. Propose concepts first, or give one.")
    return spec
