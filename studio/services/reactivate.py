"""Erase-to-verify: a neuron's activation on a sample with regions or words taken out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.domain.context import Context, Quiet
from studio.domain.errors import DataError
from studio.domain.evidence import StoredSample
from studio.domain.sample import ImageSource, Turn
from studio.domain.specs import CausalSpec, DataSpec, ExtractSpec
from studio.services.causal_lines import percent
from studio.services.extract.networks import load_networks
from studio.services.pictures import load_picture

if TYPE_CHECKING:
    from PIL.Image import Image

    from models.erase import TokenActivations
    from models.pictures import Hiding
    from models.sae import Sae
    from models.vlm import Vlm


@dataclass(frozen=True, slots=True)
class Edits:
    """What is taken out: regions (x0, y0, x1, y1 in pixels of the original picture that the sample shows),
    hidden by `how`, and text tokens by their place in `StoredSample.tokens`."""

    boxes: tuple[tuple[float, float, float, float], ...] = ()
    how: Hiding = "blur"
    struck: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reactivation:
    """One neuron on the edited sample. `image` float32 [n_img] in the order of `StoredSample.boxes`; `text`
    float32 of `tokens`, the edited text's own (neighbours of a struck token may be cut otherwise). `before`
    and `after`: mean per image token, mean per text token, of the sample as it is and as edited; both with
    the stored picture."""

    image: NDArray[np.float32]
    text: NDArray[np.float32]
    tokens: tuple[str, ...]
    before: tuple[float, float]
    after: tuple[float, float]


def change_sentence(found: Reactivation) -> str:
    """Before and after, for each side that fires in one of them: "On the image: 0.214 before, 0.012 now: 6 %
    stays." """
    names = ("On the image", "On the text")
    said = [_change(*row) for row in zip(names, found.before, found.after, strict=True) if max(row[1:]) > 0]
    return " ".join(said) or "The neuron does not fire on this sample."


def _change(name: str, before: float, after: float) -> str:
    if before <= 0:
        return f"{name}: silent before, {after:.3g} now."
    return f"{name}: {before:.3g} before, {after:.3g} now: {percent(after / before)} stays."


class Reactivator:
    """Networks that stay loaded from edit to edit, and the unedited runs of the last samples.

    Lives where torch is. `reactivate` takes about one forward pass; the first of a sample takes two.
    """

    REMEMBERED = 32

    def __init__(self, spec: CausalSpec, ctx: Context) -> None:
        self._spec = spec
        found = load_networks(ExtractSpec(spec.model, DataSpec(""), spec.layer, spec.sae), ctx)
        self._vlm: Vlm = found[0]
        self._sae: Sae = found[1]
        self._plain: OrderedDict[tuple[str, int], TokenActivations] = OrderedDict()

    def reactivate(
        self, sample: StoredSample, jpegs: Sequence[bytes], neuron: int, edits: Edits
    ) -> Reactivation:
        """Run `sample` with `edits`. `jpegs` are its stored pictures, as `all_pictures` has them.

        Raises `DataError` for a neuron or token that is not there, and for a sample the model cannot read.
        """
        from models.erase import erase

        if not 0 <= neuron < self._sae.num_latents:
            raise DataError(f"There is no neuron {neuron} in this SAE.")
        images = sized_pictures(jpegs, sample)
        before, place = self._unedited(sample, images, neuron), sample.shown_place
        edited = [erase(i, edits.boxes, edits.how) if n == place else i for n, i in enumerate(images)]
        after = self._run(edited, strike(sample, edits.struck), neuron)
        return Reactivation(after.image, after.text, after.tokens, _means(before), _means(after))

    def _unedited(self, sample: StoredSample, images: Sequence[Image], neuron: int) -> TokenActivations:
        key = (sample.id, neuron)
        if key not in self._plain:
            self._plain[key] = self._run(images, sample.turns, neuron)
            while len(self._plain) > self.REMEMBERED:
                self._plain.popitem(last=False)
        return self._plain[key]

    def _run(self, images: Sequence[Image], turns: tuple[Turn, ...], neuron: int) -> TokenActivations:
        from models.erase import activations

        return activations(self._vlm, self._sae, self._spec.layer, neuron, images, turns)


def reactivate(
    spec: CausalSpec, sample: StoredSample, jpegs: Sequence[bytes], neuron: int, edits: Edits, ctx: Context
) -> Reactivation:
    """`Reactivator.reactivate` as a job: the networks stay loaded in the process from one call to the next,
    until another model or SAE is asked for."""
    return _warm(spec, _stamp(spec.sae.source)).reactivate(sample, jpegs, neuron, edits)


@lru_cache(maxsize=1)
def _warm(spec: CausalSpec, _files: tuple[tuple[str, int], ...]) -> Reactivator:
    return Reactivator(spec, Quiet())


def _stamp(source: str) -> tuple[tuple[str, int], ...]:
    """The files of a folder and when they were written: an SAE trained anew is another one."""
    files = Path(source).rglob("*") if Path(source).is_dir() else ()
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files if path.is_file()))


def strike(sample: StoredSample, struck: Collection[int]) -> tuple[Turn, ...]:
    """The turns of `sample` without some of its text tokens; untouched turns stay letter for letter.

    Raises `DataError` for a place that is not one of its tokens."""
    if not struck:
        return sample.turns
    if min(struck) < 0 or max(struck) >= len(sample.tokens):
        raise DataError(f"The sample {sample.id} has {len(sample.tokens)} text tokens.")
    turns, at = [], 0
    for turn in sample.turns:
        end = _end_of(sample.tokens, at, turn.text)
        kept = "".join(piece for i, piece in enumerate(sample.tokens[at:end], at) if i not in struck)
        touched = any(at <= place < end for place in struck)
        turns.append(_rewritten(turn, kept.strip()) if touched else turn)
        at = end
    return tuple(turns)


def _rewritten(turn: Turn, text: str) -> Turn:
    """The turn with less text; its pictures stand about where they stood."""
    share = len(text) / max(len(turn.text), 1)
    return Turn(turn.role, text, tuple(min(round(place * share), len(text)) for place in turn.pictures))


def _end_of(tokens: tuple[str, ...], start: int, text: str) -> int:
    """Where a turn's tokens end: when their visible characters are those of its text. Empty pieces belong to
    the character before them."""
    wanted, end = _visible(text), start
    while end < len(tokens) and wanted > 0:
        wanted -= _visible(tokens[end])
        end += 1
    while end < len(tokens) and not tokens[end] and end > start:
        end += 1
    return end


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)


def sized_pictures(jpegs: Sequence[bytes], sample: StoredSample) -> tuple[Image, ...]:
    """The stored pictures at the sizes of the originals, where the boxes of the tokens hold."""
    sizes = [(picture.width, picture.height) for picture in sample.all_pictures]
    return tuple(_sized(jpeg, size) for jpeg, size in zip(jpegs, sizes, strict=True))


def _sized(jpeg: bytes, size: tuple[int, int]) -> Image:
    image = load_picture(ImageSource(data=jpeg))
    return image if image.size == size or 0 in size else image.resize(size)


def _means(found: TokenActivations) -> tuple[float, float]:
    image, text = (float(part.mean()) if len(part) else 0.0 for part in (found.image, found.text))
    return image, text
