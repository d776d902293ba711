"""How SAEs of other kinds than TopK are trained: what their loss is, and which latents fire afterwards."""

from models.sae.recipes.make import AnyTrainer, make_trainer

__all__ = ["AnyTrainer", "make_trainer"]
