"""Superposition: are features found that were mixed into fewer dimensions (METHOD 6)?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from studio.domain.context import Context
from studio.domain.errors import DataError

#: A feature is found when a latent's direction has at least this cosine with its own.
FOUND = 0.9


@dataclass(frozen=True, slots=True)
class SuperpositionSpec:
    """`features` random directions in `width` dimensions, `active` of them in each vector, with gaussian
    `noise` in each dimension; an SAE of `latents` (0: twice the features) sees `vectors` of them."""

    features: int = 256
    width: int = 64
    active: int = 4
    noise: float = 0.02
    latents: int = 0
    vectors: int = 400_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SuperpositionResult:
    """`recovered`: share of the features with a latent at a cosine of `FOUND` or more; `latents_used`: how
    many distinct latents those are; `cosine`: mean over features of the largest cosine, `worst` the
    smallest; `crowding`: the largest cosine between two features, which bounds how well any can be told."""

    features: int
    width: int
    recovered: float
    latents_used: int
    cosine: float
    worst: float
    crowding: float

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)

    def summary(self) -> str:
        """The same as lines of plain text."""
        return "\n".join(
            [
                f"Features: {self.features}, mixed into {self.width} dimensions",
                f"Found with cosine >= {FOUND:g}: {self.recovered:.2%}, by {self.latents_used} latents",
                f"Largest cosine of a feature with a latent: mean {self.cosine:.4f}, worst {self.worst:.4f}",
                f"Largest cosine between two features: {self.crowding:.4f}",
            ]
        )


def superposition_study(spec: SuperpositionSpec, ctx: Context) -> SuperpositionResult:
    """Mix known features, train an SAE on the mixtures, and look for them among its latents.

    Raises `DataError` for numbers that make no sense, `ModelError` and `Cancelled` as the trainer does.
    """
    if spec.features < 2 or spec.vectors < 1:
        raise DataError("Superposition needs at least two features and a vector.")
    from models.sae.superposition import Features, best_cosines, train_on

    features = Features(spec.features, spec.width, spec.active, spec.noise, spec.seed)
    latents = spec.latents or 2 * spec.features
    decoder = train_on(features, latents, spec.active, spec.vectors, spec.seed, ctx)
    cosines, places = best_cosines(features.directions, decoder)
    found = cosines >= FOUND
    between = (features.directions @ features.directions.T).fill_diagonal_(-1)
    return SuperpositionResult(
        spec.features,
        spec.width,
        float(found.double().mean()),
        len(set(places[found].tolist())),
        float(cosines.mean()),
        float(cosines.min()),
        float(between.max()),
    )
