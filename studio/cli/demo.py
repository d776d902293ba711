"""`concept-studio demo`: the whole loop on a small LLaVA-NeXT, then the window on it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from studio.cli.progress import Terminal
from studio.cli.say import say
from studio.services import demo as service
from studio.services import projects, steps
from studio.services.disk import plain_disk_errors


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Folder for the demo project.")
@click.option("--no-window", is_flag=True, help="Run the pipeline, print its summary, save a picture.")
def demo(folder: Path | None, no_window: bool) -> int:
    """Make the demo project where it is not there yet, and open it.

    Without a display the window is drawn off screen and saved as a picture beside the project.
    """
    folder = folder or service.demo_folder()
    make(folder)
    path = Path(service.demo_plan(folder).path)
    if no_window or not has_display():
        return _picture(path)
    from studio.app import run

    return run(path)


def make(folder: Path) -> None:
    """Run the steps of the demo that are not done yet, and print what came out."""
    plan = service.demo_plan(folder)
    started = time.perf_counter()
    with plain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with projects.open_or_create(Path(plan.path), plan.title) as project, Terminal() as terminal:
        if not service.is_complete(project):
            say(f"Making the demo in {folder}. This takes about three minutes, once.", err=True)
            steps.run_steps(project, service.demo_steps(folder), terminal)
            service.mark_complete(project)
        say(projects.project_info(project).summary())
    say(f"Ready after {time.perf_counter() - started:.0f} s: {plan.path}")


def has_display() -> bool:
    """Whether a window could be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _picture(path: Path) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Off screen there are no window sizes to propagate; Qt says so on stderr each time.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    from studio.app import render_window

    picture = path.with_suffix(".png")
    render_window(path, picture)
    say(f"No window was opened. A picture of it is in {picture}.")
    return 0
