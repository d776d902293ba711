"""Who reviews, and how the program looks and behaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from studio.ui.acts.base import Acts
from studio.ui.dialogs import ReviewerDialog

if TYPE_CHECKING:
    from studio.domain.shared import Policy

THEMES = ("system", "dark", "light")


class SettingsActs(Acts):
    """Acts on what belongs to a person, and on the project's rules of review."""

    def acts(self) -> Mapping[str, Callable[..., object]]:
        themes = {f"view.theme_{name}": lambda _on, name=name: self.choose_theme(name) for name in THEMES}
        return {
            **themes,
            "edit.reviewer": self.ask_reviewer,
            "edit.keys": self.edit_keys,
            "edit.plugins": self.show_plugins,
            "edit.settings": self.edit_settings,
            "review.blind": self.edit_policy,
        }

    def connect_all(self) -> None:
        super().connect_all()
        self._mark_theme(self._window.themes.choice)

    def ask_reviewer_once(self) -> None:
        """Ask who reviews, unless somebody has said so already."""
        if not self._window.settings.reviewer:
            self.ask_reviewer()

    def ask_reviewer(self) -> None:
        dialog = ReviewerDialog(self.annotator(), self._window)
        dialog.chosen.connect(self.set_reviewer)
        self._show(dialog)

    def edit_keys(self) -> None:
        from studio.ui.keys.editor import KeyEditor

        self._show(KeyEditor(self._window.keys, self._window))

    def show_plugins(self) -> None:
        from studio.ui.plugins.dialog import PluginDialog

        dialog = PluginDialog(self._window.themes, self._window)
        dialog.help_asked.connect(lambda: self._window.acts.show_guide("plugins"))
        self._show(dialog)

    def edit_settings(self) -> None:
        from studio.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window.settings, self.annotator(), self._window)
        dialog.changed.connect(self._settings_changed)
        dialog.reviewer.connect(self.set_reviewer)
        self._show(dialog)

    def edit_policy(self) -> None:
        """What blind review hides."""
        from studio.ui.review.policy_dialog import PolicyDialog, read_policy, write_policy

        session = self._window.projects.session
        if session is None:
            return

        def show(policy: Policy) -> None:
            dialog = PolicyDialog(policy, session.annotator, self._window)
            dialog.chosen.connect(
                lambda new: self._window.runner.db("Saving", write_policy, session.annotator, new)
            )
            self._show(dialog)

        self._window.runner.db("Reading the policy", read_policy, done=show)

    def choose_theme(self, choice: str) -> None:
        """Draw in this theme, and keep it for the next start."""
        self._window.settings.theme = choice
        self._window.themes.choose(choice)

    def apply_settings(self) -> None:
        """Let everything follow what was chosen. The theme is not looked at: a window may have been made with
        another one than that of the settings (`make_window`)."""
        window, settings = self._window, self._window.settings
        window.themes.set_text_percent(settings.text_percent)
        window.themes.set_still(settings.still)
        if window.review is not None:
            window.review.controller.advance = settings.advance

    def _settings_changed(self) -> None:
        window, settings = self._window, self._window.settings
        if window.themes.choice != settings.theme:
            window.themes.choose(settings.theme)
            self._mark_theme(settings.theme)
        self.apply_settings()

    def set_reviewer(self, name: str) -> None:
        """Somebody else reviews from now on."""
        window = self._window
        window.settings.reviewer = name
        window.projects.set_annotator(name)
        window.top.set_reviewer(name)
        if window.review is not None:
            window.review.set_annotator(name)
        if window.projects.session is not None:
            window.hosted.open_project(window.projects.session)

    def _mark_theme(self, choice: str) -> None:
        self._window.actions_registry.action(f"view.theme_{choice}").setChecked(True)
