"""No bars and warnings of the libraries on the terminal while they load something; what fails is raised."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import huggingface_hub
from transformers.utils import logging as transformers_logging


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silences transformers and huggingface_hub, and puts their settings back. Downloads keep their bars:
    they are what people wait for."""
    levels = transformers_logging.get_verbosity(), huggingface_hub.logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    downloads = not huggingface_hub.utils.are_progress_bars_disabled()
    transformers_logging.set_verbosity_error()
    huggingface_hub.logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    _show_downloads(downloads)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if bars:
            transformers_logging.enable_progress_bar()
        _show_downloads(downloads)
        transformers_logging.set_verbosity(levels[0])
        huggingface_hub.logging.set_verbosity(levels[1])


def _show_downloads(on: bool) -> None:
    """transformers' switch turns the Hub's bars too."""
    if on:
        huggingface_hub.utils.enable_progress_bars()
    else:
        huggingface_hub.utils.disable_progress_bars()
