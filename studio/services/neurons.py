"""All neurons as columns, for lists: what was found out about them and what an annotator said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.annotation import Decision, Label
from studio.domain.modality import Modality
from studio.storage.project import Project

#: Codes of `NeuronTable.modality`; -1 is a neuron without a class.
MODALITIES = tuple(Modality)
#: Codes of `NeuronTable.status`.
STATUSES = ("none", "accepted", "edited", "rejected", "skipped")
_DECISIONS = {None: 0, Decision.ACCEPTED: 1, Decision.EDITED: 2, Decision.REJECTED: 3}
_CODES = {modality.value: code for code, modality in enumerate(MODALITIES)}


@dataclass(frozen=True, slots=True)
class NeuronTable:
    """All neurons as columns of length n; row i is neuron i.

    `neuron` int32; `concept` list of str ("" without one); `modality` int8 code in `MODALITIES`, -1 unknown;
    `score`, `q`, `image_share` float32 (NaN unknown); `mean` float32, mean activation per token that fires,
    both sides; `max` float32, both sides; `samples` int64, samples of both sides in which it fires
    (`image_samples`, `text_samples` apart); `live` bool, fired at least once; `disagree` bool, lines of
    evidence disagree. Of the annotator: `status` int8 code in `STATUSES`, `flagged` bool, `rating` int8
    (0 none), `reviewed` bool, `own_modality` int8 (-1 none), `own_concept` dict neuron -> str, `own_tags`
    dict neuron -> tags, `noted` the neurons with a note. `blind`: what was found out automatically
    about neurons that are not `revealed` is hidden from the annotator, and not in the columns at all.
    """

    neuron: NDArray[np.int32]
    concept: list[str]
    modality: NDArray[np.int8]
    score: NDArray[np.float32]
    q: NDArray[np.float32]
    image_share: NDArray[np.float32]
    mean: NDArray[np.float32]
    max: NDArray[np.float32]
    samples: NDArray[np.int64]
    image_samples: NDArray[np.int64]
    text_samples: NDArray[np.int64]
    live: NDArray[np.bool_]
    disagree: NDArray[np.bool_]
    status: NDArray[np.int8]
    flagged: NDArray[np.bool_]
    rating: NDArray[np.int8]
    reviewed: NDArray[np.bool_]
    own_modality: NDArray[np.int8]
    own_concept: dict[int, str]
    own_tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    noted: set[int] = field(default_factory=set)
    blind: bool = False
    revealed: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.neuron)


def neuron_table(project: Project, annotator: str) -> NeuronTable:
    """All neurons with their automatic class and the annotator's label; empty before an extraction."""
    if project.neurons.count() == 0:
        return _empty()
    stats = _statistics(project)
    labels = _labels(project, annotator, len(stats["max"]))
    table = NeuronTable(**stats, **_classes(project, stats), **labels, **_hidden(project, annotator))
    if table.blind:
        _cover(table)
    return table


def label_rows(project: Project, annotator: str, neurons: frozenset[int]) -> dict[int, Label]:
    """The annotator's current labels of a few neurons, for refreshing rows after `Changes`."""
    return {neuron: project.events.label(annotator, neuron) for neuron in sorted(neurons)}


def status_code(label: Label) -> int:
    """The code of `NeuronTable.status` for a label."""
    return STATUSES.index("skipped") if label.skipped else _DECISIONS[label.decision]


def _statistics(project: Project) -> dict[str, Any]:
    column = project.neurons.column
    i, t = ({n: column(s, n) for n in ("samples", "tokens", "sum", "max")} for s in ("image", "text"))
    tokens = i["tokens"] + t["tokens"]
    means = [s["sum"] / max(project.neurons.totals(k)[1], 1) for s, k in ((i, "image"), (t, "text"))]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = means[0] / (means[0] + means[1])
        mean = np.where(tokens > 0, (i["sum"] + t["sum"]) / tokens, 0)
    return {
        "neuron": np.arange(len(tokens), dtype=np.int32),
        "image_share": share.astype(np.float32),
        "mean": mean.astype(np.float32),
        "max": np.maximum(i["max"], t["max"]).astype(np.float32),
        "samples": i["samples"] + t["samples"],
        "image_samples": i["samples"],
        "text_samples": t["samples"],
        "live": tokens > 0,
    }


def _classes(project: Project, stats: dict[str, Any]) -> dict[str, Any]:
    n = len(stats["neuron"])
    concept = [""] * n
    once: dict[str, str] = {}  # thousands of neurons share a text: it is in memory once
    for neuron, proposed in project.proposals.without_verdict():
        if 0 <= neuron < n:
            concept[neuron] = once.setdefault(proposed, proposed)
    modality = np.full(n, -1, np.int8)
    score, q = np.full(n, np.nan, np.float32), np.full(n, np.nan, np.float32)
    disagree = np.zeros(n, bool)
    found = project.verdicts.columns().first(n)
    at = found.neuron
    modality[at], score[at], q[at], disagree[at] = found.modality, found.score, found.q, found.flagged
    for neuron, text in zip(at.tolist(), found.concept, strict=True):
        if text is not None:
            concept[neuron] = once.setdefault(text, text)
    return {"concept": concept, "modality": modality, "score": score, "q": q, "disagree": disagree}


def _labels(project: Project, annotator: str, n: int) -> dict[str, Any]:
    status, rating = np.zeros(n, np.int8), np.zeros(n, np.int8)
    flagged, reviewed = np.zeros(n, bool), np.zeros(n, bool)
    own_modality = np.full(n, -1, np.int8)
    own_concept: dict[int, str] = {}
    own_tags: dict[int, tuple[str, ...]] = {}
    noted: set[int] = set()
    for label in project.events.labels(annotator):
        if not 0 <= label.neuron < n:
            continue
        status[label.neuron] = status_code(label)
        rating[label.neuron] = label.rating or 0
        flagged[label.neuron] = label.flagged
        reviewed[label.neuron] = label.reviewed
        if label.modality is not None:
            own_modality[label.neuron] = _CODES[label.modality.value]
        if label.concept is not None:
            own_concept[label.neuron] = label.concept
        if label.tags:
            own_tags[label.neuron] = label.tags
        if label.note:
            noted.add(label.neuron)
    return {
        "status": status, "rating": rating, "flagged": flagged, "reviewed": reviewed,
        "own_modality": own_modality, "own_concept": own_concept, "own_tags": own_tags, "noted": noted,
    }  # fmt: skip


def _hidden(project: Project, annotator: str) -> dict[str, Any]:
    if not project.events.policy().covers(annotator):
        return {}
    return {"blind": True, "revealed": {r.neuron for r in project.events.reveals(annotator=annotator)}}


def _cover(table: NeuronTable) -> None:
    """Take what is hidden out of the columns, so that no list, search, order, map or card can show it."""
    down = np.ones(len(table), bool)
    down[[neuron for neuron in table.revealed if 0 <= neuron < len(table)]] = False
    for column in (table.score, table.q, table.image_share):
        column[down] = np.nan
    table.modality[down] = -1
    table.disagree[down] = False
    for neuron in np.flatnonzero(down).tolist():
        table.concept[neuron] = ""


def _empty() -> NeuronTable:
    none = {"dtype": np.float32, "shape": 0}
    whole, flag, code = np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int8)
    real = np.zeros(**none)  # type: ignore[call-overload]
    return NeuronTable(
        np.zeros(0, np.int32), [], code, real, real, real, real, real, whole, whole, whole,
        flag, flag, code, flag, code, flag, code, {},
    )  # fmt: skip
