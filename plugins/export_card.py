"""The card of a Hugging Face data set: what the Hub reads (YAML), then what people read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from plugins.export_table import public

ABOUT = {
    "labels": "one row for each neuron and annotator: concept, class, rating, note, decision, scores",
    "examples": "the examples each neuron fires on, with its activations on image and text tokens",
    "samples": "the pictures and texts of the examples, with the box of each image token",
}


def card(provenance: Mapping[str, Any], labels: int, licence: str, pictures: bool) -> str:
    """`README.md` of a data set with `labels` rows."""
    parts = [part for part in ABOUT if pictures or part != "samples"]
    title = str(provenance.get("title") or "Concepts")
    front, body = _front(parts, licence, title, labels), _body(provenance, parts, labels)
    return f"---\n{front}---\n\n# {plain(title)}\n\n{body}"


def _front(parts: list[str], licence: str, title: str, labels: int) -> str:
    """The front matter. A text in YAML is written as JSON, which YAML reads, in ASCII."""
    lines = [f"pretty_name: {json.dumps(title)}"]
    if licence:
        lines.append(f"license: {licence.lower()}")
    lines += ["tags:", "- interpretability", "- sparse-autoencoder", "- concept-studio", "size_categories:"]
    lines += [f"- {size_category(labels)}", "configs:"]
    for part in parts:
        lines += [
            f"- config_name: {part}",
            "  data_files:",
            "  - split: train",
            f"    path: {part}/*.parquet",
        ]
        lines += ["  default: true"] * (part == "labels")
    return "\n".join(lines) + "\n"


def _body(provenance: Mapping[str, Any], parts: list[str], labels: int) -> str:
    listed = "\n".join(f"- `{part}`: {ABOUT[part]}" for part in parts)
    made = "\n".join(f"- {name}: {plain(value)}" for name, value in _sources(provenance) if value)
    samples = "" if "samples" in parts else (
        "\nPictures and texts of the data set are not included; `sample_id` names them.\n"
    )  # fmt: skip
    return (
        f"{labels:,} labels of neurons of a sparse autoencoder (SAE), made in Concept Studio.\n\n{made}\n\n"
        f"## Parts\n{listed}\n{samples}\n## Use\n```python\nfrom datasets import load_dataset\n\n"
        'labels = load_dataset("OWNER/NAME", split="train")\n'
        'examples = load_dataset("OWNER/NAME", "examples", split="train")\n```\n'
    )


def _sources(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    def name(key: str, inner: str) -> str:
        value = provenance.get(key)
        return str(public(value.get(inner) if isinstance(value, Mapping) else value) or "")

    layer = provenance.get("layer")
    return [
        ("Model", name("model", "model")),
        ("Layer", "" if layer is None else str(layer)),
        ("SAE", name("sae", "source")),
        ("Data", name("data", "source")),
    ]


def size_category(rows: int) -> str:
    """The Hub's name for how many rows there are."""
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for most, name in steps if rows < most), "1M<n<10M")


def plain(text: Any) -> str:
    """A text in one line that Markdown and HTML leave as it is."""
    one_line = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|!&~])", r"\\\1", one_line)
