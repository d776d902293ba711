"""Will it fit? What a run needs in memory against what is free: arithmetic alone, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

GB = 1e9
#: Bytes of one number, by number format.
BYTES: Mapping[str, float] = MappingProxyType({"float32": 4, "bfloat16": 2, "float16": 2})
#: Share of the free memory that a plan may fill: allocators waste some, and other programs live, too.
USABLE = 0.95
#: Buffers that are there whatever the batch: encoding, hidden vectors put back in order, PyTorch itself.
BUFFERS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """Free bytes: of main memory, and of each GPU by its device name ("cuda:0"), as of now."""

    main: int
    gpus: Mapping[str, int]

    def free(self, device: str) -> int:
        """Free bytes where `device` keeps its numbers."""
        return self.gpus.get("cuda:0" if device == "cuda" else device, self.main)


@dataclass(frozen=True, slots=True)
class Needs:
    """`parameters` of the model; `alive` numbers a sample at the widest point of a layer; `sae` bytes in
    float32 with whatever training keeps beside the weights."""

    parameters: int
    alive: int
    sae: int

    def bytes(self, dtype: str, batch_size: int) -> int:
        """All of it, for the model in `dtype`."""
        return self.weights(dtype) + self.sae + self.activations(dtype, batch_size) + BUFFERS

    def weights(self, dtype: str) -> int:
        return round(self.parameters * BYTES[dtype])

    def activations(self, dtype: str, batch_size: int) -> int:
        return round(self.alive * BYTES[dtype]) * batch_size


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """One way to run: where, in which number format, how many samples at once (0: not even one fits)."""

    device: str
    dtype: str
    batch_size: int
    needs: Needs
    free: int

    @property
    def fits(self) -> bool:
        return self.batch_size > 0

    @property
    def total(self) -> int:
        """Bytes needed for this batch, or for a single sample where none fits."""
        return self.needs.bytes(self.dtype, max(1, self.batch_size))

    def line(self) -> str:
        """For people."""
        n, size = self.needs, max(1, self.batch_size)
        parts = f"weights {gb(n.weights(self.dtype))}, SAE {gb(n.sae)}, "
        parts += f"{size} sample{'s' * (size > 1)} at once {gb(n.activations(self.dtype, size))}"
        verdict = "" if self.fits else ": too little"
        return (
            f"Memory on {self.device} as {self.dtype}: {gb(self.total)} needed ({parts}), "
            f"{gb(self.free)} free{verdict}."
        )


def gb(count: float) -> str:
    """Bytes for people."""
    return f"{count / GB:.1f} GB" if count >= GB / 20 else f"{count / 1e6:.0f} MB"


def make_plan(needs: Needs, machine: Machine, device: str, dtype: str, batch_size: int) -> MemoryPlan:
    """The largest batch up to `batch_size`, halved as often as needed, that fits on `device` as `dtype`."""
    free, size = machine.free(device), batch_size
    # Weights pass through main memory on their way to a GPU.
    passes = device in ("cpu", "mps") or needs.weights(dtype) <= USABLE * machine.main
    while size and not (passes and needs.bytes(dtype, size) <= USABLE * free):
        size //= 2
    return MemoryPlan(device, dtype, size, needs, free)


def other_plans(
    needs: Needs, machine: Machine, device: str, dtype: str, batch_size: int
) -> Iterator[MemoryPlan]:
    """Other ways that fit, the fastest first: GPUs before main memory, the number format asked for first."""
    for place in (*machine.gpus, "cpu"):
        for form in dict.fromkeys((dtype, "bfloat16" if place != "cpu" else "float32", "bfloat16")):
            plan = make_plan(needs, machine, place, form, batch_size)
            if plan.fits and (place, form) != (device, dtype):
                yield plan
