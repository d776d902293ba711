"""The memory plan of a run: made before anything is loaded, logged, and a refusal where nothing fits."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from studio.domain.context import Context
from studio.domain.errors import ModelError, UserError
from studio.domain.memory import Form, MemoryPlan, Needs, make_plan, other_plans
from studio.domain.specs import ExtractSpec, TrainSpec
from studio.services.model_plugins import sae_formats, vlm_adapters

Spec = TypeVar("Spec", ExtractSpec, TrainSpec)

#: Float32 numbers that training keeps for each weight: itself, its gradient and Adam's two means.
TRAINED = 4


def plan_memory(spec: ExtractSpec | TrainSpec) -> tuple[MemoryPlan, MemoryPlan | None]:
    """The plan for the run as it is asked for, and, where that does not fit, another that does (or None).

    Nothing is loaded; from the Hub come at most configurations. Raises what loading would raise:
    `ModelError`, `LayerError`, `SaeFormatError`, `NetworkError`.
    """
    from models.memory import machine, place_of
    from models.quiet import quiet_libraries

    device, dtype = place_of(spec.model)
    form = Form(device, dtype, spec.model.quantize, spec.model.device_map)
    with quiet_libraries():
        needs = _needs(spec, device)
    here = machine()
    asked = make_plan(needs, here, form, spec.batch_size)
    if asked.fits:
        return asked, None
    return asked, next(other_plans(needs, here, form, spec.batch_size), None)


def _needs(spec: ExtractSpec | TrainSpec, device: str) -> Needs:
    from models.memory import encoder_copies, model_needs, sae_numbers

    model = model_needs(spec.model, spec.layer, vlm_adapters())
    if isinstance(spec, TrainSpec):
        latents = spec.num_latents or model.width * spec.expansion_factor
        sae = 4 * TRAINED * latents * (2 * model.width + 1)
    else:
        sae = round(4 * sae_numbers(spec.sae, sae_formats()) * (1 + encoder_copies(device)))
    return Needs(model.parameters, model.alive, sae, model.linear)


def fitted(spec: Spec, ctx: Context) -> Spec:
    """`spec` with a batch that fits, its plan logged. Results do not depend on the batch.

    Raises `ModelError` with what would fit, or that nothing does, unless `spec.force`.
    """
    try:
        asked, other = plan_memory(spec)
    except UserError:
        if spec.force:  # the plan is a courtesy; loading says the same if it is so
            return spec
        raise
    ctx.log(asked.line())
    if asked.fits:
        return replace(spec, batch_size=asked.batch_size)
    if not spec.force:
        raise ModelError(refusal(asked, other))
    ctx.log("It is started all the same, as asked for.")
    return spec


def plan_line(spec: ExtractSpec | TrainSpec, _ctx: Context) -> str:
    """The plan in one line, for the window. Raises as `plan_memory`."""
    asked, other = plan_memory(spec)
    if asked.fits or other is None:
        return asked.line()
    return f"{asked.line()} It fits on {other.form}."


def refusal(asked: MemoryPlan, other: MemoryPlan | None) -> str:
    """The sentence about a run that does not fit."""
    return f"{asked.line()} {advice(other)}"


def advice(other: MemoryPlan | None) -> str:
    """What to do where the run as asked for does not fit."""
    if other is None:
        return (
            "Nothing smaller fits on this machine either. Close other programs, choose a smaller model or "
            "SAE, or go on all the same with --force."
        )
    return (
        f"It fits with {other.form.options} --batch-size {other.batch_size}; "
        "or go on all the same with --force."
    )
