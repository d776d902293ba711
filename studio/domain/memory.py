"""Will it fit? What a run needs in memory against what is free: arithmetic alone, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

GB = 1e9
#: Bytes of one number, by number format.
BYTES: Mapping[str, float] = MappingProxyType({"float32": 4, "bfloat16": 2, "float16": 2})
#: Bytes of one quantized weight; 4 bits keep a float32 scale for every 64 weights.
QUANTIZED: Mapping[str, float] = MappingProxyType({"8bit": 1, "4bit": 0.5 + 4 / 64})
#: Share of the free memory that a plan may fill: allocators waste some, and other programs live, too.
USABLE = 0.95
#: Buffers that are there whatever the batch: encoding, hidden vectors put back in order, PyTorch itself.
BUFFERS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """Free bytes: of main memory, and of each GPU by its device name ("cuda:0"), as of now. `quantizes` and
    `spreads`: what can be done here besides."""

    main: int
    gpus: Mapping[str, int]
    quantizes: bool = False
    spreads: bool = False

    def free(self, device: str) -> int:
        """Free bytes where `device` keeps its numbers."""
        return self.gpus.get("cuda:0" if device == "cuda" else device, self.main)


@dataclass(frozen=True, slots=True)
class Form:
    """How a model is kept: where, in which number format, quantized ("" for not), spread over all devices
    ("auto") or not ("")."""

    device: str
    dtype: str
    quantize: str = ""
    device_map: str = ""

    def __str__(self) -> str:
        bits = {"4bit": " in 4 bits", "8bit": " in 8 bits"}.get(self.quantize, "")
        return f"{'all devices' if self.device_map else self.device} as {self.dtype}{bits}"

    @property
    def options(self) -> str:
        """As it is asked for on the command line."""
        more = f" --quantize {self.quantize}" if self.quantize else ""
        more += f" --device-map {self.device_map}" if self.device_map else ""
        return f"--device {self.device} --dtype {self.dtype}{more}"


@dataclass(frozen=True, slots=True)
class Needs:
    """`parameters` of the model, of which `linear` can be quantized; `alive` numbers a sample at the widest
    point of a layer; `sae` bytes in float32 with whatever training keeps beside the weights."""

    parameters: int
    alive: int
    sae: int
    linear: int = 0

    def bytes(self, dtype: str, batch_size: int, quantize: str = "") -> int:
        """All of it, for the model in `dtype`."""
        return self.weights(dtype, quantize) + self.sae + self.activations(dtype, batch_size) + BUFFERS

    def weights(self, dtype: str, quantize: str = "") -> int:
        each = QUANTIZED.get(quantize, BYTES[dtype])
        return round((self.parameters - self.linear) * BYTES[dtype] + self.linear * each)

    def activations(self, dtype: str, batch_size: int) -> int:
        return round(self.alive * BYTES[dtype]) * batch_size


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """One way to run: in which form, how many samples at once (0: not even one fits)."""

    form: Form
    batch_size: int
    needs: Needs
    free: int

    @property
    def fits(self) -> bool:
        return self.batch_size > 0

    @property
    def total(self) -> int:
        """Bytes needed for this batch, or for a single sample where none fits."""
        return self.needs.bytes(self.form.dtype, max(1, self.batch_size), self.form.quantize)

    def line(self) -> str:
        """For people."""
        n, form, size = self.needs, self.form, max(1, self.batch_size)
        parts = f"weights {gb(n.weights(form.dtype, form.quantize))}, SAE {gb(n.sae)}, "
        parts += f"{size} sample{'s' * (size > 1)} at once {gb(n.activations(form.dtype, size))}"
        verdict = "" if self.fits else ": too little"
        return f"Memory on {form}: {gb(self.total)} needed ({parts}), {gb(self.free)} free{verdict}."


def gb(count: float) -> str:
    """Bytes for people."""
    return f"{count / GB:.1f} GB" if count >= GB / 20 else f"{count / 1e6:.0f} MB"


def make_plan(needs: Needs, machine: Machine, form: Form, batch_size: int) -> MemoryPlan:
    """The largest batch up to `batch_size`, halved as often as needed, that fits in this form."""
    free, size = _free(machine, form), batch_size
    # Weights pass through main memory on their way to a GPU.
    passes = form.device_map or form.device in ("cpu", "mps")
    passes = passes or needs.weights(form.dtype, form.quantize) <= USABLE * machine.main
    while size and not (passes and needs.bytes(form.dtype, size, form.quantize) <= USABLE * free):
        size //= 2
    return MemoryPlan(form, size, needs, free)


def _free(machine: Machine, form: Form) -> int:
    return machine.main + sum(machine.gpus.values()) if form.device_map else machine.free(form.device)


def other_plans(needs: Needs, machine: Machine, asked: Form, batch_size: int) -> Iterator[MemoryPlan]:
    """Other ways that fit: exact ones before quantized ones, and of both the fastest first (GPUs before main
    memory, the number format asked for first, spread over all devices last)."""
    for form in dict.fromkeys((*_exact(machine, asked), *_quantized(machine))):
        plan = make_plan(needs, machine, form, batch_size)
        if plan.fits and form != asked:
            yield plan


def _exact(machine: Machine, asked: Form) -> Iterator[Form]:
    for place in (*machine.gpus, "cpu"):
        wanted = (asked.dtype, "bfloat16" if place != "cpu" else "float32", "bfloat16")
        yield from (Form(place, dtype) for dtype in wanted)
    if machine.spreads and machine.gpus:
        yield Form("auto", "bfloat16", device_map="auto")


def _quantized(machine: Machine) -> Iterator[Form]:
    if machine.quantizes:
        for place in (*machine.gpus, "cpu"):
            dtype = "float32" if place == "cpu" else "bfloat16"
            yield from (Form(place, dtype, quantize) for quantize in QUANTIZED)
