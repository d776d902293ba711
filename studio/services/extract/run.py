"""One pass over the data: what every latent of an SAE fires on, written to a bundle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from studio.domain.context import Context
from studio.domain.errors import Cancelled, DataError
from studio.domain.sample import Sample, Skipped
from studio.domain.specs import ExtractSpec
from studio.services.data import read_samples
from studio.services.extract.bundle import WorkingBundle, open_again
from studio.services.extract.checkpoint import ExtractCheckpoint, ExtractProgress, spec_key
from studio.services.extract.networks import load_networks
from studio.services.extract.survey import say_left_out, survey
from studio.services.memory import fitted
from studio.services.sources import PictureCache
from studio.services.spec_checks import check_extract
from studio.services.versions import model_record, versions
from studio.storage.project import Project

if TYPE_CHECKING:
    from models.activations import Encoded
    from models.sae import Sae
    from models.topk import TopExamples
    from models.vlm import Vlm

#: Seconds between checkpoints; more when writing one takes long.
CHECKPOINT_EVERY = 60.0
#: A checkpoint may take this share of the time.
CHECKPOINT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """`bundle` holds everything; the numbers are for a summary. `live` latents fired at least once."""

    bundle: Path
    samples: int
    skipped: int
    neurons: int
    live: int
    seconds: float


def extract(spec: ExtractSpec, bundle: Path, ctx: Context) -> ExtractResult:
    """Run the model over the data up to the layer, encode every token, and keep what METHOD 1 says.

    The result does not depend on `spec.batch_size`. A run that was stopped goes on from its checkpoint,
    beside `bundle`, when it is started again with the same spec; `bundle` appears only when it is whole.
    Samples that cannot be read are left out and listed in it. Raises `DataError`, `ModelError`, `LayerError`,
    `WidthError`, `SaeFormatError`, `NetworkError`, `DiskFullError` and `Cancelled`.
    """
    check_extract(spec)
    total, unread = survey(spec.data, ctx)
    ctx.report(0, total, "Loading the model and the SAE")
    spec = fitted(spec, ctx)
    vlm, sae = load_networks(spec, ctx)
    checkpoint = ExtractCheckpoint(bundle, spec_key(spec, vlm.revision, sae.provenance, total))
    run = _Run(spec, vlm, sae, checkpoint, ctx, total)
    run.go_on()
    return run.finish(unread)


class _Run:
    """The state of one extraction in this process."""

    def __init__(
        self, spec: ExtractSpec, vlm: Vlm, sae: Sae, checkpoint: ExtractCheckpoint, ctx: Context, total: int
    ) -> None:
        self.spec, self.vlm, self.sae, self.ctx, self.total = spec, vlm, sae, ctx, total
        self.checkpoint = checkpoint
        self.examples, self.progress, self.working = self._begin()
        self.pictures = PictureCache()
        self._saved, self._saving = time.monotonic(), 0.0

    def _begin(self) -> tuple[TopExamples, ExtractProgress, WorkingBundle]:
        from models.topk import TopExamples

        found = self.checkpoint.load()
        working = found and open_again(self.checkpoint.working)
        if found and working:
            self.ctx.log(f"Going on after {found[1].done} samples that were done before.")
            return *found, working
        self.checkpoint.clear()
        spec = self.spec
        fresh = TopExamples(self.sae.num_latents, spec.top, spec.quantile, spec.silent, spec.rank, spec.seed)
        return fresh, ExtractProgress(), WorkingBundle(Project.create(self.checkpoint.working, bundle=True))

    def go_on(self) -> None:
        """Take in the samples that are left; on cancel, keep what was done."""
        try:
            for encoded in self._encoded():
                self._take(encoded)
                self._report()
                if time.monotonic() - self._saved > max(CHECKPOINT_EVERY, self._saving / CHECKPOINT_SHARE):
                    self._save()
        except Cancelled:
            self._save()
            self.working.close()
            raise
        except BaseException:
            self.working.close()
            raise

    def _encoded(self) -> Iterator[Encoded]:
        from models.activations import stream

        left: Iterator[Sample] = islice(read_samples(self.spec.data), self.progress.done, None)
        spec = self.spec
        return stream(self.vlm, left, spec.layer, spec.batch_size, self.ctx, self.pictures.open)

    def _take(self, encoded: Encoded) -> None:
        """Encode a batch and add its samples, each to the statistics and, if it may be shown, to the file."""
        started = time.monotonic()
        for skipped in encoded.skipped:
            self.progress.skipped.append(skipped)
            self.pictures.forget(skipped.id)
        if encoded.samples:
            self._take_samples(encoded)
        self.progress.done += len(encoded.samples) + len(encoded.skipped)
        self.progress.encode_seconds += time.monotonic() - started

    def _take_samples(self, encoded: Encoded) -> None:
        from models.sae.parts import encode_in_parts

        code = encode_in_parts(self.sae, encoded.vectors()[0])
        indices, values = code.indices.cpu().numpy(), code.values.cpu().numpy()
        at = 0
        with self.working.transaction():
            for sample in encoded.samples:
                middle = at + len(sample.image)
                end = middle + len(sample.text)
                image = indices[at:middle], values[at:middle]
                text = indices[middle:end], values[middle:end]
                if self.examples.add(sample.sample.id, middle - at, end - middle, image, text):
                    self.working.add(sample, self.pictures.stored(sample.sample))
                self.pictures.forget(sample.sample.id)
                at = end

    def _report(self) -> None:
        self.ctx.report(self.progress.done, self.total, "Extracting activations")
        self.ctx.check()

    def _save(self) -> None:
        started = time.monotonic()
        self.progress.seconds += started - self._saved
        self.checkpoint.save(self.examples, self.progress)
        self.working.shrink(self.examples.live_ids())
        self._saved = time.monotonic()
        self._saving = self._saved - started

    def finish(self, unread: list[Skipped]) -> ExtractResult:
        """Write what was kept and give the bundle its name."""
        skipped = [*unread, *self.progress.skipped]
        if not self.examples.samples:
            self._give_up(skipped)
        stats = self.examples.stats()
        summary = self._summary(skipped, int(stats.live.sum()))
        try:
            self.ctx.report(self.total, self.total, "Writing the examples")
            self.working.write(self.examples, skipped, self.config(), summary, self.ctx)
        except Cancelled:
            self._save()
            raise
        finally:
            self.working.close()
        self.checkpoint.finish()
        say_left_out(skipped, self.ctx)
        return ExtractResult(
            self.checkpoint.bundle,
            self.examples.samples,
            len(skipped),
            self.sae.num_latents,
            summary["live"],
            self._seconds(),
        )

    def _give_up(self, skipped: list[Skipped]) -> NoReturn:
        """Nothing could be read: there is no result, and nothing to go on with."""
        self.working.close()
        self.checkpoint.clear()
        raise DataError(
            f"None of the {len(skipped)} samples of “{self.spec.data.source}” can be used. "
            f"The first, {skipped[0].id}: {skipped[0].reason}"
        )

    def config(self) -> dict[str, Any]:
        """What the run record says was asked for, with what it turned out to be. JSON."""
        found = asdict(self.spec)
        found["model"] = model_record(self.spec.model, self.vlm)
        found["sae"] |= {"provenance": self.sae.provenance, "config": asdict(self.sae.config)}
        return found | {"versions": versions()}

    def _seconds(self) -> float:
        """Time spent, in this process and in those before it."""
        return self.progress.seconds + time.monotonic() - self._saved

    def _summary(self, skipped: list[Skipped], live: int) -> dict[str, Any]:
        image, text = self.examples.totals
        return {
            "samples": self.examples.samples,
            "skipped": len(skipped),
            "image_tokens": image.total_tokens,
            "text_tokens": text.total_tokens,
            "neurons": self.sae.num_latents,
            "live": live,
            "seconds": round(self._seconds(), 3),
            "encode_seconds": round(self.progress.encode_seconds, 3),
        }
