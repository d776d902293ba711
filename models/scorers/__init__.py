"""Numbers that say how good an SAE's neurons and their concepts are."""

from models.scorers.monosemanticity import MonoSemanticity

__all__ = ["MonoSemanticity"]
