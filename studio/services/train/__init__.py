"""Training of an SAE on the hidden vectors of a model."""

from studio.services.train.result import TrainResult
from studio.services.train.run import train

__all__ = ["TrainResult", "train"]
