"""Which neurons a parsed search keeps: NumPy over columns, and what the index found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.concept import Category
from studio.domain.modality import Modality
from studio.domain.queue import Queue
from studio.domain.search import ANY, NUMBER_FIELDS, Term, fold
from studio.services.neuron_facts import NeuronFacts
from studio.services.neurons import MODALITIES, STATUSES, NeuronTable

Mask = NDArray[np.bool_]
#: (field of the index, folded text) -> neurons, int32.
Hits = Mapping[tuple[str, str], NDArray[np.int32]]
#: Where a word that names no field is looked for in the index.
EVERYWHERE = ("concept", "token", "note", "comment")
#: What is somebody else's until the annotator has committed, in blind review.
OF_OTHERS = ("concept", "comment")


def wanted(term: Term) -> list[tuple[str, str]]:
    """What the index has to be asked for, for this term."""
    fields = EVERYWHERE if term.field == ANY else (term.field,) if term.field in EVERYWHERE else ()
    # One letter, as somebody begins to type, begins a word of nearly every neuron.
    texts = [text for text in term.values if term.field or len(text) > 1 or not text.isascii()]
    return [(field, text) for field in fields for text in texts]


class NeuronSearch:
    """Evaluates terms. `scan` gives the neurons whose concept, as it is shown and folded, has a text (for "":
    those without one); `classes` int8 [n] is the class as it is shown. `hits` may lack what was not asked
    for yet: then only what is in memory is found."""

    def __init__(
        self,
        table: NeuronTable,
        scan: Callable[[str], Mask],
        classes: NDArray[np.int8],
        facts: NeuronFacts | None,
        hits: Hits,
    ) -> None:
        self._table, self._facts, self._hits = table, facts, hits
        self._scan, self._classes = scan, classes

    def mask(self, term: Term) -> Mask:
        """bool [n]: the neurons that `term` keeps."""
        found = self._positive(term)
        return ~found if term.negative else found

    def _positive(self, term: Term) -> Mask:
        if term.field in ("class", "category", "status", "is", "has", "lines"):
            masks = [getattr(self, f"_{term.field}")(value) for value in term.values]
        elif term.field in NUMBER_FIELDS:
            return self._in_range(term, self._numbers(term.field))
        elif term.field == "tag":
            masks = [self._tagged(value) for value in term.values]
        elif term.field == "by":
            masks = [self._reviewed_by(value) for value in term.values]
        elif not term.values:
            return self._in_range(term, self._score(term.field))
        else:
            masks = [self._with_text(term.field, value) for value in term.values]
        return np.logical_or.reduce(masks) if masks else self._none()

    def _none(self) -> Mask:
        return np.zeros(len(self._table), bool)

    def _numbers(self, field: str) -> NDArray[Any]:
        table = self._table
        columns: dict[str, NDArray[Any]] = {
            "score": table.score,
            "q": table.q,
            "rating": np.where(table.rating > 0, table.rating, np.nan),
            "share": table.image_share,
            "mean": table.mean,
            "max": table.max,
            "fires": table.samples,
            "neuron": table.neuron,
        }
        return columns[field]

    def _score(self, field: str) -> NDArray[Any]:
        scores = {} if self._facts is None else self._facts.scores
        found = scores.get(field, np.full(len(self._table), np.nan, np.float32))
        known: NDArray[Any] = np.where(self._committed(np.isfinite(found)), found, np.float32(np.nan))
        return known

    def _in_range(self, term: Term, values: NDArray[Any]) -> Mask:
        """Unknown values (NaN) are in no range. Compared in the column's own precision: score:0.3 finds .3"""
        low: Any = term.low
        high: Any = term.high
        if values.dtype == np.float32:
            with np.errstate(over="ignore"):
                low, high = np.float32(low), np.float32(high)
        above: Mask = values > low if term.open_low else values >= low
        below: Mask = values < high if term.open_high else values <= high
        return above & below

    def _class(self, name: str) -> Mask:
        found: Mask = self._classes == (-1 if name == "none" else MODALITIES.index(Modality(name)))
        return found

    def _category(self, name: str) -> Mask:
        if self._facts is None:
            return self._none()
        bit = 1 << [category.value for category in Category].index(name)
        return self._committed((self._facts.categories & bit) != 0)

    def _status(self, name: str) -> Mask:
        table = self._table
        if name == "reviewed":
            return table.reviewed.copy()
        code = STATUSES.index("skipped" if name == "open" else name)
        same: Mask = table.status == code
        return ~table.reviewed & ~same if name == "open" else same

    def _is(self, name: str) -> Mask:
        return self._table.flagged.copy() if name == "flagged" else self._committed(self._table.disagree)

    def _lines(self, name: str) -> Mask:
        lines = {} if self._facts is None else self._facts.lines
        return self._committed(lines.get(name, self._none()))

    def _has(self, name: str) -> Mask:
        table = self._table
        if name == "rating":
            return np.greater(table.rating, 0)
        if name == "concept":
            return ~self._scan("")
        if name == "comment":
            if self._facts is None:
                return self._none()
            return self._committed(self._facts.queues.members[Queue.DISCUSSED])
        return self._at(table.noted if name == "note" else table.own_tags)

    def _tagged(self, text: str) -> Mask:
        tags = self._table.own_tags.items()
        return self._at(neuron for neuron, some in tags if any(fold(tag).startswith(text) for tag in some))

    def _reviewed_by(self, name: str) -> Mask:
        reviewers = {} if self._facts is None else self._facts.reviewers
        found = [mask for who, mask in reviewers.items() if who == name or who.startswith(f"{name} ")]
        return self._committed(np.logical_or.reduce(found)) if found else self._none()

    def _with_text(self, field: str, text: str) -> Mask:
        found = self._none()
        if field in (ANY, "concept"):
            found |= self._scan(text)
        for key in wanted(Term(field, (text,))):
            places = self._hits.get(key, np.zeros(0, np.int64))
            hit = self._at(places[(places >= 0) & (places < len(found))])
            found |= self._committed(hit) if key[0] in OF_OTHERS else hit
        if field == ANY:
            found |= self._tagged(text) | self._numbered(text)
        return found

    def _numbered(self, text: str) -> Mask:
        """Neurons whose number begins with these digits."""
        number = text.removeprefix("#")
        if not (number.isascii() and number.isdigit() and len(number) < 12):
            return self._none()
        return _starts_with(self._table.neuron, int(number))

    def _committed(self, found: Mask) -> Mask:
        """In blind review what others said is found only where the annotator has revealed it."""
        return found & self._at(self._table.revealed) if self._table.blind else found

    def _at(self, neurons: Any) -> Mask:
        found = self._none()
        found[neurons if isinstance(neurons, np.ndarray) else np.fromiter(neurons, np.int64)] = True
        return found


def _starts_with(numbers: NDArray[np.int32], start: int) -> Mask:
    """Which numbers begin with the digits of `start`."""
    rest = numbers.astype(np.int64)
    found: Mask = rest == start
    while start > 0 and rest.max(initial=0) >= start:
        rest = rest // 10
        found |= rest == start
    return found
