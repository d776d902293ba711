"""Which rule do these weights belong to? Every plausible one is tried on real hidden states."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from models.sae.choices import Choice, GroupMax, Threshold, TopK
from models.sae.evaluate import evaluate
from models.sae.inputs import Inputs
from models.sae.rule import Rule
from models.sae.sae import Sae
from studio.domain.diagnosis import Diagnosis, Trial

#: An SAE that leaves more of the variance than this unexplained under every rule was not trained on this.
FITS = 0.7
#: Nor was one that explains these vectors hardly better than the same vectors turned at random.
BETTER_THAN_TURNED = 0.7
#: With more latents than this times those expected the code is dense, and a low FVU says nothing.
CROWDED = 4
#: The file's own rule stands unless another one is better by this factor.
BETTER = 0.9


def diagnose(
    sae: Sae, vectors: Mapping[int, Tensor], layer: int, tell: Callable[[int, int], None] | None = None
) -> Diagnosis:
    """Try every plausible rule on hidden states of `layer`, and the best rule on the other layers.

    `vectors`: hidden states [N, d_in] (a few hundred) by layer. `tell(done, of)` is called after each rule,
    and may raise to stop. Raises `WidthError`.
    """
    x, rules, found = vectors[layer], list(plausible(sae, vectors[layer])), []
    for rule in rules:
        found.append((_try(sae, rule, x), rule))
        if tell is not None:
            tell(len(found), len(rules))
    best, rule = _best(sae, found)
    under = sae.under(rule)
    turned = evaluate(under, _turned(x)).fvu
    layers = {at: evaluate(under, of).fvu if at != layer else best.fvu for at, of in sorted(vectors.items())}
    reason = _misfit(best, turned, layers, layer)
    trials = tuple(trial for trial, _ in found)
    return Diagnosis(trials, best, turned, layers, not reason, reason or _fit(best, trials[0]))


def _best(sae: Sae, found: list[tuple[Trial, Rule]]) -> tuple[Trial, Rule]:
    own, most = found[0], _most_latents(sae)
    sparse = [pair for pair in found if 0 < pair[0].l0 <= most and math.isfinite(pair[0].fvu)] or [own]
    lowest = min(sparse, key=lambda pair: pair[0].fvu)
    return own if own in sparse and not lowest[0].fvu < BETTER * own[0].fvu else lowest


def _turned(x: Tensor) -> Tensor:
    """`x` with its coordinates shuffled about the mean and their signs drawn: an orthogonal map."""
    draw = torch.Generator().manual_seed(0)
    signs = torch.randint(0, 2, (x.shape[1],), generator=draw) * 2.0 - 1
    middle = x.float().mean(0)
    return (x.float() - middle)[:, torch.randperm(x.shape[1], generator=draw)] * signs.to(x.device) + middle


def plausible(sae: Sae, x: Tensor) -> Iterator[Rule]:
    """The file's own rule first, then all others: b_dec subtracted or not, normalised or not, one scale
    (sqrt(d) / mean norm), its own choice or plain ReLU."""
    own = sae.rule
    yield own
    scale = sae.d_in**0.5 / max(1e-12, float(x.float().norm(dim=1).mean()))
    for subtract in (True, False):
        for inputs in (
            Inputs(subtract),
            Inputs(subtract, scale=scale),
            Inputs(subtract, "token_norm"),
            Inputs(subtract, "layer_norm"),
        ):
            for choice in _choices(own.choice):
                if (inputs, choice) != (own.inputs, own.choice):
                    yield Rule(choice, inputs)


def _most_latents(sae: Sae) -> float:
    """Mean latents a vector above which a code is no longer sparse: a few times k, else half the width."""
    choice = sae.rule.choice
    dense = min(sae.d_in, sae.num_latents) / 2
    return CROWDED * choice.k if isinstance(choice, TopK | GroupMax) else dense


def _choices(own: Choice) -> tuple[Choice, ...]:
    if isinstance(own, TopK) or (isinstance(own, Threshold) and own.threshold is not None):
        return own, Threshold()
    return (own,)


def _try(sae: Sae, rule: Rule, x: Tensor) -> Trial:
    fit = evaluate(sae.under(rule), x)
    return Trial(rule.describe(), fit.fvu, fit.l0, fit.dead, rule is sae.rule)


def _misfit(best: Trial, turned: float, layers: Mapping[int, float], layer: int) -> str:
    """Why these weights do not belong to this layer; "" when they do."""
    if not (best.fvu <= FITS and best.fvu <= BETTER_THAN_TURNED * turned):
        return (
            f"No rule explains these activations: the best one leaves {best.fvu:.0%} of the variance, and "
            f"{turned:.0%} when they are turned at random. This SAE was not trained on this layer of this "
            "model."
        )
    other = min(layers, key=layers.__getitem__)
    if layers[other] < BETTER * best.fvu:
        return (
            f"Layer {other} is explained better than layer {layer}: {layers[other]:.1%} of its variance is "
            f"left, not {best.fvu:.1%}. This SAE was probably trained on layer {other}."
        )
    return ""


def _fit(best: Trial, own: Trial) -> str:
    if best.own:
        return f"The rule that the file asks for fits best: it leaves {best.fvu:.1%} of the variance."
    return (
        f"“{best.rule}” leaves {best.fvu:.1%} of the variance, the file's own rule “{own.rule}” "
        f"{own.fvu:.1%}. The file's config may be wrong."
    )
