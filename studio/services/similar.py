"""Similar neurons and the neuron map: computed once after an extraction, kept in the project, read here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.changes import Changes
from studio.domain.context import Context
from studio.domain.errors import ModelError, NetworkError, UserError
from studio.domain.similar import Alike, Likeness, Neighbours, SimilarSpec
from studio.services.disk import plain_disk_errors
from studio.services.evidence_reader import live_neurons
from studio.services.model_plugins import sae_formats
from studio.services.projects import provenance
from studio.services.steps import Step
from studio.services.together import together
from studio.storage.project import Project
from studio.storage.similar import SimilarTable

if TYPE_CHECKING:
    from models.sae import Sae

NO_NEURONS = "There are no neurons yet. Run the extraction first."
OTHER_SAE = "This is not the SAE that the neurons were extracted with: {}. Find the right one and try again."


@dataclass(frozen=True, slots=True)
class SimilarResult:
    """`missing`: why there are neither decoder neighbours nor a map, "" where there are."""

    neurons: int
    missing: str


@dataclass(frozen=True, slots=True)
class SimilarTo:
    """The neurons most like one; None where that kind was not computed, `missing` says why in a sentence."""

    neuron: int
    decoder: list[Alike] | None
    together: list[Alike] | None
    missing: str


@dataclass(frozen=True, slots=True)
class NeuronMap:
    """`places` float32 [n, 2], NaN for a neuron without a place; None where there is no map, and `missing`
    says why in a sentence, "" where it was not tried."""

    places: NDArray[np.float32] | None
    missing: str


def similar_to(project: Project, neuron: int) -> SimilarTo:
    """What is kept about neurons like this one."""
    table = SimilarTable(project.database)
    decoder, shared = table.of(Likeness.DECODER, neuron), table.of(Likeness.TOGETHER, neuron)
    return SimilarTo(neuron, decoder, shared, _missing(project))


def neuron_map(project: Project) -> NeuronMap:
    """Where the neurons stand."""
    places = SimilarTable(project.database).map()
    if places is not None and len(places) != project.neurons.count():
        places = None
    return NeuronMap(places, _missing(project))


def similar_spec(project: Project) -> SimilarSpec:
    """The SAE of the project's extraction. Raises `UserError` where there was none."""
    sae = provenance(project).get("sae")
    if not isinstance(sae, dict) or project.neurons.count() == 0:
        raise UserError(NO_NEURONS)
    return SimilarSpec(str(sae.get("source", "")), sae.get("hookpoint"), sae.get("revision"))


def similar_step(folder: Path, spec: SimilarSpec | None = None) -> Step:
    """Neighbours and map of every neuron that fired; without a spec, by the SAE of the extraction."""
    bundle = folder / "similar.bundle"

    def prepare(project: Project) -> tuple[Any, ...]:
        wanted = spec or similar_spec(project)
        with plain_disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        snapshot = folder / "similar-snapshot.bundle"
        project.snapshot(snapshot)
        return (wanted, snapshot, bundle)

    def finish(project: Project, _result: SimilarResult) -> Changes:
        _take_over(project, bundle)
        return Changes()

    return Step("Finding similar neurons", prepare, run_similar, finish)


def run_similar(spec: SimilarSpec, snapshot: Path, bundle: Path, ctx: Context) -> SimilarResult:
    """`similar`; the snapshot, a whole copy of the project, is gone afterwards."""
    try:
        return similar(spec, snapshot, bundle, ctx)
    finally:
        with suppress(OSError):
            snapshot.unlink()


def similar(spec: SimilarSpec, snapshot: Path, bundle: Path, ctx: Context) -> SimilarResult:
    """Write neighbours by both measures and the map into `bundle`, a new file.

    Where the SAE is not on this machine, only what the examples tell is written, and the result says so.
    Raises `Cancelled`; `DiskFullError`.
    """
    bundle.unlink(missing_ok=True)
    with Project.open(snapshot) as project, Project.create(bundle, bundle=True) as out:
        live = np.fromiter(live_neurons(project), np.int64)
        table = SimilarTable(out.database)
        run = out.runs.start("similar", asdict(spec))
        table.write(Likeness.TOGETHER, together(project, spec.count, ctx))
        missing = ""
        try:
            sae = _load(spec, project, ctx)
        except (ModelError, NetworkError) as error:
            missing = str(error)
            ctx.log(f"No decoder neighbours and no map: {missing}")
        else:
            _by_decoder(spec, sae, live, table, ctx)
        out.runs.finish(run, {"neurons": len(live), "missing": missing})
    return SimilarResult(len(live), missing)


def _by_decoder(
    spec: SimilarSpec, sae: Sae, live: NDArray[np.int64], table: SimilarTable, ctx: Context
) -> None:
    import torch

    from models.similar import cosine_nearest, layout, principal_plane

    def tell(text: str) -> Any:
        def say(done: int, total: int) -> None:
            ctx.report(done, total, text)
            ctx.check()

        return say

    rows = torch.from_numpy(live).to(sae.device)
    near = cosine_nearest(sae.decoder, rows, spec.count, tell("Comparing decoder vectors"))
    n, shape = sae.num_latents, (sae.num_latents, spec.count)
    index, value = np.full(shape, -1, np.int32), np.zeros(shape, np.float32)
    numbers = np.append(live, -1).astype(np.int32)  # place -1 stays -1
    index[live], value[live] = numbers[near.index], near.cosine
    table.write(Likeness.DECODER, Neighbours(index, value, np.zeros(shape, np.int32)))
    ctx.report(0, 1, "Laying out the map")
    start = principal_plane(sae.decoder, rows, spec.seed)
    places = np.full((n, 2), np.nan, np.float32)
    told = tell("Laying out the map")
    places[live] = layout(start, near.index[:, : spec.linked], spec.seed, spec.steps, told)
    table.write_map(places)


def _load(spec: SimilarSpec, project: Project, ctx: Context) -> Sae:
    """The SAE, if it is the one the neurons were extracted with. Raises `ModelError` or `NetworkError`."""
    import torch

    from models.sae import load_sae

    ctx.report(0, 1, "Loading the SAE")
    device = spec.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    sae = load_sae(spec.source, spec.hookpoint, spec.revision, device, formats=sae_formats())
    if sae.num_latents != project.neurons.count():
        latents = f"{sae.num_latents:,} latents, not {project.neurons.count():,}"
        raise ModelError(OTHER_SAE.format(latents))
    recorded = provenance(project).get("sae") or {}
    hashes = (recorded.get("provenance") or {}).get("files")
    if hashes and sae.provenance.get("files") and hashes != sae.provenance["files"]:
        raise ModelError(OTHER_SAE.format("its files have changed"))
    return sae


def _take_over(project: Project, bundle: Path) -> None:
    with Project.open(bundle) as source:
        SimilarTable(source.database).copy_to(SimilarTable(project.database))
        project.runs.write(source.runs.all())
    bundle.unlink(missing_ok=True)


def _missing(project: Project) -> str:
    """Why the last run could not compare decoder vectors; "" after another extraction."""
    run, extraction = project.runs.last("similar"), project.runs.last("extract")
    if run is None or run.summary is None or (extraction is not None and extraction.started > run.started):
        return ""
    return str(run.summary.get("missing", ""))
