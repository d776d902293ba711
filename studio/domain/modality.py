"""Modality of a neuron, and of a token."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """What a neuron stands for (METHOD 5)."""

    VISUAL = "visual"
    TEXTUAL = "textual"
    MULTIMODAL = "multimodal"
    UNCLEAR = "unclear"

    @property
    def letter(self) -> str:
        """The letter shown beside the colour: V, T, M or ?."""
        return "?" if self is Modality.UNCLEAR else self.value[0].upper()


class TokenKind(StrEnum):
    """The side of a sample a token belongs to (the sets I and T of METHOD 1)."""

    IMAGE = "image"
    TEXT = "text"
