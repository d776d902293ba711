"""What explainers proposed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from studio.domain.concept import Category, Proposal, ProposalState
from studio.domain.modality import TokenKind
from studio.storage.blobs import damaged
from studio.storage.database import AMONG, Database, Row

_COLUMNS = "neuron, side, explainer, concept, category, state, raw, candidates, details"


class Proposals:
    """One row for each neuron, side and explainer."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def write(self, proposals: Iterable[Proposal]) -> None:
        """Keep proposals; those of the same neuron, side and explainer are replaced."""
        sql = f"INSERT OR REPLACE INTO proposal({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
        with self._db.transaction():
            self._db.executemany(sql, (_row(proposal) for proposal in proposals))

    def all(self) -> list[Proposal]:
        """Every proposal, by neuron."""
        sql = f"SELECT {_COLUMNS} FROM proposal ORDER BY neuron, side, explainer"
        return [_proposal(row) for row in self._db.rows(sql)]

    def of(self, neuron: int) -> list[Proposal]:
        """The proposals for one neuron."""
        sql = f"SELECT {_COLUMNS} FROM proposal WHERE neuron=? ORDER BY side, explainer"
        return [_proposal(row) for row in self._db.rows(sql, (neuron,))]

    def some(self, neurons: Iterable[int]) -> list[Proposal]:
        """The proposals for some neurons, by neuron, in one query."""
        sql = f"SELECT {_COLUMNS} FROM proposal WHERE {AMONG} ORDER BY neuron, side, explainer"
        return [_proposal(row) for row in self._db.among(sql, neurons)]

    def concepts(self, first: int, last: int) -> list[Row]:
        """(neuron, concept) of the neurons `first` to `last` - 1, each concept once a neuron."""
        sql = "SELECT DISTINCT neuron, concept FROM proposal WHERE concept <> '' AND neuron>=? AND neuron<?"
        return self._db.rows(sql, (first, last))

    def categories(self) -> list[Row]:
        """(neuron, category) of every proposal that has one."""
        return self._db.rows("SELECT DISTINCT neuron, category FROM proposal WHERE category IS NOT NULL")

    def without_verdict(self) -> list[Row]:
        """(neuron, concept) where the verdict names none; where both sides have one, the image's is last."""
        sql = (
            "SELECT p.neuron, p.concept FROM proposal AS p LEFT JOIN verdict AS v ON v.neuron = p.neuron "
            "WHERE v.concept IS NULL AND p.concept IS NOT NULL ORDER BY p.side DESC"
        )
        return self._db.rows(sql)

    def count(self) -> int:
        """How many neurons have a proposal with a concept."""
        sql = "SELECT count(DISTINCT neuron) FROM proposal WHERE concept IS NOT NULL"
        return int(self._db.value(sql))


def _row(p: Proposal) -> tuple[Any, ...]:
    category = None if p.category is None else p.category.value
    candidates, details = json.dumps(p.candidates), json.dumps(p.details)
    return (
        p.neuron, p.side.value, p.explainer, p.concept, category, p.state.value, p.raw, candidates, details,
    )  # fmt: skip


def _proposal(row: Row) -> Proposal:
    neuron, side, explainer, concept, category, state, raw, candidates, details = row
    try:
        return Proposal(
            neuron,
            TokenKind(side),
            concept,
            None if category is None else Category(category),
            explainer,
            ProposalState(state),
            raw,
            tuple((str(name), float(score)) for name, score in json.loads(candidates)),
            dict(json.loads(details)),
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(f"The proposal for neuron {neuron}") from error
