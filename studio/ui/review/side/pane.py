"""The pane below the decision: discussion, history and guidelines as tabs, folded until asked for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QTabWidget, QToolButton, QVBoxLayout, QWidget

from studio.services.neuron_detail import NeuronDetail
from studio.ui.actions import ActionRegistry
from studio.ui.review.side.discussion import Discussion
from studio.ui.review.side.entries import EntryList
from studio.ui.review.side.guidelines import GuidelinesPane
from studio.ui.review.side.history_words import history_entries

TABS = ("discussion", "history", "guidelines")
HIDDEN = "What others said and did is hidden until you reveal this neuron."


class SidePane(QFrame):
    """Opens on a tab, closes when the same is asked for again. `typing`: words that are not saved."""

    typing = Signal(bool)

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._actions, self._first, self._counts = actions, "discussion", (0, 0)
        self._typing = {"discussion": False, "guidelines": False}
        self.discussion = Discussion()
        self.history = EntryList("History", "Nobody has said anything about this neuron yet.")
        self.guidelines = GuidelinesPane()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Discussion, history and guidelines")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.button = QToolButton()
        for page, name in zip((self.discussion, self.history, self.guidelines), TABS, strict=True):
            self.tabs.addTab(page, name.capitalize())
            actions.connect(f"view.{name}", lambda name=name: self.toggle(name))
        actions.shortcuts_changed.connect(self._say_keys)
        self._say_keys()
        self._close = QPushButton("×")
        self._close.setProperty("role", "link")
        self._close.setAccessibleName("Close this pane")
        self._close.setToolTip("Close")
        self._close.clicked.connect(self.hide)
        self.tabs.setCornerWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        self._set_up_button(actions)
        self.discussion.typing.connect(lambda on: self._typed("discussion", on))
        self.guidelines.typing.connect(lambda on: self._typed("guidelines", on))
        self.hide()

    def toggle(self, name: str) -> None:
        """Show a tab; put the pane away where it is in front already."""
        place = TABS.index(name)
        if self.isVisible() and self.tabs.currentIndex() == place:
            self.hide()
            return
        self.tabs.setCurrentIndex(place)
        self.show()
        if name == "discussion":
            self.discussion.field.setFocus()
        elif name == "guidelines":
            self.guidelines.take_focus()

    def clear(self) -> None:
        """The project is closed: words that were meant for it do not wait in the next one."""
        self.discussion.clear()
        self.guidelines.stop_editing()

    def show_detail(self, detail: NeuronDetail) -> None:
        """Show what was said about a neuron."""
        comments = self.discussion.show_detail(detail)
        entries = history_entries(detail.history)
        covered = detail.cover is not None and detail.cover.down and "peers" in detail.cover.hidden
        self.history.show_entries(entries, HIDDEN if covered else "")
        self.tabs.setTabText(0, f"Discussion {comments}" if comments else "Discussion")
        self.tabs.setTabText(1, f"History {len(entries)}" if entries else "History")
        self._name_button(comments, len(entries))
        self.button.setAccessibleName(f"{comments} comments, {len(entries)} in the history: show them")

    def _say_keys(self, _id: str = "") -> None:
        for place, name in enumerate(TABS):
            self.tabs.setTabToolTip(place, self._actions.action(f"view.{name}").toolTip())
        self._name_button(*self._counts)

    def _name_button(self, comments: int, entries: int) -> None:
        """It opens the discussion; the history where there is no discussion but a history."""
        self._counts = comments, entries
        self._first = "history" if entries and not comments else "discussion"
        words = {"history": f"History {entries}", "discussion": f"Discussion {comments}"}
        text = words[self._first] if comments or entries else "Discuss"
        keys = self._actions.keys(f"view.{self._first}")
        self.button.setText(f"{text} ({keys[0]}) ▸" if keys else f"{text} ▸")

    def sizeHint(self) -> QSize:
        return QSize(320, 250)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 170)

    def _set_up_button(self, actions: ActionRegistry) -> None:
        self.button.setProperty("role", "link")
        self.button.setToolTip("Discussion, history and guidelines")
        self.button.clicked.connect(self._pressed)

    def _pressed(self) -> None:
        """Put the pane away, or open it on what the button names."""
        if self.isVisible():
            self.hide()
        else:
            self.toggle(self._first)

    def _typed(self, where: str, on: bool) -> None:
        self._typing[where] = on
        self.typing.emit(any(self._typing.values()))
