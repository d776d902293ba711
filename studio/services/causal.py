"""Causal re-runs: what stays of each neuron's activation when a modality is taken away (METHOD 5.3).

A picture is the JPEG that the project keeps, brought back to the size of the original; the sample as it is
runs again with the same JPEG, so that what is compared differs in the intervention alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.concept import Verdict
from studio.domain.context import Context
from studio.domain.errors import DataError, ModelError
from studio.domain.evidence import StoredSample
from studio.domain.specs import CausalSpec, DataSpec, ExtractSpec, ModelSpec, SaeSpec
from studio.services.bundles import as_config, open_bundle
from studio.services.causal_lines import third_disagrees, with_causal
from studio.services.causal_plan import CausalPlan, make_plan
from studio.services.causal_sums import CausalSums
from studio.services.extract.networks import load_networks
from studio.services.projects import provenance
from studio.services.reactivate import sized_pictures
from studio.storage.project import Project

if TYPE_CHECKING:
    from PIL import Image

    from models.causal import Means, Pair
    from models.sae import Sae
    from models.vlm import Vlm


@dataclass(frozen=True, slots=True)
class CausalResult:
    """Of `neurons` with a class, `measured` have line 3; `samples` were run under every intervention;
    `disagree` neurons with a class have another one by line 3."""

    neurons: int
    measured: int
    samples: int
    disagree: int

    def summary(self) -> dict[str, Any]:
        return asdict(self)


def causal_spec(project: Project, **changes: Any) -> CausalSpec:
    """The spec with model, layer and SAE as the project's extraction recorded them; `changes` replace fields.

    Raises `DataError` before an extraction.
    """
    found = provenance(project)
    try:
        model, sae = found["model"], found["sae"]
        form = {name: str(model.get(name) or "") for name in ("quantize", "device_map")}
        spec = CausalSpec(
            ModelSpec(str(model["model"]), model.get("revision"), str(model.get("dtype", "auto")), **form),
            int(found["layer"]),
            SaeSpec(str(sae["source"]), sae.get("hookpoint"), sae.get("revision")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            "This project does not say which model and SAE it was made with. Run the extraction first."
        ) from error
    return replace(spec, **changes)


def causal(spec: CausalSpec, snapshot: Path, bundle: Path, ctx: Context) -> CausalResult:
    """Run stored top samples again under every intervention, and write line 3 of every verdict to `bundle`.

    Each distinct sample runs once for all neurons. A run that was cut off goes on from its checkpoint beside
    `bundle`. Where no sample has both a picture and a text, nothing can be taken away: that is said, and no
    verdict has line 3. Raises `DataError` (nothing scored), `ModelError` (another SAE than the extraction's),
    `WidthError`, `LayerError`, `NetworkError` and `Cancelled`.
    """
    with Project.open(snapshot) as project:
        verdicts = project.verdicts.all()
        if not verdicts:
            raise DataError("Nothing is scored yet. Score the proposals first.")
        ctx.report(0, 1, "Choosing the samples")
        plan = make_plan(project, verdicts, spec.examples, spec.samples)
        if not plan.samples:
            ctx.log("No sample has both a picture and a text: there is nothing to take away.")
            return _write(bundle, spec, {}, 0, verdicts)
        ctx.report(0, len(plan.samples), "Loading the model and the SAE")
        vlm, sae = networks(spec, project, ctx)
        sums = CausalSums.resumed(bundle, plan, as_config(spec, revision=vlm.revision, sae=sae.provenance))
        _run_all(spec, project, plan, sums, vlm, sae, ctx)
    result = _write(bundle, spec, sums.shares(plan), len(plan.samples), verdicts)
    sums.forget()
    return result


def networks(spec: CausalSpec, project: Project, ctx: Context, whole: bool = False) -> tuple[Vlm, Sae]:
    """The model (with `whole` above its layer, too) and SAE of `spec`. Raises `ModelError` when the SAE is
    not the one of the extraction."""
    vlm, sae = load_networks(ExtractSpec(spec.model, DataSpec(""), spec.layer, spec.sae), ctx, whole)
    recorded = provenance(project).get("sae") or {}
    files = (recorded.get("provenance") or {}).get("files")
    if (files and files != sae.provenance.get("files")) or sae.num_latents != project.neuron_count():
        raise ModelError("This is not the SAE that the project was made with: its neurons are others.")
    return vlm, sae


def _run_all(
    spec: CausalSpec, project: Project, plan: CausalPlan, sums: CausalSums, vlm: Vlm, sae: Sae, ctx: Context
) -> None:
    from models.causal import AS_IS, INTERVENTIONS, rerun

    names = (AS_IS, *INTERVENTIONS)
    pairs = _pairs(spec, project, plan, sums.done, names)
    found: dict[int, dict[str, Means | None]] = {}
    expected = {i: len(names) for i in range(sums.done, len(plan.samples))}
    try:
        for key, means in rerun(vlm, sae, spec.layer, pairs(expected), spec.batch_size, ctx):
            number, name = key.split("/")
            found.setdefault(int(number), {})[name] = means
            # In the order of the samples, so that a resumed run adds up to the same numbers.
            while len(found.get(sums.done, ())) == expected.get(sums.done):
                sums.add(plan, found.pop(sums.done))
            ctx.report(sums.done, len(plan.samples), "Taking modalities away")
            sums.save_when_due()
    except BaseException:
        sums.save()
        raise


def _pairs(spec: CausalSpec, project: Project, plan: CausalPlan, first: int, names: Sequence[str]) -> Any:
    from models.causal import intervene

    partners = partner_places(len(plan.samples), spec.seed)

    def pairs(expected: dict[int, int]) -> Iterator[tuple[str, Pair]]:
        for number in range(first, len(plan.samples)):
            own = _pair(project, plan.samples[number])
            other = None if partners is None else _pair(project, plan.samples[partners[number]])
            made = [(name, intervene(name, own, other)) for name in names]
            expected[number] = sum(pair is not None for _, pair in made)
            yield from ((f"{number}/{name}", pair) for name, pair in made if pair is not None)

    return pairs


def partner_places(count: int, seed: int) -> list[int] | None:
    """Another sample for each of `count`, so that each serves once; the same for the same seed. None when
    there is no other."""
    if count < 2:
        return None
    order = list(range(count))
    random.Random(seed).shuffle(order)
    partners = [0] * count
    for place, number in enumerate(order):
        partners[number] = order[(place + 1) % count]
    return partners


def _pair(project: Project, sample_id: str) -> Pair:
    from models.causal import Pair

    sample = project.samples.get([sample_id])[sample_id]
    return Pair(stored_images(project, sample), sample.turns)


def stored_images(project: Project, sample: StoredSample) -> tuple[Image.Image, ...]:
    """The kept pictures of a sample (mode RGB), each at the size of the original, where its token boxes hold.

    Raises `DataError` for a sample without picture."""
    if sample.picture is None:
        raise DataError(f"The sample {sample.id} has no picture.")
    return sized_pictures([project.pictures.get(p.row) for p in sample.all_pictures], sample)


def _write(
    path: Path, spec: CausalSpec, lines: Mapping[int, Mapping[str, float]], samples: int,
    verdicts: Sequence[Verdict],
) -> CausalResult:  # fmt: skip
    made = [with_causal(v, lines.get(v.neuron, {})) for v in verdicts]
    disagree = sum(third_disagrees(v) for v in made)
    result = CausalResult(len(made), sum(bool(v.causal) for v in made), samples, disagree)
    out, run = open_bundle(path, "causal", as_config(spec))
    with out, out.transaction():
        out.verdicts.write(made)
        out.runs.finish(run, result.summary())
    return result
