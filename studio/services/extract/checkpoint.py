"""What an extraction leaves beside its bundle, so that it can go on after a crash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.sample import Skipped
from studio.domain.specs import ExtractSpec
from studio.services.disk import no_leftover, plain_disk_errors, read_json, write_json

if TYPE_CHECKING:
    from models.topk import TopExamples

#: Parts of a spec that change how a run goes, not what comes out.
WITHOUT_EFFECT = ("batch_size", "force")


def spec_key(spec: ExtractSpec, revision: str | None, sae: Mapping[str, Any], total: int) -> str:
    """A checkpoint is for runs with the same key: spec, revision, SAE file and number of samples."""
    asked = {name: value for name, value in asdict(spec).items() if name not in WITHOUT_EFFECT}
    for place in ("device", "device_map"):
        asked["model"].pop(place)
    text = json.dumps([asked, revision, dict(sae), total], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class ExtractProgress:
    """How far a run is: samples taken from the data (`done`), those left out, seconds spent."""

    done: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    seconds: float = 0.0
    encode_seconds: float = 0.0


class ExtractCheckpoint:
    """Files beside `bundle`: BUNDLE.part (the samples so far, a bundle in the making) and the folder
    BUNDLE.checkpoint with the kept examples and `progress.json`, which is written last and names them."""

    def __init__(self, bundle: Path, key: str) -> None:
        self.bundle, self.key = bundle, key
        self.working = bundle.with_name(bundle.name + ".part")
        self.folder = bundle.with_name(bundle.name + ".checkpoint")

    def load(self) -> tuple[TopExamples, ExtractProgress] | None:
        """The state of an earlier run with the same key, or None when there is none that can be read."""
        from models.topk import TopExamples

        about = read_json(self.folder / "progress.json")
        if not isinstance(about, dict) or about.get("key") != self.key or not self.working.is_file():
            return None
        try:
            examples = TopExamples.load(self.folder / str(about["examples"]))
            skipped = [Skipped(*pair) for pair in about["skipped"]]
            progress = ExtractProgress(about["done"], skipped, about["seconds"], about["encode_seconds"])
        except (ValueError, KeyError, TypeError):
            return None
        return examples, progress

    def save(self, examples: TopExamples, progress: ExtractProgress) -> None:
        """Keep the state; an interrupted save leaves the one before it. Raises `DiskFullError`."""
        name = f"examples-{progress.done}.npz"
        with plain_disk_errors(self.folder), no_leftover(self.folder / f"{name}.part"):
            self.folder.mkdir(parents=True, exist_ok=True)
            examples.save(self.folder / name)
        about = asdict(progress) | {"key": self.key, "examples": name}
        about["skipped"] = [[s.id, s.reason] for s in progress.skipped]
        write_json(self.folder / "progress.json", about)
        for old in self.folder.glob("examples-*"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what an earlier run left."""
        with plain_disk_errors(self.bundle):
            shutil.rmtree(self.folder, ignore_errors=True)
            for suffix in ("", "-wal", "-shm", "-journal"):
                self.working.with_name(self.working.name + suffix).unlink(missing_ok=True)
            self.bundle.parent.mkdir(parents=True, exist_ok=True)

    def finish(self) -> None:
        """The bundle is whole: give it its name."""
        with plain_disk_errors(self.bundle):
            os.replace(self.working, self.bundle)
            shutil.rmtree(self.folder, ignore_errors=True)
