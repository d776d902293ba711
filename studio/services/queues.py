"""Which neurons are to be looked at, and in which order: columns over all neurons, for one annotator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain.annotation import Label
from studio.domain.disagreement import differing
from studio.domain.errors import DataError
from studio.domain.queue import OF_PEERS, OF_SCORES, Queue
from studio.services.sweep import current_rule
from studio.storage.project import Project

Mask = NDArray[np.bool_]
#: Neurons of a random sample, where nobody says how many.
SAMPLE = 100
#: The share of the scored neurons that counts as low confidence.
LOW = 0.25
#: The smallest q that still counts as farther from the limit: below it, the background has no more to say.
SMALLEST_Q = 1e-6


@dataclass(frozen=True, slots=True)
class Queues:
    """`members` bool [n] by queue, n neurons; neurons that never fired are in none but those that somebody
    put them in by hand. `hidden` are queues that the policy keeps from this annotator (empty in `members`).
    `order` int64 [n]: all neurons in the annotator's own order. `uncertainty` float32 [n]: distance of the
    automatic class from turning over, 0 at the limit, inf where nothing is scored.
    """

    members: Mapping[Queue, Mask]
    hidden: frozenset[Queue]
    order: NDArray[np.int64]
    uncertainty: NDArray[np.float32]

    def count(self, queue: Queue) -> int:
        """How many neurons are in a queue."""
        return int(np.count_nonzero(self.members[queue]))


def queues(project: Project, annotator: str, seed: int = 0, sample: int = SAMPLE) -> Queues:
    """All queues of an annotator; `seed` and `sample` say which random sample, and how large."""
    n = project.neuron_count()
    live = live_neurons(project)
    margin = uncertainty(project, n)
    labels = project.events.labels()
    own = [label for label in labels if label.annotator == annotator]
    members = _own(own, live) | _automatic(project, live, margin)
    members[Queue.SAMPLE] = _mask(n, random_sample(np.flatnonzero(live), sample, seed))
    members |= _together(project, annotator, labels, n)
    hidden = hidden_queues(project, annotator)
    members |= {queue: np.zeros(n, bool) for queue in hidden}
    if Queue.LOW_CONFIDENCE in hidden:
        margin = np.full(n, np.inf, np.float32)
    return Queues(members, hidden, own_order(project, annotator, n), margin)


def hidden_queues(project: Project, annotator: str) -> frozenset[Queue]:
    """Others' work in blind review, and gold neurons from everybody but the lead."""
    policy = project.events.policy()
    peers = set(OF_PEERS) if policy.hides_from(annotator) else set()
    peers |= set(OF_SCORES) if policy.covers(annotator) else set()
    return frozenset(peers | (set() if policy.leads(annotator) else {Queue.GOLD}))


def own_order(project: Project, annotator: str, n: int) -> NDArray[np.int64]:
    """Neurons 0 to n - 1 in an order that is the annotator's own in this project, the same every time."""
    name = f"{project.meta.get('project_id')}\n{annotator}"
    return _random(name).permutation(n)


def random_sample(neurons: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """`count` of the neurons, drawn without replacement, in ascending order; the same for the same seed."""
    drawn = _random(f"sample\n{seed}").permutation(neurons)[: max(count, 0)]
    return np.sort(drawn)


def live_neurons(project: Project) -> Mask:
    """Which neurons fired at least once: bool [n]."""
    n = project.neuron_count()
    if n == 0:
        return np.zeros(0, bool)
    tokens = sum(project.neurons.column(side, "tokens") for side in ("image", "text"))
    return np.asarray(tokens > 0)


def uncertainty(project: Project, n: int) -> NDArray[np.float32]:
    """How far the headline's numbers lie from where its class would turn over: float32 [n].

    The distance is in decades of q from the limit of q and, with a threshold on the cosine, in standard
    deviations of the score from that; the smaller one counts, without sign. inf where nothing is scored.
    """
    margin = np.full(n, np.inf, np.float32)
    try:
        rule = current_rule(project)
    except DataError:
        return margin
    found = project.verdicts.columns().first(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log10(rule.q / np.maximum(found.q, SMALLEST_Q))
        if rule.scale == "cosine" and rule.threshold > 0:
            spread = np.nanstd(found.score) if np.isfinite(found.score).any() else 0.0
            distance = np.minimum(distance, (found.score - rule.threshold) / (spread or 1.0))
    margin[found.neuron] = np.where(np.isnan(distance), np.inf, np.abs(distance))
    return margin


def labels_by_neuron(labels: Iterable[Label]) -> dict[int, list[Label]]:
    """The labels of each neuron, in the order given."""
    found: dict[int, list[Label]] = {}
    for label in labels:
        found.setdefault(label.neuron, []).append(label)
    return found


def _own(labels: Sequence[Label], live: Mask) -> dict[Queue, Mask]:
    n = len(live)
    skipped = _mask(n, (x.neuron for x in labels if x.skipped))
    reviewed = _mask(n, (x.neuron for x in labels if x.reviewed))
    return {
        Queue.OPEN: live & ~reviewed & ~skipped,
        Queue.REVIEWED: live & reviewed,
        Queue.SKIPPED: skipped,
        Queue.FLAGGED_BY_ME: _mask(n, (x.neuron for x in labels if x.flagged)),
    }


def _automatic(project: Project, live: Mask, margin: NDArray[np.float32]) -> dict[Queue, Mask]:
    found = project.verdicts.columns().first(len(live))
    scored = margin[live & np.isfinite(margin)]
    limit = np.quantile(scored, LOW) if len(scored) else -np.inf
    return {
        Queue.LINES: live & _mask(len(live), found.neuron[found.flagged]),
        Queue.LOW_CONFIDENCE: live & (margin <= limit),
    }


def _together(project: Project, annotator: str, labels: Sequence[Label], n: int) -> dict[Queue, Mask]:
    events = project.events
    differ = [neuron for neuron, some in labels_by_neuron(labels).items() if differing(some)]
    mine = (neuron for neuron, given in events.assignments().items() if annotator in given.annotators)
    disagreement = _mask(n, differ)
    return {
        Queue.FLAGGED: _mask(n, (x.neuron for x in labels if x.flagged)),
        Queue.DISAGREEMENT: disagreement,
        Queue.UNADJUDICATED: disagreement & ~_mask(n, events.finals()),
        Queue.ASSIGNED: _mask(n, mine),
        Queue.GOLD: _mask(n, events.golds()),
        Queue.DISCUSSED: _mask(n, (comment.neuron for comment in events.comments())),
    }


def _mask(n: int, neurons: Iterable[int]) -> Mask:
    """bool [n]; numbers of neurons that this extraction does not have are passed over."""
    mask = np.zeros(n, bool)
    places = np.fromiter(neurons, np.int64)
    mask[places[(places >= 0) & (places < n)]] = True
    return mask


def _random(name: str) -> np.random.Generator:
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
