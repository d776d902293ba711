"""AuxK (Gao et al. 2024, appendix A.2): dead latents learn to explain what the living leave over."""

from __future__ import annotations

import torch
from torch import Tensor

from models.sae.encoder import Encoder
from models.sae.gradients import Weights
from models.sae.sparse import Pairs, mixture

#: With more dead latents than this many times k_aux the sparse way is faster than the dense one.
DENSE = 8


def auxk(
    weights: Weights, gradient: Weights, centred: Tensor, error: Tensor, dead: Tensor, scale: float
) -> float:
    """Add the gradients of scale x s x ||e - e_hat||^2 to `gradient`; return s x ||e - e_hat||^2.

    `error` e = x - x_hat [N, d] is held fixed. e_hat = sum of the k_aux = d / 2 strongest dead latents'
    decoder rows (ReLU, without b_dec, as in the paper); s = min(1, dead / k_aux), so that few dead latents
    weigh little. `dead` int64 [D] are their numbers; `scale` = alpha / total variance.
    """
    k_aux = max(1, weights.encoder.shape[1] // 2)
    share = min(1.0, dead.shape[0] / k_aux)
    part = Weights(*(t[dead] for t in weights.tensors()[:3]), weights.b_dec)
    way = _dense if dead.shape[0] <= DENSE * k_aux else _sparse
    loss, found = way(part, centred, error, min(k_aux, dead.shape[0]), 2.0 * share * scale)
    gradient.encoder.index_add_(0, dead, found.encoder)
    gradient.encoder_bias.index_add_(0, dead, found.encoder_bias)
    gradient.decoder.index_add_(0, dead, found.decoder)
    gradient.b_dec -= found.encoder_bias @ part.encoder
    return share * loss


def _dense(part: Weights, centred: Tensor, error: Tensor, k: int, slope: float) -> tuple[float, Weights]:
    acts = torch.addmm(part.encoder_bias, centred, part.encoder.t()).clamp_(min=0)
    if k < acts.shape[1]:
        acts = _keep_largest(acts, k)
    gap = (acts @ part.decoder).sub_(error)
    loss = float(gap.double().square().sum())
    gap.mul_(slope)
    back = (gap @ part.decoder.t()).mul_(acts > 0)
    return loss, Weights(back.t() @ centred, back.sum(0), acts.t() @ gap, part.b_dec)


def _keep_largest(acts: Tensor, k: int) -> Tensor:
    top, place = acts.topk(k, dim=1, sorted=False)
    return torch.zeros_like(acts).scatter_(1, place, top)


def _sparse(part: Weights, centred: Tensor, error: Tensor, k: int, slope: float) -> tuple[float, Weights]:
    n = part.encoder.shape[0]
    values, latents = Encoder(part.encoder, part.encoder_bias, screen=False).top(centred, k)
    values.clamp_(min=0)
    gap = mixture(latents, values, part.decoder).sub_(error)
    loss = float(gap.double().square().sum())
    gap.mul_(slope)
    pairs = Pairs.of(latents, n)
    strengths = pairs.sorted(values)
    back = pairs.dots(gap, part.decoder).mul_(strengths > 0)
    encoder, decoder = pairs.sum_rows(back, centred), pairs.sum_rows(strengths, gap)
    return loss, Weights(encoder, pairs.sums(back), decoder, part.b_dec)
