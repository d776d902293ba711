"""How lines 1 and 3 of the evidence stand to each other, in the names that a search takes (METHOD 5)."""

from __future__ import annotations

from enum import StrEnum


class LineCause(StrEnum):
    """Of a neuron to which lines 1 and 3 both give a class: whether it is the same one, else the first reason
    that holds, in this order."""

    AGREE = "agree"
    BORDER = "border"
    NEEDS_IMAGE = "needs-image"
    OTHER_SIDE = "other-side"
    ONE_SIDE = "one-side"
    BACKGROUND = "background"
    ELSEWHERE = "elsewhere"
