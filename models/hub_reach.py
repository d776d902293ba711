"""Is the Hub there? Asked once, quickly: huggingface_hub tries for half a minute before it gives up."""

from __future__ import annotations

from huggingface_hub import constants
from huggingface_hub.utils import get_session

#: Seconds until a network that swallows packets counts as none.
PATIENCE = 5.0


def hub_answers() -> bool:
    """Whether anything at all comes back from the Hub's address (proxies and mirrors as set).
    False in offline mode."""
    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=PATIENCE)
    except Exception:  # the HTTP client below huggingface_hub changes from version to version
        return False
    return True
