"""What the review reads from the project, in the `db` lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.services.neuron_detail import NeuronDetail, neuron_detail
from studio.services.neurons import neuron_table
from studio.services.projects import provenance
from studio.services.undo import redo_title, undo_title
from studio.ui.review.neuron_columns import NeuronColumns
from studio.ui.review.neuron_query import Query
from studio.ui.review.side.guidelines import Rules, read_rules

#: Pictures of each side that come with a neuron: those in sight at once.
FIRST_PICTURES = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """All neurons, the layer they belong to, and what undo and redo would do."""

    columns: NeuronColumns
    layer: int | None
    undo: str | None
    redo: str | None
    rules: Rules


def load_table(project: Any, annotator: str) -> Loaded:
    """The neurons as columns, the first list made ready."""
    columns = NeuronColumns(neuron_table(project, annotator))
    columns.find(Query())
    undo, redo = undo_title(project, annotator), redo_title(project, annotator)
    layer = provenance(project).get("layer")
    return Loaded(columns, layer, undo, redo, read_rules(project))


def load_detail(project: Any, neuron: int, annotator: str) -> NeuronDetail:
    """One neuron with everything."""
    return neuron_detail(project, neuron, annotator, FIRST_PICTURES)
