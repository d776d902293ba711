"""Which latents of a dictionary are alike, and a map of all of them."""

from models.similar.cosine import Nearest, cosine_nearest
from models.similar.layout import layout, principal_plane

__all__ = ["Nearest", "cosine_nearest", "layout", "principal_plane"]
