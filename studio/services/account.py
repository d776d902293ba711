"""Who is at the computer, while nobody has given another name."""

from __future__ import annotations

import getpass


def account_name() -> str:
    """The name of the account, "Reviewer" where the system does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "Reviewer"
