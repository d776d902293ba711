"""The command line: thin shells over the same services as the window."""

import sys

try:
    from studio.cli.main import main
except KeyboardInterrupt:  # Ctrl+C before there is anything that could say so more nicely
    sys.stderr.write("concept-studio: Stopped.\n")
    raise SystemExit(130) from None

__all__ = ["main"]
