"""The rows of the table: alpha, kappa and raw agreement, by group of neurons."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from studio.domain.agreement_intervals import alpha, kappa, raw
from studio.domain.annotation import Decision, Label
from studio.domain.shared import Gold
from studio.services.agreement.parts import DECISION, PARTS, Part
from studio.services.agreement.reading import ALL, AgreementData, read_agreement
from studio.services.agreement.table import Agreement, AgreementRow
from studio.storage.project import Project

GOLD = "gold"
EVERYBODY = "everybody"


def agreement(project: Project, annotator: str = "", seed: int = 0) -> Agreement:
    """Alpha, kappa and raw agreement on every part: over all neurons, by automatic class and by rating, with
    95 % intervals (bootstrap by neuron), and each annotator against the gold neurons.

    Raises `UserError` when the review is blind and `annotator` ("" on the command line) does not lead it.
    """
    return agreement_of(read_agreement(project, annotator), seed)


def agreement_of(data: AgreementData, seed: int = 0) -> Agreement:
    """The table of what was read."""
    rows = tuple(row for group in group_names(data) for row in group_rows(data, group, seed))
    return Agreement(data.people, data.shared, len(data.gold), rows)


def group_names(data: AgreementData) -> list[str]:
    """What the table has rows for: all neurons, those of a class, those of a rating, gold neurons."""
    return [*data.groups, *([GOLD] if data.gold else [])]


def group_rows(
    data: AgreementData, group: str, seed: int = 0, parts: Sequence[Part] = PARTS
) -> list[AgreementRow]:
    """The rows of one group, on these parts of a label: at 131,072 neurons each part takes about a second."""
    if group == GOLD:
        return list(_gold_rows(data, seed, parts))
    return list(_rows(group, data.groups[group], data.people, seed, parts))


def _rows(
    group: str, units: list[list[Label]], people: Sequence[str], seed: int, parts: Sequence[Part]
) -> Iterator[AgreementRow]:
    for part in parts:
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


def _gold_rows(data: AgreementData, seed: int, parts: Sequence[Part]) -> Iterator[AgreementRow]:
    """Each annotator beside what is true; a part that the truth leaves open does not count."""
    truth = {n: _true_label(n, gold) for n, gold in data.gold.items()}
    judged = [label for label in data.labels if label.neuron in truth]
    for part, name in itertools.product(parts, data.people):
        units = [[label, truth[label.neuron]] for label in judged if label.annotator == name]
        said = [[part.value_of(labels[side]) for labels in units] for side in (0, 1)]
        values, table = _coded(part, said)
        both = sum(None not in pair for pair in zip(*table, strict=True))
        if both and part is not DECISION:
            yield AgreementRow(GOLD, part.name, "raw", name, both, raw(table, values, seed))


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
