"""Dark and light: palette tokens, one stylesheet template, and the modality colours that go everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleFactory

from studio.domain.modality import Modality

THEMES = ("dark", "light")
CHOICES = ("system", *THEMES)
TEXT_PIXELS = 13
PERCENT, STILL = "text_percent", "still"


@dataclass(frozen=True)
class Theme:
    """The colours of one look. `tokens` maps names ("panel", "accent", "visual_text" ...) to "#rrggbb"."""

    name: str
    tokens: Mapping[str, str]

    @property
    def dark(self) -> bool:
        return self.tokens["scheme"] == "dark"

    def color(self, token: str) -> QColor:
        """The colour of a token; KeyError when there is no such token."""
        return QColor(self.tokens[token])

    def modality(self, modality: Modality) -> QColor:
        """The colour of bars, heat and marks of a modality."""
        return self.color(modality.value)

    def modality_text(self, modality: Modality) -> QColor:
        """The colour of letters and words of a modality, on `modality_soft`, "card", "panel" or "canvas"."""
        return self.color(f"{modality.value}_text")

    def modality_soft(self, modality: Modality) -> QColor:
        """The ground of a modality's chip."""
        return self.color(f"{modality.value}_soft")


def load_theme(name: str) -> Theme:
    """Read `resources/themes/NAME.json`; ValueError for a name not in `THEMES`."""
    if name not in THEMES:
        raise ValueError(f"no theme is called {name!r}")
    text = files("resources").joinpath("themes", f"{name}.json").read_text(encoding="utf-8")
    return Theme(name, json.loads(text))


def stylesheet(theme: Theme) -> str:
    """The template `resources/themes/studio.qss` with each @token filled in; KeyError for an unknown one."""
    folder = files("resources").joinpath("themes")
    template = folder.joinpath("studio.qss").read_text(encoding="utf-8").replace("@folder", folder_url())
    filled = re.sub(r"@([a-z_]+)", lambda match: theme.tokens[match.group(1)], template)
    return re.sub(r"(?<=font-size: )(\d+)", lambda match: str(scaled(int(match.group(1)))), filled)


def folder_url() -> str:
    """Where the stylesheet finds its pictures, with the slashes it wants on every system."""
    return Path(str(files("resources").joinpath("themes"))).as_posix()


def palette(theme: Theme) -> QPalette:
    """The same colours for what the stylesheet does not reach: Fusion's own drawing, links, disabled text."""
    role, made = QPalette.ColorRole, QPalette()
    pairs: dict[Any, str] = {
        role.Window: "panel",
        role.WindowText: "text",
        role.Base: "card",
        role.AlternateBase: "panel",
        role.Text: "text",
        role.Button: "card",
        role.ButtonText: "text",
        role.BrightText: "danger_text",
        role.ToolTipBase: "card",
        role.ToolTipText: "text",
        role.Highlight: "selection",
        role.HighlightedText: "on_selection",
        role.Accent: "accent",
        role.Mid: "line",
        role.Link: "accent_text",
        role.LinkVisited: "multimodal_text",
        role.PlaceholderText: "muted",
    }
    for key, token in pairs.items():
        made.setColor(key, theme.color(token))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, theme.color("disabled"))
    return made


def text_font(pixels: int = TEXT_PIXELS, bold: bool = False) -> QFont:
    """The system's interface font at a size in logical pixels, with tabular figures where it has them."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(scaled(pixels))
    font.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def number_font(pixels: int = TEXT_PIXELS - 1) -> QFont:
    """The system's fixed-width font, for columns of figures."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(scaled(pixels))
    return font


def percent() -> int:
    """How large the user wants text; the application keeps it, so that every font can ask."""
    app = QApplication.instance()
    return int((app.property(PERCENT) if app is not None else None) or 100)


def scaled(pixels: int) -> int:
    """Pixels of text at the size that the user wants."""
    return round(pixels * percent() / 100)


def moves() -> bool:
    """Whether things may fade and slide: neither the user nor the system wants it still."""
    app = QApplication.instance()
    if not isinstance(app, QApplication) or app.property(STILL):
        return False
    return bool(app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration))


class ThemeKeeper(QObject):
    """Holds the current theme, follows the system when asked to, and tells who paints by themselves."""

    changed = Signal(object)

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice = "system"
        self._theme = load_theme("dark")
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(text_font())
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.choose(choice)

    @property
    def theme(self) -> Theme:
        """The theme on screen."""
        return self._theme

    @property
    def choice(self) -> str:
        """What the user chose: "system", "dark" or "light"."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Switch at once; an unknown choice follows the system."""
        self._choice = choice if choice in CHOICES else "system"
        schemes = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
        self._app.styleHints().setColorScheme(schemes.get(self._choice, Qt.ColorScheme.Unknown))
        self._apply(load_theme(self._wanted()))

    def set_text_percent(self, wanted: int) -> None:
        """Make all text larger or smaller, at once."""
        before = percent()
        if wanted == before:
            return
        self._app.setProperty(PERCENT, wanted)
        for widget in self._app.allWidgets():
            if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().pixelSize() > 0:
                font = widget.font()
                font.setPixelSize(round(font.pixelSize() * wanted / before))
                widget.setFont(font)
        self._app.setFont(text_font())
        self._apply(self._theme)

    def set_still(self, still: bool) -> None:
        """Let nothing move by itself."""
        self._app.setProperty(STILL, still)
        for effect in (Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo,
                       Qt.UIEffect.UI_FadeTooltip, Qt.UIEffect.UI_AnimateTooltip):  # fmt: skip
            self._app.setEffectEnabled(effect, not still)

    def _wanted(self) -> str:
        if self._choice in THEMES:
            return self._choice
        light = self._app.styleHints().colorScheme() == Qt.ColorScheme.Light
        return "light" if light else "dark"

    def _system_changed(self) -> None:
        if self._choice == "system" and self._wanted() != self._theme.name:
            self._apply(load_theme(self._wanted()))

    def _apply(self, theme: Theme) -> None:
        self._theme = theme
        self._app.setPalette(palette(theme))
        self._app.setStyleSheet(stylesheet(theme))
        self.changed.emit(theme)
