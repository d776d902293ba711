"""Reads the data through the model into a bounded store of vectors, round after round."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.context import Context
from studio.domain.errors import DataError
from studio.domain.sample import Sample
from studio.domain.specs import TrainSpec
from studio.services.data import read_samples
from studio.services.disk import plain_disk_errors, read_json, write_json
from studio.services.sources import PictureCache
from studio.services.train.vectors import SIDES, VectorStore

if TYPE_CHECKING:
    from models.activations import Encoded
    from models.vlm import Vlm

#: Bytes of vectors on disk at a time, and of held-out vectors; never more than half of what is free.
STORE_BYTES = 4 * 2**30
HELD_BYTES = 256 * 2**20


def is_held_out(sample: Sample, spec: TrainSpec) -> bool:
    """Whether a sample is kept out of training. Samples of one picture stay together, because their image
    tokens are the same. Wherever the data set's folder lies, the same samples are held out."""
    name = _picture_name(sample, Path(spec.data.source))
    key = b"held out %d" % spec.seed
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "little") < spec.held_out * 2**64


def _picture_name(sample: Sample, source: Path) -> str:
    """The first picture's path within the data set, or its bytes; without a picture, the sample's id."""
    image = sample.images[0] if sample.images else None
    if image is None:
        return repr(sample.id)
    if image.path is None:
        return hashlib.sha256(image.data or b"").hexdigest()
    root = (source if source.is_dir() else source.parent).absolute()
    path = image.path.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


class Reading:
    """The store of one training in `folder`. `manifest.json` says what a whole round holds.

    Round 0 begins at the first sample. When all data fit, that is the only round; else the next one begins
    where the last ended, from the front again after the end of the data.
    """

    def __init__(self, folder: Path, spec: TrainSpec, vlm: Vlm, key: str, total: int, ctx: Context) -> None:
        self.folder, self.spec, self.vlm, self.ctx, self.total = folder, spec, vlm, ctx, total
        self._key = key
        width, dtype = vlm.hidden_size, "float32" if str(vlm.dtype) == "torch.float32" else "float16"
        with plain_disk_errors(folder):
            self.training = VectorStore(folder, "training", width, dtype)
            self.held_out = VectorStore(folder, "held-out", width, dtype)
        row = width * (4 if dtype == "float32" else 2)
        self._most = max(1, min(STORE_BYTES, self._room()) // row)
        self._most_held = max(1, HELD_BYTES // row // len(SIDES))

    def round(self, number: int, start: int) -> dict[str, Any]:
        """Make sure that the store holds round `number`, whose first sample is `start`; its manifest.

        Keys: `stop` (the first sample of the next round), `ended` (the data end here), `rows`, `held_out`
        (rows by side), `skipped`.
        """
        known = self._manifest()
        whole = known.get("rows") == self.training.rows()
        if whole and known.get("round") == number and known.get("start") == start:
            return known
        held = known.get("held_out", dict.fromkeys(SIDES, 0)) if number else dict.fromkeys(SIDES, 0)
        self.training.cut(dict.fromkeys(SIDES, 0))
        self.held_out.cut(held)
        first_pass = known.get("first_pass", True) if number else True
        found = self._read(start, first_pass)
        manifest = {"key": self._key, "round": number, "start": start, **found}
        manifest |= {"rows": self.training.rows(), "held_out": self.held_out.rows()}
        manifest["first_pass"] = first_pass and not found["ended"]
        write_json(self.folder / "manifest.json", manifest)
        return manifest

    def remove(self) -> None:
        """Delete the store, and the folder around it when nothing else is in there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def _manifest(self) -> dict[str, Any]:
        found = read_json(self.folder / "manifest.json")
        return found if isinstance(found, dict) and found.get("key") == self._key else {}

    def _read(self, start: int, first_pass: bool) -> dict[str, Any]:
        stop, skipped, rows = start, 0, 0
        for encoded in self._encoded(start):
            rows += self._keep(encoded, first_pass)
            stop += len(encoded.samples) + len(encoded.skipped)
            skipped += len(encoded.skipped)
            for left_out in encoded.skipped:
                self.ctx.log(f"Left out {left_out.id}: {left_out.reason}")
            self.ctx.report(stop, self.total, "Reading activations")
            self.ctx.check()
            if rows >= min(self._most, self.spec.tokens) and stop < self.total:
                return {"stop": stop, "ended": False, "skipped": skipped}
        if not rows and not start:
            self.remove()
            raise DataError("No sample of the data set gives vectors to train on. Check its pictures.")
        return {"stop": stop, "ended": True, "skipped": skipped}

    def _encoded(self, start: int) -> Iterator[Encoded]:
        from models.activations import stream

        pictures = PictureCache()
        samples: Iterator[Sample] = islice(read_samples(self.spec.data), start, None)
        spec = self.spec
        for encoded in stream(self.vlm, samples, spec.layer, spec.batch_size, self.ctx, pictures.open):
            pictures.clear()
            yield encoded

    def _keep(self, encoded: Encoded, first_pass: bool) -> int:
        rows = 0
        with plain_disk_errors(self.folder):
            for sample in encoded.samples:
                image, text = sample.image.cpu().numpy(), sample.text.cpu().numpy()
                if is_held_out(sample.sample, self.spec):
                    if first_pass and max(self.held_out.rows().values()) < self._most_held:
                        self.held_out.append(image, text)
                    continue
                self.training.append(image, text)
                rows += len(image) + len(text)
        return rows

    def _room(self) -> int:
        with plain_disk_errors(self.folder):
            return shutil.disk_usage(self.folder).free // 2
