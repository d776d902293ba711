"""The window as a picture: opened, left to settle, drawn, closed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QDialog

from studio.ui.main_window import MainWindow

SETTLE_MS = 120
LONGEST_MS = 60_000


def draw_window(
    window: MainWindow,
    project: Path | None,
    png: Path,
    size: tuple[int, int],
    neuron: int | None = None,
    acts: Sequence[str] = (),
) -> None:
    """Open `project` in `window`, do `acts` (ids of actions), save the picture, close the window. Waits
    before each until nothing is under way."""
    failures: list[BaseException] = []
    for source in (window.runner.failed, window.projects.failed):
        source.connect(lambda _title, error: failures.append(error))
    try:
        if not window.settings.reviewer:
            window.projects.set_annotator("Annotator 1")  # nobody's account name belongs in a picture
        window.resize(*size)
        window.show()
        if project is not None:
            window.projects.open(project.absolute())
        settle(window)
        if neuron is not None and window.review is not None:
            window.review.controller.show(neuron)
            settle(window)
        for act in acts:
            window.actions_registry.action(act).trigger()
            settle(window)
        if failures:
            raise failures[0]
        if not window.grab().save(str(png), "PNG"):
            raise OSError(f"The picture could not be written to {png}.")
    finally:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def settle(window: MainWindow, quiet_ms: int = SETTLE_MS, longest_ms: int = LONGEST_MS) -> None:
    """Run the event loop until both lanes have been idle for `quiet_ms`. Dialogs that open are closed."""
    loop = QEventLoop()
    quiet = QTimer(interval=quiet_ms)
    deadline = QTimer(singleShot=True, interval=longest_ms)
    deadline.timeout.connect(loop.quit)

    def look() -> None:
        for dialog in window.findChildren(QDialog):
            dialog.close()
        review = window.review
        if window.runner.idle() and (review is None or review.pictures.idle()):
            loop.quit()

    quiet.timeout.connect(look)
    quiet.start()
    deadline.start()
    loop.exec()
    quiet.stop()
    deadline.stop()
