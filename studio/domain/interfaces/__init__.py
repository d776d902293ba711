"""What the objects of plug-ins have: the types that the hooks of `studio.hookspecs` return."""

from studio.domain.interfaces.data import DataReader
from studio.domain.interfaces.explainers import Explainer, ExplainerWork
from studio.domain.interfaces.exports import Exporter, FolderExporter
from studio.domain.interfaces.networks import SaeFormat, VlmAdapter
from studio.domain.interfaces.scorers import Scorer, ScorerWork

__all__ = [
    "DataReader",
    "Explainer",
    "ExplainerWork",
    "Exporter",
    "FolderExporter",
    "SaeFormat",
    "Scorer",
    "ScorerWork",
    "VlmAdapter",
]
