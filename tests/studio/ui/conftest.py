"""A window of the test's own: lanes, actions and theme included, closed at the end."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QDialog, QMessageBox


@pytest.fixture
def settings(own_settings):
    """Settings in a folder of the test's own, with a reviewer, so that nobody is asked."""
    from PySide6.QtCore import QSettings

    from studio.ui.settings import Settings

    path = str(own_settings / "config")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, path)
    made = Settings()
    made.reviewer = "Annotator 1"
    return made


@pytest.fixture
def make_window(qapp, qtbot, settings):
    """Makes windows; those still open at the end are closed without a question."""
    from studio.app import make_window as make

    made = []

    def build(theme="dark"):
        window = make(qapp, theme)
        made.append(window)
        return window

    yield build
    for window in made:
        for dialog in window.findChildren(QDialog):
            dialog.close()
        window.acts.may_close = lambda: True
        window.close()
        window.runner.shutdown()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window, qtbot):
    made = make_window()
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def no_questions(monkeypatch):
    """Fails the test when a message box would have waited for an answer."""

    def fail(*args, **more):
        raise AssertionError(f"asked: {args[2:]}")

    monkeypatch.setattr(QMessageBox, "question", fail)
