"""What extraction costs beside the bare forward to the layer. Prints times and one ratio (to be <= 1.10).

    python tests/benchmarks/bench_extraction.py [--model FOLDER] [--layer L] [--rounds 11] [--batch 4]

Without --model a LLaVA-NeXT of random weights is made (decoder 256 x 8 layers). `ours` is `Vlm.hidden` on a
prepared batch plus the gathering of image and text vectors that `models.activations` does; `bare` is the
model's own forward on the same inputs with every decoder layer above L, the final norm and the head removed.
Rounds alternate between the two; the ratio is of the medians, of CPU seconds of one thread (of wall time on a
GPU). `stream` is the whole way from pictures in memory (processor, template, token maps), for information.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

import numpy as np
import torch
from PIL import Image
from torch import nn

from models.activations import encoded, stream
from models.vlm import Batch, Vlm, load_vlm
from studio.domain.context import Quiet
from studio.domain.sample import ImageSource, Sample, Turn
from studio.domain.specs import ModelSpec


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--model")
    options.add_argument("--layer", type=int)
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--batch", type=int, default=4)
    asked = options.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        vlm = load_vlm(ModelSpec(asked.model or _random_model(Path(folder))))
    layer = vlm.layer_count // 2 if asked.layer is None else asked.layer
    samples = [_sample(i) for i in range(asked.batch)]
    prompts = [vlm.prompt(sample, [_picture(sample)]) for sample in samples]
    batch = vlm.collate(prompts)
    bare_model = truncated(vlm, layer)

    def ours() -> None:
        hidden = vlm.hidden(batch, layer)
        for row, (prompt, tokens) in enumerate(zip(prompts, batch.tokens, strict=True)):
            encoded(prompt, tokens, hidden[row])

    mine, bare = alternate(ours, lambda: run_bare(bare_model, batch), asked.rounds)
    whole = timed(lambda: list(stream(vlm, samples, layer, asked.batch, Quiet(), lambda s: [_picture(s)])))
    tokens = int(batch.inputs["attention_mask"].sum())
    print(f"{vlm.adapter_name}, layer {layer} of {vlm.layer_count}, {asked.batch} samples, {tokens} tokens")
    print(f"bare forward to the layer {bare * 1e3:8.1f} ms")
    print(f"ours                      {mine * 1e3:8.1f} ms   ratio {mine / bare:.3f}  (<= 1.10)")
    print(f"stream, with pictures     {whole * 1e3:8.1f} ms   {tokens / whole:,.0f} tokens/s")


def truncated(vlm: Vlm, layer: int) -> Any:
    """A copy that ends after the layer: no layers above, no norm, no head."""
    model = copy.copy(vlm.model)
    model._modules = dict(vlm.model._modules)
    inner = copy.copy(vlm.model.model)
    inner._modules = dict(inner._modules)
    language = copy.copy(inner.language_model)
    language._modules = dict(language._modules)
    language._modules["layers"] = language.layers[: layer + 1]
    language.config = copy.deepcopy(language.config)
    language.config.num_hidden_layers = layer + 1
    language._modules["norm"] = nn.Identity()
    inner._modules["language_model"] = language
    return inner


@torch.no_grad()
def run_bare(model: Any, batch: Batch) -> None:
    model(**batch.inputs, use_cache=False)


def alternate(one: Callable[[], None], other: Callable[[], None], rounds: int) -> tuple[float, float]:
    one(), other()
    pairs = [(timed(one), timed(other)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def timed(run: Callable[[], object]) -> float:
    on_gpu = torch.cuda.is_available()
    clock = time.perf_counter if on_gpu else time.process_time
    start = clock()
    run()
    if on_gpu:
        torch.cuda.synchronize()
    return clock() - start


def _random_model(folder: Path) -> str:
    from conftest import tiny_llava, tiny_processor

    model = tiny_llava(layers=8, hidden_size=256, intermediate_size=704, num_attention_heads=4)
    model.save_pretrained(folder)
    tiny_processor(model).save_pretrained(folder)
    return str(folder)


def _sample(i: int) -> Sample:
    turns = (Turn("user", "What is in the picture?"), Turn("assistant", "There is a red apple on the table."))
    return Sample(str(i), (ImageSource(data=b""),), turns)


def _picture(sample: Sample) -> Image.Image:
    size = [(256, 256), (256, 128), (128, 256)][int(sample.id) % 3]
    noise = np.random.default_rng(int(sample.id)).integers(0, 255, (8, 8, 3), np.uint8)
    return Image.fromarray(noise).resize(size)


if __name__ == "__main__":
    main()
