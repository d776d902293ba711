"""Joint text-image encoders: they say how well a concept and a piece of evidence go together."""

from models.aligners.aligner import Aligner
from models.aligners.loading import load_aligner

__all__ = ["Aligner", "load_aligner"]
