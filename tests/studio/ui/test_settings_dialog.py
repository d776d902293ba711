"""Settings act at once, are kept, and the window's layout comes back."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from studio.ui.settings import Settings
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.theme import moves, number_font, text_font


def dialog_of(window) -> SettingsDialog:
    window.actions_registry.action("edit.settings").trigger()
    return window.findChild(SettingsDialog)


def test_theme_text_size_and_stillness_act_at_once_and_are_kept(window, qtbot):
    dialog = dialog_of(window)
    app = QApplication.instance()
    before = app.font().pixelSize()
    title = next(w for w in window.findChildren(QLabel) if w.property("role") == "key")
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    assert window.themes.theme.name == "light"
    assert window.actions_registry.action("view.theme_light").isChecked()
    dialog.size.setCurrentIndex(dialog.size.findData(130))
    assert app.font().pixelSize() == round(before * 1.3)
    assert text_font().pixelSize() == round(before * 1.3)
    assert number_font(10).pixelSize() == 13
    assert "font-size: 14px" in app.styleSheet(), "11 px keys become 14"
    assert title.fontMetrics().height() > 0
    assert moves()
    dialog.still.setChecked(True)
    assert not moves()
    kept = Settings()
    assert (kept.theme, kept.text_percent, kept.still) == ("light", 130, True)
    dialog.size.setCurrentIndex(dialog.size.findData(100))
    dialog.still.setChecked(False)
    assert app.font().pixelSize() == before
    assert moves()


def test_the_reviewer_and_the_folder_are_kept(window, qtbot):
    dialog = dialog_of(window)
    dialog.name.setText("  Bo   B ")
    dialog.name.editingFinished.emit()
    assert Settings().reviewer == "Bo B"
    dialog.name.setText("   ")
    dialog.name.editingFinished.emit()
    assert Settings().reviewer == "Bo B"
    dialog.cache.setText("/models")
    dialog.cache.editingFinished.emit()
    assert Settings().cache == "/models"


def test_nobody_is_asked_who_does_not_want_to_be(window, monkeypatch):
    asked = []
    monkeypatch.setattr(
        QMessageBox, "question", lambda *a: asked.append(1) or QMessageBox.StandardButton.Cancel
    )
    monkeypatch.setattr(window.runner, "computing", lambda: True)
    assert not window.acts.may_close()
    dialog_of(window).confirm.setChecked(False)
    assert window.acts.may_close()
    assert asked == [1]


def test_nonsense_in_the_file_counts_as_nothing(own_settings):
    store = Settings()._store
    for name, value in (("text_percent", "huge"), ("still", "maybe"), ("advance", "true"), ("keys", "{")):
        store.setValue(name, value)
    kept = Settings()
    assert (kept.text_percent, kept.still, kept.advance, kept.keys) == (100, False, True, {})
    store.setValue("text_percent", "9999")
    assert kept.text_percent == 160


def test_a_cancelled_close_keeps_the_layout_that_was_saved_before(window, monkeypatch, qtbot):
    window.state.save_text("review_tab", "before")
    before = window.state.bytes("geometry")
    window.acts.may_close = lambda: False
    window.resize(1111, 777)
    window.close()
    assert window.isVisible()
    assert window.state.bytes("geometry") == before
    assert window.state.text("review_tab") == "before"


def test_about_reveals_the_folder_of_logs(window, monkeypatch, own_settings):
    from PySide6.QtWidgets import QPushButton

    from studio.services.places import log_folder
    from studio.ui import dialogs

    opened = []
    monkeypatch.setattr(dialogs.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    about = dialogs.AboutDialog(window)
    next(b for b in about.findChildren(QPushButton) if b.text() == "Reveal logs").click()
    assert opened == [str(log_folder())]
    assert log_folder().is_dir()
    about.deleteLater()


def test_a_window_drawn_in_one_theme_keeps_it_whatever_the_settings_say(make_window, settings):
    settings.theme = "light"
    assert make_window("dark").themes.theme.name == "dark"
