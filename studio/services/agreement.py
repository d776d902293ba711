"""How far annotators agree: with each other, and with gold neurons."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.agreement import Level, Undefined
from studio.domain.agreement_intervals import Estimate, alpha, kappa, raw
from studio.domain.annotation import Decision, Label
from studio.domain.disagreement import same_words
from studio.domain.errors import UserError
from studio.domain.modality import Modality
from studio.domain.shared import Gold
from studio.services.neurons import MODALITIES
from studio.services.queues import labels_by_neuron
from studio.storage.project import Project

ALL = "all neurons"
GOLD = "gold"
EVERYBODY = "everybody"
COLUMNS = ("group", "part", "statistic", "who", "neurons", "value", "low", "high", "note")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a label that agreement is measured on. `values` are those it can have, in their order; None
    for words, of which there is no list: they have raw agreement only."""

    name: str
    level: Level
    values: tuple[Any, ...] | None
    value_of: Callable[[Label], Any]


def _kept(label: Label) -> Any:
    return None if label.decision is None else label.decision is not Decision.REJECTED


def _class(label: Label) -> Any:
    return None if label.modality is None else label.modality.value


def _words(label: Label) -> Any:
    return same_words(label.concept) if _kept(label) and label.concept else None


#: "decision" is whether the concept was kept (accepted or edited) or rejected.
PARTS = (
    Part("decision", "nominal", (True, False), _kept),
    Part("class", "nominal", tuple(modality.value for modality in MODALITIES), _class),
    Part("rating", "ordinal", (1, 2, 3, 4, 5), lambda label: label.rating),
    Part("concept", "nominal", None, _words),
)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One number: `statistic` ("alpha", "kappa", "raw") of a `part` among `who`, over the neurons of
    `group`; `neurons` are those that two annotators judged."""

    group: str
    part: str
    statistic: str
    who: str
    neurons: int
    estimate: Estimate

    def number(self) -> str:
        """ "0.61 (0.52 to 0.70)", or why there is no number."""
        value, low, high = self.estimate.value, self.estimate.low, self.estimate.high
        if isinstance(value, Undefined):
            return str(value)
        known = not isinstance(low, Undefined) and not isinstance(high, Undefined)
        return f"{value:z.2f} ({low:z.2f} to {high:z.2f})" if known else f"{value:z.2f} (no interval)"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON; what is undefined is null, with the reason in `note`."""
        ends = (self.estimate.value, self.estimate.low, self.estimate.high)
        value, low, high = (None if isinstance(end, Undefined) else end for end in ends)
        why = next((end.why for end in ends if isinstance(end, Undefined)), "")
        said = {"group": self.group, "part": self.part, "statistic": self.statistic, "who": self.who}
        return {**said, "neurons": self.neurons, "value": value, "low": low, "high": high, "note": why}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The whole table. `annotators` have decided on at least one neuron; `neurons` were decided by two or
    more; `gold` is how many gold neurons there are."""

    annotators: tuple[str, ...]
    neurons: int
    gold: int
    rows: tuple[AgreementRow, ...]

    def as_csv(self) -> str:
        """The rows as CSV; no cell can become a formula in a spreadsheet."""
        file = io.StringIO()
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        for row in self.rows:
            cells = row.as_dict()
            writer.writerow({**cells, "who": safe_text(cells["who"])})
        return file.getvalue()

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        rows = [row.as_dict() for row in self.rows]
        said = {"annotators": list(self.annotators), "neurons": self.neurons, "gold": self.gold}
        return {**said, "rows": rows}


@dataclass(frozen=True, slots=True)
class AgreementData:
    """What the table is made from, read at once: decided labels, gold neurons, and the labels of each neuron
    by group (`grouped`)."""

    labels: tuple[Label, ...]
    gold: dict[int, Gold]
    groups: dict[str, list[list[Label]]]

    @property
    def people(self) -> tuple[str, ...]:
        """Who has decided on at least one neuron."""
        return tuple(sorted({label.annotator for label in self.labels}))

    @property
    def shared(self) -> int:
        """How many neurons two or more have decided on."""
        return sum(len(labels) > 1 for labels in self.groups[ALL])


def agreement(project: Project, annotator: str = "", seed: int = 0) -> Agreement:
    """Alpha, kappa and raw agreement on every part: over all neurons, by automatic class and by rating, with
    95 % intervals (bootstrap by neuron), and each annotator against the gold neurons.

    Raises `UserError` when the review is blind and `annotator` ("" on the command line) does not lead it.
    """
    return agreement_of(read_agreement(project, annotator), seed)


def read_agreement(project: Project, annotator: str = "") -> AgreementData:
    """What `agreement_of` needs, so that it can be reckoned without the project. Raises like `agreement`."""
    check_may_compare(project, annotator)
    found = project.verdicts.columns()
    classes = zip(found.neuron.tolist(), found.modality.tolist(), strict=True)
    labels = tuple(label for label in project.events.labels() if label.reviewed)
    by_class = {neuron: MODALITIES[code] for neuron, code in classes}
    return AgreementData(labels, project.events.golds(), grouped(labels, by_class))


def agreement_of(data: AgreementData, seed: int = 0) -> Agreement:
    """The table of what was read."""
    rows = tuple(row for group in group_names(data) for row in group_rows(data, group, seed))
    return Agreement(data.people, data.shared, len(data.gold), rows)


def group_names(data: AgreementData) -> list[str]:
    """What the table has rows for: all neurons, those of a class, those of a rating, gold neurons."""
    return [*data.groups, *([GOLD] if data.gold else [])]


def group_rows(data: AgreementData, group: str, seed: int = 0) -> list[AgreementRow]:
    """The rows of one group."""
    if group == GOLD:
        return list(_gold_rows(data, seed))
    return list(_rows(group, data.groups[group], data.people, seed))


def write_csv(table: Agreement, path: Path) -> None:
    """Write the table to a file, replacing what is there. Raises `UserError` when it cannot be written."""
    try:
        path.write_text(table.as_csv(), encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{path} could not be written ({error.strerror}). Choose another folder.") from error


def safe_text(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\0")) else text


def check_may_compare(project: Project, annotator: str) -> None:
    """Raises `UserError` when others' work is hidden from this annotator; "" sees everything."""
    policy = project.events.policy()
    if annotator and policy.hides_from(annotator):
        raise UserError(
            f"This project is reviewed blind. Only {policy.lead}, who leads it, compares what was said."
        )


def grouped(labels: Iterable[Label], classes: Mapping[int, Modality]) -> dict[str, list[list[Label]]]:
    """The labels of all neurons; of those of one automatic class; of those of one median rating (the lower of
    two)."""
    by_neuron = labels_by_neuron(labels)
    found = {ALL: list(by_neuron.values())}
    for modality in MODALITIES:
        some = [labels for n, labels in by_neuron.items() if classes.get(n) is modality]
        found[f"class {modality.value}"] = some
    for rating in range(1, 6):
        found[f"rating {rating}"] = [x for x in by_neuron.values() if _median_rating(x) == rating]
    return {name: some for name, some in found.items() if some or name == ALL}


def _median_rating(labels: Sequence[Label]) -> int | None:
    ratings = sorted(label.rating for label in labels if label.rating is not None)
    return ratings[(len(ratings) - 1) // 2] if ratings else None


def _rows(group: str, units: list[list[Label]], people: Sequence[str], seed: int) -> Iterator[AgreementRow]:
    for part in PARTS:
        values, table = _coded(part, _table(units, people, part))
        judged = sum(len([v for v in unit if v is not None]) > 1 for unit in zip(*table, strict=True))
        if part.values is not None:
            found = alpha(table, part.level, values, seed)
            yield AgreementRow(group, part.name, "alpha", EVERYBODY, judged, found)
        yield AgreementRow(group, part.name, "raw", EVERYBODY, judged, raw(table, values, seed))
        if group == ALL and len(people) > 1:
            yield from _pair_rows(part, values, table, people, seed)


def _pair_rows(
    part: Part, values: Sequence[Any], table: list[list[Any]], people: Sequence[str], seed: int
) -> Iterator[AgreementRow]:
    statistics = ("kappa", "raw") if part.values is not None else ("raw",)
    pairs = itertools.combinations(zip(people, table, strict=True), 2)
    for statistic, ((name, one), (other, two)) in itertools.product(statistics, pairs):
        both = sum(a is not None and b is not None for a, b in zip(one, two, strict=True))
        found = kappa(one, two, values, seed) if statistic == "kappa" else raw([one, two], values, seed)
        yield AgreementRow(ALL, part.name, statistic, f"{name}, {other}", both, found)


def _gold_rows(data: AgreementData, seed: int) -> Iterator[AgreementRow]:
    """Each annotator beside what is true; a part that the truth leaves open does not count."""
    truth = {n: _true_label(n, gold) for n, gold in data.gold.items()}
    for name in data.people:
        units = [
            [label, truth[label.neuron]]
            for label in data.labels
            if label.annotator == name and label.neuron in truth
        ]
        for part in PARTS[1:]:
            said = [[part.value_of(labels[side]) for labels in units] for side in (0, 1)]
            values, table = _coded(part, said)
            judged = sum(None not in pair for pair in zip(*table, strict=True))
            if judged:
                yield AgreementRow(GOLD, part.name, "raw", name, judged, raw(table, values, seed))


def _true_label(neuron: int, gold: Gold) -> Label:
    decision = None if gold.concept is None else Decision.EDITED
    return Label(neuron, "gold", decision, gold.concept, gold.modality, gold.rating)


def _table(units: Iterable[Sequence[Label]], people: Sequence[str], part: Part) -> list[list[Any]]:
    """`table[annotator][unit]`, None where an annotator said nothing."""
    said = [{label.annotator: part.value_of(label) for label in labels} for labels in units]
    return [[unit.get(name) for unit in said] for name in people]


def _coded(part: Part, table: list[list[Any]]) -> tuple[Sequence[Any], list[list[Any]]]:
    """The values of a part, and the table. Words become numbers that mean the same within a unit only, which
    is all that raw agreement asks, however many words there are."""
    if part.values is not None:
        return part.values, table
    units = []
    for unit in zip(*table, strict=True):
        known = {value: place for place, value in enumerate(dict.fromkeys(v for v in unit if v is not None))}
        units.append([known.get(value) for value in unit])
    numbered = [list(row) for row in zip(*units, strict=True)] if units else [[] for _ in table]
    return range(len(table)), numbered
