"""The options that name a chat model, shared by the commands that ask one."""

from __future__ import annotations

from typing import Any

import click

from studio.domain.specs import ChatSpec

#: The options of a `ChatSpec`, by the field they fill.
OPTIONS = {
    "model": click.option(
        "--model", default="", help="Folder or Hub id of a chat model that sees, or its name at the endpoint."
    ),
    "endpoint": click.option(
        "--endpoint", default="", help="Base URL of an OpenAI-compatible server, as http://localhost:8000/v1."
    ),
    "revision": click.option("--revision", help="Branch, tag or commit of a model on the Hub."),
    "dtype": click.option(
        "--dtype", default="auto", show_default=True, help="float32, bfloat16 ... or auto."
    ),
    "four_bit": click.option(
        "--four-bit", is_flag=True, help="Load a local model in 4 bits. Needs concept-studio[quantize]."
    ),
    "key_env": click.option(
        "--key-env",
        default="",
        metavar="NAME",
        help="Environment variable with the endpoint's key. Else: CONCEPT_STUDIO_API_KEY, for openai.com "
        "OPENAI_API_KEY, for huggingface.co the token of `hf auth login`.",
    ),
    "per_minute": click.option(
        "--per-minute",
        type=click.FloatRange(0),
        default=0.0,
        show_default=True,
        help="Questions a minute at most; 0 for no limit.",
    ),
    "parallel": click.option(
        "--parallel",
        type=click.IntRange(1, 64),
        default=4,
        show_default=True,
        help="Questions under way at once at an endpoint.",
    ),
    "timeout": click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=120.0,
        show_default=True,
        help="Seconds to wait for an answer of an endpoint.",
    ),
    "price_in": click.option(
        "--price-in",
        type=click.FloatRange(0),
        default=0.0,
        help="Price of a million tokens in: the cost is then shown.",
    ),
    "price_out": click.option(
        "--price-out", type=click.FloatRange(0), default=0.0, help="Price of a million tokens out."
    ),
}
PROMPTS = click.option(
    "--prompts",
    default="",
    metavar="FOLDER",
    help="Folder with prompts of your own. See `concept-studio prompts`.",
)


def chat_options(command: Any) -> Any:
    """All options of a chat model, and the folder of prompts."""
    for option in reversed([*OPTIONS.values(), PROMPTS]):
        command = option(command)
    return command


def take_chat(given: dict[str, Any]) -> ChatSpec | None:
    """Take the options of a chat model out of `given`; None where no model is named."""
    taken = {name: given.pop(name) for name in OPTIONS}
    spec = ChatSpec(**taken, device=given.get("device", "auto"))
    return spec if spec.model or spec.endpoint else None
