"""Streaming aggregation of sparse activations: statistics and kept examples of every latent (METHOD 1)."""

from models.topk.kept import Kept
from models.topk.top_examples import TopExamples

__all__ = ["Kept", "TopExamples"]
