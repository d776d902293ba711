"""Sparse autoencoders: load, train, encode, save."""

from models.sae.code import SparseCode
from models.sae.config import SaeConfig
from models.sae.evaluate import evaluate
from models.sae.load import list_hookpoints, load_sae
from models.sae.report import Fit, StepReport
from models.sae.sae import Sae
from models.sae.save import save_sae
from models.sae.trainer import Trainer
from models.sae.trainer_config import TrainerConfig

__all__ = [
    "Fit",
    "Sae",
    "SaeConfig",
    "SparseCode",
    "StepReport",
    "Trainer",
    "TrainerConfig",
    "evaluate",
    "list_hookpoints",
    "load_sae",
    "save_sae",
]
