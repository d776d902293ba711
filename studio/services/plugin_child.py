"""`python -m studio.services.plugin_child NAME VALUE FILE SECONDS`: load a plug-in; FILE says how it went."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from importlib.metadata import EntryPoint
from pathlib import Path

from studio import hookspecs
from studio.services.plugin_check import try_in_this_process
from studio.services.plugin_report import reason


def main(name: str, value: str, answer: Path, seconds: float) -> None:
    """The file is written whatever the plug-in does, unless it ends the process or takes longer."""
    # Ends this process from a thread of C, whatever holds the interpreter, and whoever has gone meanwhile;
    # where it hung is printed.
    faulthandler.dump_traceback_later(seconds, exit=True)
    found = {"error": "", "details": ""}
    try:
        try_in_this_process(EntryPoint(name, value, hookspecs.ENTRY_POINTS))
    except BaseException as error:  # a plug-in may raise anything, SystemExit included
        found = {"error": reason(error), "details": "".join(traceback.format_exception(error))}
    answer.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
    os._exit(0)  # threads and exit handlers of the plug-in have no say
