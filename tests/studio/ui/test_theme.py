"""Both themes can be read, switch at run time, and have every colour the stylesheet asks for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStyleHints

from studio.domain.modality import Modality
from studio.ui.theme import THEMES, ThemeKeeper, load_theme, palette, stylesheet

GROUNDS = ("canvas", "panel", "card", "hover")
ON_GROUNDS = ("text", "muted", "accent_text", "danger_text", "good_text", "warning_text")
PAIRS = (
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_selection", "selection"),
    ("text", "selection"),
    ("text", "danger_soft"),
    ("danger_text", "danger_soft"),
    ("warning_text", "warning_soft"),
    ("muted", "track"),
)


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_against_the_published_extremes():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_has_a_contrast_of_at_least_four_and_a_half(name):
    tokens = load_theme(name).tokens
    pairs = [(text, ground) for text in ON_GROUNDS for ground in GROUNDS] + list(PAIRS)
    pairs += [(f"{m.value}_text", f"{m.value}_soft") for m in Modality]
    pairs += [(f"{m.value}_text", ground) for m in Modality for ground in GROUNDS]
    weak = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


@pytest.mark.parametrize("name", THEMES)
def test_bars_and_marks_stand_out_from_their_ground(name):
    tokens = load_theme(name).tokens
    marks = ["accent", "danger", *(m.value for m in Modality)]
    weak = {(m, g): contrast(tokens[m], tokens[g]) for m in marks for g in ("panel", "card")}
    assert {pair: value for pair, value in weak.items() if value < 2.6} == {}


def test_the_themes_have_the_same_tokens_and_the_stylesheet_uses_no_other():
    dark, light = (load_theme(name) for name in THEMES)
    assert set(dark.tokens) == set(light.tokens)
    for theme in (dark, light):
        assert "@" not in stylesheet(theme)


def test_the_modality_colours_are_four_and_the_same_in_every_use():
    theme = load_theme("dark")
    assert len({theme.modality(m).name() for m in Modality}) == 4
    assert theme.modality(Modality.VISUAL).hue() in range(25, 45)
    assert theme.modality(Modality.TEXTUAL).hue() in range(200, 225)
    assert theme.modality(Modality.MULTIMODAL).hue() in range(250, 270)
    assert theme.modality(Modality.UNCLEAR).saturation() < 40


def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="no theme"):
        load_theme("sepia")


def test_the_theme_switches_at_run_time_and_tells(qapp, qtbot):
    keeper = ThemeKeeper(qapp, "dark")
    with qtbot.waitSignal(keeper.changed) as told:
        keeper.choose("light")
    assert told.args[0].name == "light" == keeper.theme.name
    assert qapp.palette().window().color() == palette(load_theme("light")).window().color()
    assert load_theme("light").tokens["panel"] in qapp.styleSheet()
    keeper.choose("nonsense")
    assert keeper.choice == "system"
    keeper.deleteLater()


def test_the_window_follows_the_system_while_it_runs_unless_a_theme_was_chosen(window, qapp, monkeypatch):
    """The screen of the tests has no desktop that says dark or light; the rest is as in a session."""
    said = {"scheme": Qt.ColorScheme.Dark}
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _hints: said["scheme"])

    def say(name: str) -> None:
        said["scheme"] = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}[name]
        qapp.styleHints().colorSchemeChanged.emit(said["scheme"])

    def ground() -> str:
        return window.grab().toImage().pixelColor(window.width() // 2, window.height() - 60).name()

    window.themes.choose("system")
    for name in ("light", "dark", "light"):
        say(name)
        assert (window.themes.choice, window.themes.theme.name) == ("system", name)
        assert ground() == load_theme(name).tokens["canvas"]
    window.actions_registry.action("view.theme_dark").trigger()
    say("light")
    assert window.themes.theme.name == "dark"
    assert ground() == load_theme("dark").tokens["canvas"]
