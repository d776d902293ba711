"""Every act of the window, in the order of the menus. Add an act here, then connect it where it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QKeySequence

from studio.ui.actions import ActionRegistry, ActionSpec
from studio.ui.review.list_actions import list_actions
from studio.ui.together.adjudication_actions import adjudication_actions

Std = QKeySequence.StandardKey

ERASE = "Brush regions or words away and see what the neuron does then"

MENUS = ("File", "Edit", "View", "Neurons", "Run", "Review", "Help")


def file_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec("file.new", "&New project…", "File", standard=Std.New, keys=("Ctrl+N",)),
        ActionSpec("file.open", "&Open…", "File", standard=Std.Open, keys=("Ctrl+O",)),
        ActionSpec("file.demo", "Open the &demo", "File"),
        ActionSpec("file.export", "&Export…", "File", keys=("Ctrl+Shift+E",), separator=True),
        ActionSpec("file.import", "&Import labels…", "File", tip="Labels from a JSONL or CSV file"),
        ActionSpec(
            "file.merge", "&Merge copies…", "File", separator=True, tip="Unite copies of several annotators"
        ),
        ActionSpec("file.copy", "Make a cop&y for an annotator…", "File"),
        ActionSpec("file.info", "Project in&formation…", "File", tip="What is in it, and what was left out"),
        ActionSpec("file.close", "&Close project", "File", keys=("Ctrl+W",), separator=True),
        ActionSpec("file.quit", "&Quit", "File", keys=("Ctrl+Q",)),
    )


def edit_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec("edit.undo", "&Undo", "Edit", keys=("Ctrl+Z",)),
        ActionSpec("edit.redo", "&Redo", "Edit", keys=("Ctrl+Shift+Z", "Ctrl+Y")),
        ActionSpec("edit.find", "&Find neurons", "Edit", standard=Std.Find, keys=("Ctrl+F",), separator=True),
        ActionSpec("edit.copy_image", "Copy p&icture", "Edit", keys=("Ctrl+Shift+C",), scope="review"),
        ActionSpec("edit.copy_citation", "Copy &citation", "Edit", keys=("Ctrl+Alt+C",), scope="review"),
        ActionSpec("edit.reviewer", "Re&viewer…", "Edit", separator=True, tip="Who is reviewing"),
        ActionSpec("edit.keys", "&Keyboard shortcuts…", "Edit", tip="See and change the keys"),
        ActionSpec("edit.plugins", "&Plug-ins…", "Edit", tip="See them, switch them on and off"),
        ActionSpec("edit.settings", "&Settings…", "Edit", standard=Std.Preferences, keys=("Ctrl+,",)),
    )


def view_actions() -> tuple[ActionSpec, ...]:
    def act(name: str, text: str, *keys: str, **more: Any) -> ActionSpec:
        return ActionSpec(f"view.{name}", text, "View", keys, **more)

    def choice(group: str, submenu: str, **more: Any) -> Callable[[str, str], ActionSpec]:
        return lambda name, text: act(name, text, group=group, submenu=submenu, checkable=True, **more)

    results, review = {"submenu": "Re&sults"}, {"scope": "review"}
    regions = choice("regions", "Re&gions", separator=True, **review)
    examples = choice("examples", "&Examples", **review)
    theme = choice("theme", "T&heme", separator=True)
    return (
        act("review", "&Review", "Ctrl+1"),
        act("overview", "Overvie&w", "Ctrl+4", tip="Neurons as cards"),
        act("compare", "&Compare two neurons", "Ctrl+5"),
        act("map", "Neuron &map", "Ctrl+6", tip="All neurons in a plane"),
        act("training", "&Training curves", "Ctrl+2", **results),
        act("sweep", "Threshold &sweep", "Ctrl+3", **results),
        act("answers", "&Answers", tip="Neurons in samples answered rightly or wrongly", **results),
        act("study", "Ours and the &baselines", tip="The newest comparison", **results),
        act("agreement", "&Agreement", "Ctrl+7", tip="How far annotators agree"),
        act("adjudication", "A&djudication", "Ctrl+8", tip="Where labels differ"),
        act("jobs", "&Jobs", "Ctrl+J", checkable=True),
        regions("heat", "Regions as &heat"),
        regions("mask", "Regions as mas&k"),
        regions("outline", "Regions as &outline"),
        examples("top", "&Top examples"),
        examples("quantiles", "&Quantile examples"),
        examples("silent", "&Not firing"),
        act("zoom", "&Zoom into examples", "Z", separator=True, **review),
        act("play", "&Play through examples", "Space", **review),
        act("erase", "Erase to &verify", "H", tip=ERASE, **review),
        act("discussion", "Discuss&ion", "D", separator=True, **review),
        act("history", "Histor&y", "Y", **review),
        act("guidelines", "G&uidelines", "G", **review),
        theme("theme_system", "Theme of the &system"),
        theme("theme_dark", "&Dark"),
        theme("theme_light", "&Light"),
        act("full_screen", "&Full screen", "F11", checkable=True),
    )


def neuron_actions() -> tuple[ActionSpec, ...]:
    def shown(name: str, text: str) -> ActionSpec:
        return ActionSpec(
            f"neurons.{name}", text, "Neurons", scope="review", checkable=True, group="shown", submenu="S&how"
        )

    return (
        ActionSpec("neurons.next", "&Next neuron", "Neurons", keys=("J", "Down"), scope="review"),
        ActionSpec("neurons.previous", "&Previous neuron", "Neurons", keys=("K", "Up"), scope="review"),
        ActionSpec("neurons.first_open", "Next not re&viewed", "Neurons", keys=("N",), scope="review"),
        ActionSpec("neurons.assign", "Assign &batches…", "Neurons", separator=True),
        ActionSpec("neurons.gold", "&Gold neuron…", "Neurons", scope="review", tip="Say what is true of it"),
        ActionSpec(
            "neurons.compare",
            "&Compare with …",
            "Neurons",
            keys=("C",),
            scope="review",
            separator=True,
            tip="Mark this neuron; again on another one: both side by side",
        ),
        ActionSpec("neurons.similar", "&List similar neurons", "Neurons", keys=("L",), scope="review"),
        shown("all", "&All"),
        shown("visual", "&Visual"),
        shown("textual", "&Textual"),
        shown("multimodal", "&Multimodal"),
        shown("unclear", "&Unclear"),
        shown("disagree", "&Lines disagree"),
    )


def run_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec("run.resume", "&Run the pipeline again", "Run", tip="Go on where it stopped"),
        ActionSpec("run.hub", "SAEs on the &Hub…", "Run", separator=True, tip="Find and download an SAE"),
        ActionSpec("run.doctor", "Chec&k an SAE…", "Run", tip="Does an SAE belong to a layer of a model?"),
        ActionSpec("run.study", "Compare with &baselines…", "Run", separator=True, tip="Is ours better?"),
        ActionSpec("run.cancel", "&Cancel the running job", "Run", keys=("Ctrl+.",), separator=True),
    )


def review_actions() -> tuple[ActionSpec, ...]:
    def act(name: str, text: str, *keys: str, separator: bool = False, **more: str) -> ActionSpec:
        scope = "review"
        return ActionSpec(f"review.{name}", text, "Review", keys, None, scope, separator=separator, **more)

    ratings = tuple(
        act(f"rate_{n}", f"Rate &{n}", str(n), family="Rating", submenu="Ra&ting") for n in range(1, 6)
    )
    return (
        act("accept", "&Accept and next", "Return", "Enter"),
        act("edit", "&Edit the concept", "E"),
        act("reject", "&Reject", "X"),
        act("visual", "Class: &visual", "V", separator=True, submenu="C&lass"),
        act("textual", "Class: &textual", "T", submenu="C&lass"),
        act("multimodal", "Class: &multimodal", "M", submenu="C&lass"),
        act("unclear", "Class: &unclear", "U", submenu="C&lass"),
        *ratings,
        act("rate_clear", "&Clear the rating", "0", submenu="Ra&ting"),
        act("note", "Write a &note", "O", separator=True),
        act("skip", "&Skip", "S"),
        act("flag", "&Flag", "F"),
        act("reveal", "Reveal what is &hidden", "R", tip="Show the proposal, the class and others' work"),
        ActionSpec("review.blind", "&Blind review…", "Review", separator=True, tip="What is hidden"),
    )


def help_actions() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec("help.guide", "&Guide", "Help", standard=Std.HelpContents, keys=("F1",)),
        ActionSpec("help.keys", "&Keys", "Help", keys=("?",)),
        ActionSpec("help.about", "&About Concept Studio", "Help", separator=True),
    )


def built_in_actions() -> tuple[ActionSpec, ...]:
    """All acts, in the order of the menus."""
    return (
        *file_actions(),
        *edit_actions(),
        *view_actions(),
        *neuron_actions(),
        *list_actions("Neurons"),
        *run_actions(),
        *review_actions(),
        *list_actions("Review"),
        *adjudication_actions(),
        *help_actions(),
        *list_actions("Help"),
    )


def make_registry() -> ActionRegistry:
    """A registry with every act of the window."""
    return ActionRegistry(built_in_actions())
