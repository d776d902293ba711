"""The command line: thin shells over the same services as the window."""

from studio.cli.main import main

__all__ = ["main"]
