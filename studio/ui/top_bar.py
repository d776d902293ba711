"""The bar above the columns: how far the review is, the search field, who reviews."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from studio.domain.shared import Policy
from studio.ui.actions import ActionRegistry
from studio.ui.bound import Bound
from studio.ui.icons import icon
from studio.ui.labels import label
from studio.ui.progress_line import progress_line, set_share
from studio.ui.review.queue_words import queue_words
from studio.ui.review.search_help import FieldCompleter
from studio.ui.theme import Theme, ThemeKeeper, number_font


class SearchField(QLineEdit):
    """Escape empties it first and leaves it then; Enter and Down go on to the list."""

    leave = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.leave.emit()
            return
        super().keyPressEvent(event)


class TopBar(QFrame):
    """`search_changed` carries the text as it is typed; `reviewer_clicked` asks to change the name."""

    search_changed = Signal(str)
    search_left = Signal()

    def __init__(self, actions: ActionRegistry, themes: ThemeKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._actions = actions
        self.queue = QPushButton()
        self._bar = progress_line("Reviewed", 120)
        self._counts = QPushButton()
        self._goal = (0, 0)
        self._pace = (0, 0, 0.0)
        self.search = SearchField()
        self._key = label("", "key")
        self._reviewer = QPushButton()
        self._blind = QPushButton("Blind review")
        self._blind.setProperty("role", "pill")
        Bound(self._blind, "review.blind", actions, "What is hidden until it is revealed")
        self._blind.hide()
        self._build()
        self.search.textChanged.connect(self.search_changed)
        self.search.leave.connect(self.search_left)
        self._who = Bound(self._reviewer, "edit.reviewer", actions)
        actions.shortcuts_changed.connect(self._show_key)
        themes.changed.connect(self._paint)
        self._paint(themes.theme)
        self._show_key("edit.find")
        self.set_reviewer("")
        self.set_queue(0, 0, 0.0)
        self.set_queue_name("")

    def set_queue(self, done: int, total: int, per_hour: float) -> None:
        """`done` of `total` neurons reviewed; the pace is shown once there is one."""
        self._pace = (done, total, per_hour)
        for part in (self.queue, self._bar, self._counts):
            part.setVisible(total > 0)
        set_share(self._bar, done / total if total else 0.0)
        self._show_counts()

    def set_list(self, review: Any) -> None:
        """The list of this review is what the queue button, the goal and the search field are about."""
        acts, panel = review.list_acts, review.neurons
        acts.button = self.queue
        self.queue.setMenu(acts.queue_menu)
        acts.goal_changed.connect(self.set_goal)
        panel.asked.connect(self._asked)
        review.reader.facts_read.connect(lambda: self.completer.set_scores(panel.scores()))

    def _asked(self, query: Any) -> None:
        self.show_search(query.text)
        self.set_queue_name(query.only_name or queue_words(query.queue))

    def set_goal(self, done: int, goal: int) -> None:
        """`done` neurons in this sitting, of `goal`; 0 for no goal."""
        self._goal = (done, goal)
        self._show_counts()

    def set_queue_name(self, name: str) -> None:
        """What the list shows, "" for all neurons."""
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        self.queue.setText(f"Queue: {shown or 'All'} ▾".replace("&", "&&"))
        self.queue.setAccessibleName(f"Queue: {name or 'all neurons'}")

    def show_search(self, text: str) -> None:
        """The search that holds now, where it was not typed."""
        if text != self.search.text():
            self.search.blockSignals(True)
            self.search.setText(text)
            self.search.setCursorPosition(0)
            self.search.blockSignals(False)
            self._key.setVisible(not text)

    def _show_counts(self) -> None:
        done, total, per_hour = self._pace
        pace = f" · {per_hour:.0f} per hour" if per_hour >= 1 else ""
        goal = f" · goal {self._goal[0]:,} / {self._goal[1]:,}" if self._goal[1] else ""
        self._counts.setText(f"{done:,} / {total:,}{pace}{goal}")
        words = f"{done:,} of {total:,} neurons reviewed{goal and goal[2:]}. Set a goal"
        self._counts.setAccessibleName(words)

    def set_policy(self, policy: Policy) -> None:
        """Show that something is hidden in this project, until it is revealed."""
        words = "Blind review" if policy.blind else "Rating first"
        self._blind.setText(words)
        self._blind.setAccessibleName(f"{words}: see and change what is hidden")
        self._blind.setVisible(policy.blind or policy.rate_before_reveal)

    def set_reviewer(self, name: str) -> None:
        """Show who reviews."""
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        self._reviewer.setText(f"Reviewer: {shown}".replace("&", "&&") if name else "Reviewer…")
        self._who.say(name or "Say who is reviewing")
        self._reviewer.setAccessibleName(f"Reviewer {name}" if name else "Choose the reviewer")

    def _build(self) -> None:
        self.search.setPlaceholderText("Search neurons …")
        Bound(self.search, "edit.find", self._actions)
        self.search.setAccessibleName("Search neurons")
        self.search.setMinimumWidth(160)
        self.search.setMaximumWidth(320)
        self.search.setMaxLength(500)
        self.search.setTextMargins(0, 0, 52, 0)
        self.completer = FieldCompleter(self.search)
        self.search.setCompleter(self.completer)
        Bound(self.queue, "neurons.queue", self._actions, press=False)
        self._counts.setProperty("role", "quiet")
        self._counts.setFont(number_font())
        Bound(self._counts, "neurons.goal", self._actions, "Set a goal for this sitting")
        inside = QHBoxLayout(self.search)
        inside.setContentsMargins(8, 0, 8, 0)
        inside.addStretch(1)
        inside.addWidget(self._key, 0, Qt.AlignmentFlag.AlignVCenter)
        self._key.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.search.textChanged.connect(lambda text: self._key.setVisible(not text))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        for part in (self.queue, self._bar, self._counts):
            row.addWidget(part)
        row.addWidget(self._blind)
        row.addStretch(1)
        row.addWidget(self.search, 4)
        row.addWidget(self._reviewer)

    def _show_key(self, action_id: str) -> None:
        if action_id == "edit.find":
            self._key.setText(self._actions.key_label("edit.find").replace("+", " "))

    def _paint(self, theme: Theme) -> None:
        self._reviewer.setIcon(icon("reviewer", theme.color("muted")))
