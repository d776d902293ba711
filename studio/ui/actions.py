"""The registry of everything a user can ask for: one QAction an act, shared by menus, buttons and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.ui.typing_guard import TypingGuard

#: The scope of acts whose keys work on every page.
EVERYWHERE = "window"
#: That of acts on the neuron in front of the review; its keys work until another page says otherwise.
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What an act is called and which keys call it.

    `keys` are default key sequences in portable text ("Ctrl+F", "Return"); `standard` is taken instead where
    the platform defines one. `menu` is the menu it stands in, and `submenu` a menu within that; `scope` is
    what must be in front for its keys to work: "window" anything, "review" neurons to review, else a page.
    Acts of two pages may have one key. Actions of one `group` exclude each other; those of one `family` share
    a line where keys are listed.
    """

    id: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    standard: QKeySequence.StandardKey | None = None
    scope: str = EVERYWHERE
    checkable: bool = False
    group: str = ""
    separator: bool = False
    tip: str = ""
    family: str = ""
    submenu: str = ""

    @property
    def place(self) -> str:
        """Where it stands: "File", "View > Theme"."""
        return " > ".join(part.replace("&", "") for part in (self.menu, self.submenu) if part)

    @property
    def words(self) -> str:
        """What the act is called, without the marks of a menu."""
        return self.text.replace("&", "").rstrip("…")


class ActionRegistry(QObject):
    """Makes the actions, keeps their keys, and says when a key has changed."""

    shortcuts_changed = Signal(str)

    def __init__(self, specs: Iterable[ActionSpec], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs: dict[str, ActionSpec] = {}
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._guard = TypingGuard(self)
        for spec in specs:
            self.add(spec)
        self.show_scope(REVIEW)

    def add(self, spec: ActionSpec) -> QAction:
        """Make the action of `spec`; ValueError when the id is taken."""
        if spec.id in self._specs:
            raise ValueError(f"two actions are called {spec.id}")
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        self._specs[spec.id], self._actions[spec.id] = spec, action
        if spec.group:
            self._group(spec.group).addAction(action)
        self.set_keys(spec.id, default_keys(spec))
        return action

    def spec(self, action_id: str) -> ActionSpec:
        """What the act is called and where it stands; KeyError for an unknown id."""
        return self._specs[action_id]

    def specs(self) -> tuple[ActionSpec, ...]:
        """All acts, in the order of the menus."""
        return tuple(self._specs.values())

    def action(self, action_id: str) -> QAction:
        """The shared action; put it in menus with addAction and on buttons with `studio.ui.bound.Bound`."""
        return self._actions[action_id]

    def connect(self, action_id: str, slot: Callable[..., object]) -> None:
        """Call `slot` when the act is asked for (with `checked` when it is checkable)."""
        action = self._actions[action_id]
        if action.isCheckable():
            action.triggered.connect(slot)
        else:
            action.triggered.connect(lambda _checked=False: slot())

    def set_enabled(self, enabled: bool, *action_ids: str) -> None:
        """Enable or disable several acts."""
        for action_id in action_ids:
            self._actions[action_id].setEnabled(enabled)

    def show_scope(self, scope: str) -> None:
        """Enable the acts of this scope and disable those of every other: the keys of a page that is not in
        front are silent. Acts that work everywhere stay as they are."""
        for spec in self._specs.values():
            if spec.scope != EVERYWHERE:
                self._actions[spec.id].setEnabled(spec.scope == scope)

    def keys(self, action_id: str) -> tuple[str, ...]:
        """The keys in use, portable text."""
        portable = QKeySequence.SequenceFormat.PortableText
        return tuple(k.toString(portable) for k in self._actions[action_id].shortcuts())

    def key_label(self, action_id: str) -> str:
        """The first key as people of this platform write it, short enough for a button; "" for none."""
        found = self._actions[action_id].shortcuts()
        text = found[0].toString(QKeySequence.SequenceFormat.NativeText) if found else ""
        return {"Return": "Enter", "Right": "→", "Left": "←", "Down": "↓", "Up": "↑"}.get(text, text)

    def defaults(self, action_id: str) -> tuple[str, ...]:
        """The keys an act has while nobody gave it others."""
        return default_keys(self._specs[action_id])

    def with_key(self, key: str) -> QAction | None:
        """The act that answers to `key` now and is enabled; None without one."""
        found = (self._actions[name] for name in self._specs if key in self.keys(name))
        return next((action for action in found if action.isEnabled()), None)

    def set_keys(self, action_id: str, keys: Iterable[str]) -> None:
        """Give an act other keys (portable text). They work while the window is in front."""
        action = self._actions[action_id]
        action.setShortcuts([QKeySequence(k) for k in keys])
        tip = self._specs[action_id].tip or self._specs[action_id].words
        key = self.key_label(action_id)
        words = f"{tip} ({key})" if key else tip  # ours, never a data set's
        action.setToolTip(words)
        self.shortcuts_changed.emit(action_id)

    def conflicts(self, action_id: str, key: str) -> tuple[str, ...]:
        """Ids of other acts that answer to `key` already and can be in front together with this one."""
        wanted = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
        scope = self._specs[action_id].scope
        return tuple(
            other.id
            for other in self._specs.values()
            if other.id != action_id and wanted in self.keys(other.id) and together(scope, other.scope)
        )

    def attach(self, window: QWidget) -> None:
        """Let the keys of all acts work in `window`, whether or not a menu shows them."""
        window.addActions(list(self._actions.values()))

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]


def together(first: str, second: str) -> bool:
    """Whether acts of both scopes can be in front at one time."""
    return first == second or EVERYWHERE in (first, second)


def default_keys(spec: ActionSpec) -> tuple[str, ...]:
    """The keys an act starts with: the platform's where it has some, else the spec's."""
    if spec.standard is not None:
        found = QKeySequence.keyBindings(spec.standard)
        if found:
            return tuple(k.toString(QKeySequence.SequenceFormat.PortableText) for k in found)
    return spec.keys
