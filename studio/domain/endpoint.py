"""What can be known of the address of an OpenAI-compatible endpoint, and of its key, without asking it."""

from __future__ import annotations

from urllib.parse import urlsplit

from studio.domain.errors import ModelError

#: The environment variable with a key for any host.
OWN_KEY = "CONCEPT_STUDIO_API_KEY"


def check_endpoint(url: str) -> str:
    """The host of an endpoint. Raises `ModelError` for what is no http(s) address, or holds a password."""
    try:
        parts = urlsplit(url)
        host, secret = parts.hostname or "", bool(parts.username or parts.password or parts.query)
    except ValueError:
        host, secret = "", False
    if not host or parts.scheme not in ("http", "https"):
        raise ModelError(f"{url!r} is no endpoint. Give its address, such as http://localhost:8000/v1.")
    if secret:
        raise ModelError(
            f"The address of the endpoint holds a name, password or query, which would be written into the "
            f"project. Leave it out, and put the key into the environment variable {OWN_KEY}."
        )
    return host
