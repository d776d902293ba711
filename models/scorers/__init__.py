"""Numbers that say how good an SAE's neurons and their concepts are."""

from models.scorers.detection import Item, Judge, LeakError, Outcome, frozen, marked_alike, outcome, run_test
from models.scorers.dissection import Dissection, threshold
from models.scorers.monosemanticity import MonoSemanticity

__all__ = [
    "Dissection",
    "Item",
    "Judge",
    "LeakError",
    "MonoSemanticity",
    "Outcome",
    "frozen",
    "marked_alike",
    "outcome",
    "run_test",
    "threshold",
]
