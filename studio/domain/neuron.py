"""Statistics of all neurons of a project, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HISTOGRAM_BINS = 64
HISTOGRAM_LOW = 2.0**-10
HISTOGRAM_HIGH = 2.0**10


def histogram_edges() -> NDArray[np.float64]:
    """The fixed log-spaced edges of every activation histogram: float64 [HISTOGRAM_BINS + 1].

    The first and the last bin also take what lies below and above. Fixed, so that histograms of chunks,
    processes and machines add up (METHOD 1).
    """
    return np.geomspace(HISTOGRAM_LOW, HISTOGRAM_HIGH, HISTOGRAM_BINS + 1)


@dataclass(frozen=True, slots=True)
class SideStats:
    """Per neuron, on one modality. `samples` and `tokens` that fire: int64 [n]; `sum` and `max` of the
    activations: float64 [n]; `histogram` of active tokens over `histogram_edges()`: int64 [n, BINS];
    `total_samples` and `total_tokens` of that modality seen in the data set, firing or not."""

    samples: NDArray[np.int64]
    tokens: NDArray[np.int64]
    sum: NDArray[np.float64]
    max: NDArray[np.float64]
    histogram: NDArray[np.int64]
    total_samples: int
    total_tokens: int

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean activation per token of this modality, firing or not: float64 [n] (M of METHOD 5.2)."""
        return self.sum / max(self.total_tokens, 1)


@dataclass(frozen=True, slots=True)
class NeuronStats:
    """Both modalities of all neurons."""

    image: SideStats
    text: SideStats

    @property
    def image_share(self) -> NDArray[np.float64]:
        """Activation mass on images: M_img / (M_img + M_txt), float64 [n], NaN where dead (METHOD 5.2)."""
        image, text = self.image.mean, self.text.mean
        with np.errstate(invalid="ignore"):
            return image / (image + text)

    @property
    def live(self) -> NDArray[np.bool_]:
        """Neurons that fired at least once: bool [n]."""
        return (self.image.tokens + self.text.tokens) > 0
