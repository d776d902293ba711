"""The window without a project: start page, geometry, closing, dropping, menus."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QMessageBox

from studio.ui.dialogs import AboutDialog
from studio.ui.errors import ErrorDialog
from studio.ui.fitting import SMALLEST, beside_frame
from studio.ui.settings import Settings, WindowState


def test_it_opens_on_the_start_page(window):
    assert window.pages.currentWidget() is window.start
    assert window.windowTitle() == "Concept Studio[*]"
    assert not window.isWindowModified()
    assert not window.actions_registry.action("file.close").isEnabled()
    assert not window.top.isVisible()


def test_it_imports_neither_torch_nor_anything_else_heavy(own_settings):
    import subprocess

    code = (
        "import sys\nfrom studio.app import make_application, make_window\n"
        "window = make_window(make_application())\nwindow.show()\n"
        "heavy = {'torch', 'transformers', 'scipy', 'statsmodels', 'datasets', 'pyqtgraph', 'pandas'}\n"
        "heavy |= {'numpy', 'sqlite3', 'importlib.metadata'}  # nothing of a project before one is open\n"
        "print(sorted(heavy & set(sys.modules)))\nwindow.close()\n"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_every_label_is_plain_text(window):
    for dialog in (AboutDialog(window), ErrorDialog("Title", ValueError("<b>x</b>"), window)):
        dialog.show()
        dialog.close()
    rich = [w.text() for w in window.findChildren(QLabel) if w.textFormat() != Qt.TextFormat.PlainText]
    assert [text for text in rich if text] == []


def test_every_control_has_a_name_that_can_be_read_out(window):
    from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListWidget, QPlainTextEdit, QProgressBar

    kinds = (QAbstractButton, QLineEdit, QListWidget, QPlainTextEdit, QProgressBar)
    nameless = [
        w
        for kind in kinds
        for w in window.findChildren(kind)
        if not (w.accessibleName() or getattr(w, "text", str)()) and not w.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_every_action_stands_in_a_menu_and_in_no_other(window):
    actions = window.actions_registry
    shown = [a for bar in window.menuBar().actions() for a in within(bar.menu()) if a.objectName()]
    assert [a.objectName() for a in shown] == [spec.id for spec in actions.specs()]


def within(menu):
    """Every entry of a menu and of the menus in it."""
    for entry in menu.actions():
        yield from within(entry.menu()) if entry.menu() else [entry]


def test_the_geometry_is_kept_apart_from_the_settings(make_window, qtbot):
    first = make_window()
    first.show()
    first.resize(1000, 640)
    first.close()
    assert "geometry" not in Settings()._store.allKeys()
    second = make_window()
    assert second.height() == 640  # the off-screen screen is narrower than the window


def test_a_cancelled_close_keeps_the_window_the_job_and_the_old_geometry(window, qtbot, monkeypatch, work):
    WindowState().save("geometry", window.saveGeometry())
    before = WindowState().bytes("geometry")
    job = window.runner.compute("Wait", work.until_cancelled)
    qtbot.waitUntil(lambda: window.runner.computing())
    monkeypatch.setattr(QMessageBox, "question", lambda *a: QMessageBox.StandardButton.Cancel)
    window.resize(1000, 700)
    event = QCloseEvent()
    window.closeEvent(event)
    assert not event.isAccepted()
    assert window.isVisible()
    assert not job.ended
    assert WindowState().bytes("geometry") == before


def test_a_close_that_is_meant_cancels_the_job(window, qtbot, monkeypatch, work):
    job = window.runner.compute("Wait", work.until_cancelled)
    qtbot.waitUntil(lambda: window.jobs.row(job) is not None)
    monkeypatch.setattr(QMessageBox, "question", lambda *a: QMessageBox.StandardButton.Close)
    assert window.close()
    assert job.ended


def test_cancel_is_the_default_of_the_question(window, qtbot, monkeypatch, work):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *a: asked.append(a[-1]) or a[-1])
    job = window.runner.compute("Wait", work.until_cancelled)
    qtbot.waitUntil(lambda: window.runner.computing())
    assert not window.acts.may_close()
    assert asked == [QMessageBox.StandardButton.Cancel]
    job.cancel()
    qtbot.waitUntil(lambda: job.ended, timeout=20_000)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root can write everywhere")
def test_a_home_that_cannot_be_written_does_not_stop_the_start(make_window, own_settings, qtbot):
    config = own_settings / "config"
    config.mkdir(exist_ok=True)
    config.chmod(0o500)
    window = make_window()
    window.show()
    window.acts.settings.choose_theme("light")
    window.close()
    config.chmod(0o700)


def test_a_settings_path_that_is_no_folder_does_not_stop_the_start(make_window, own_settings, qtbot):
    from PySide6.QtCore import QSettings

    blocked = own_settings / "blocked"
    blocked.write_text("a file where the folder should be")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(blocked))
    window = make_window()
    window.show()
    window.acts.settings.choose_theme("light")
    window.settings.add_recent(Path("/somewhere/a.cstudio"))
    window.close()


def test_damaged_geometry_is_ignored(make_window, qtbot):
    from PySide6.QtCore import QByteArray

    usual = make_window().size()
    WindowState().save("geometry", QByteArray(b"nonsense"))
    assert make_window().size() == usual
    WindowState()._store.setValue("geometry", "a text")
    assert make_window().size() == usual


def test_the_title_marks_uncommitted_text_only(window):
    window.set_uncommitted(True)
    assert window.isWindowModified()
    window.show_start()
    assert not window.isWindowModified()


def test_the_theme_is_switched_by_the_menu_and_kept(window, qapp):
    window.actions_registry.action("view.theme_light").trigger()
    assert window.themes.theme.name == "light"
    assert Settings().theme == "light"


def drop(window, *urls):
    data = QMimeData()
    data.setUrls(list(urls))
    at, buttons = QPointF(200, 200), Qt.MouseButton.LeftButton
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at.toPoint(), copy, data, buttons, none)
    enter.setAccepted(False)
    window.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    window.dropEvent(QDropEvent(at, copy, data, buttons, none))
    return True


def spoiled(folder: Path) -> dict[str, list[Path]]:
    """What somebody may drop that is no project."""
    names = ("holiday.cstudio", "notes.txt", "empty.cstudio", "Ünïcode — 名 <b>.cstudio")
    made = [folder / name for name in names]
    for path, content in zip(made, (b"this is no SQLite file" * 100, b"text", b"", b"x" * 5000), strict=True):
        path.write_bytes(content)
    other = folder / "other.cstudio"
    with closing(sqlite3.connect(other)) as file:
        file.execute("create table photo (name text)")
    directory = folder / "folder.cstudio"
    directory.mkdir()
    kinds = {path.name: [path] for path in (*made, other, directory, folder / "gone.cstudio")}
    return {**kinds, "two": made[:2]}


def test_what_is_dropped_and_is_no_project_is_a_sentence_and_changes_nothing(window, qtbot, tmp_path):
    for name, paths in spoiled(tmp_path).items():
        before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        assert drop(window, *(QUrl.fromLocalFile(str(path)) for path in paths))
        qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(ErrorDialog)))
        (dialog,) = [d for d in window.findChildren(ErrorDialog) if d.isVisible()]
        said = " ".join(w.text() for w in dialog.findChildren(QLabel))
        assert (paths[0].name if len(paths) == 1 else "2 files") in said, name
        assert "Traceback" not in said
        assert said.rstrip().endswith("."), said
        dialog.close()
        qtbot.waitUntil(window.runner.idle)
        assert window.pages.currentWidget() is window.start
        assert window.settings.recent == []
        assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_web_addresses_are_not_taken(window, tmp_path):
    assert not drop(window, QUrl("https://example.org/a.cstudio"))
    assert not drop(window, QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/a.cstudio"))


def test_recent_files_are_listed_and_missing_ones_greyed(window, tmp_path):
    here = tmp_path / "here.cstudio"
    here.touch()
    window.settings.add_recent(tmp_path / "gone.cstudio")
    window.settings.add_recent(here)
    window.show_start()
    flags = [bool(window.start.recent.item(i).flags() & Qt.ItemFlag.ItemIsEnabled) for i in range(2)]
    assert flags == [True, False]
    recent = next(m for m in window.menuBar().findChildren(QMenu) if m.title() == "Open &recent")
    recent.fill()
    assert [a.isEnabled() for a in recent.actions()[:2]] == [True, False]
    recent.actions()[-1].trigger()
    assert window.settings.recent == [here]
    assert window.start.recent.count() == 1
    recent.fill()
    assert [a.text() for a in recent.actions()] == [str(here)]


def test_the_menus_are_no_longer_than_the_smallest_screen(window):
    """Below the title bar and the menu bar of a window that fills it."""
    room = beside_frame(SMALLEST).height() - window.menuBar().sizeHint().height()
    for menu in window.menuBar().findChildren(QMenu):
        menu.ensurePolished()
        assert menu.sizeHint().height() <= room, menu.title()


def test_a_recent_file_is_removed_from_the_list_on_delete(window, qtbot, tmp_path):
    window.settings.add_recent(tmp_path / "gone.cstudio")
    window.show_start()
    window.start.recent.setCurrentRow(0)
    qtbot.keyClick(window.start.recent, Qt.Key.Key_Delete)
    assert window.settings.recent == []
    assert not window.start.recent.isVisible()


def test_recent_files_are_few_and_the_newest_first(settings):
    for number in range(20):
        settings.add_recent(Path(f"/{number}.cstudio"))
    settings.add_recent(Path("/15.cstudio"))
    assert settings.recent[0] == Path("/15.cstudio")
    assert len(settings.recent) == 12 == len(set(settings.recent))


def test_the_reviewer_is_asked_once_and_shown(window, qtbot, settings):
    window.acts.settings.ask_reviewer_once()
    assert not window.findChildren(QDialog, "reviewer")
    window.acts.settings.ask_reviewer()
    dialog = window.findChild(QDialog, "reviewer")
    dialog.field.setText("  Dr   Ada <b>  ")
    dialog._buttons.accepted.emit()
    assert Settings().reviewer == "Dr Ada <b>"
    assert "Dr Ada <b>" in window.top._reviewer.text()
    assert window.projects.annotator == "Dr Ada <b>"


def test_a_cancelled_reviewer_dialog_changes_nothing(window):
    window.acts.settings.ask_reviewer()
    dialog = window.findChild(QDialog, "reviewer")
    dialog.field.setText("Somebody")
    dialog.reject()
    assert Settings().reviewer == "Annotator 1"


def test_an_empty_name_cannot_be_chosen(window):
    window.acts.settings.ask_reviewer()
    dialog = window.findChild(QDialog, "reviewer")
    dialog.field.setText("   ")
    assert not dialog._ok.isEnabled()


def test_the_program_runs_until_its_window_is_closed(own_settings, tmp_path):
    """As the command starts it: a file that is gone is told in a dialog, the exit code is 0."""
    import subprocess

    code = (
        "import sys\nfrom PySide6.QtCore import QTimer\nfrom PySide6.QtWidgets import QApplication\n"
        "from studio.app import make_application, run\napp = make_application()\n"
        "def close():\n"
        "    names = [w.objectName() for w in QApplication.topLevelWidgets() if w.isVisible()]\n"
        "    if 'error' in names:\n"
        "        timer.stop()\n        print(True)\n        QApplication.closeAllWindows()\n"
        "timer = QTimer(interval=100)\ntimer.timeout.connect(close)\ntimer.start()\n"
        "code = run(sys.argv[1])\nprint('torch' in sys.modules)\nsys.exit(code)\n"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code, str(tmp_path / "gone.cstudio")]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False"]
    assert "Traceback" not in done.stderr
