"""What can be done with the list: choose a queue or a view, act on several neurons, set a goal."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from studio.services.bulk import BulkKind, BulkPlan
from studio.ui.actions import ActionRegistry
from studio.ui.job_runner import JobRunner
from studio.ui.review.bulk_acts import BulkActs
from studio.ui.review.bulk_dialog import DONE, BulkDialog, WordsDialog, neurons_in_words
from studio.ui.review.bulk_menu import BulkMenu
from studio.ui.review.controller import ReviewController
from studio.ui.review.goal import Goal, GoalDialog
from studio.ui.review.neuron_panel import NeuronPanel
from studio.ui.review.queue_menu import QueueMenu
from studio.ui.review.sample_dialog import SampleDialog
from studio.ui.review.views_menu import ViewsMenu
from studio.ui.toast import Toast


class ListActs(QObject):
    """Menus and dialogs round the list. `told` carries a passing word; `goal_changed` (done, goal)."""

    told = Signal(str)
    goal_changed = Signal(int, int)

    def __init__(
        self, over: QWidget, panel: NeuronPanel, control: ReviewController, runner: JobRunner
    ) -> None:
        super().__init__(over)
        self._over, self._panel, self._control = over, panel, control
        self.queue_menu = QueueMenu(panel, over)
        self.views_menu = ViewsMenu(panel, runner, over)
        self.bulk_menu = BulkMenu(panel, over)
        self.bulk = BulkActs(runner, control)
        self.goal = Goal(self)
        self.toast = Toast(over)
        self.button: QWidget | None = None
        self._connect()

    def connect_actions(self, actions: ActionRegistry) -> None:
        """Give the acts of `list_actions` what they do."""
        acts = {
            "neurons.queue": lambda: self._pop(self.queue_menu, self.button),
            "neurons.views": lambda: self._pop(self.views_menu, self.button),
            "neurons.save_view": self.views_menu.ask_name,
            "neurons.goal": self.ask_goal,
            "neurons.select_all": self._panel.select_all,
            "neurons.bulk": lambda: self._pop(self.bulk_menu, self._panel.selected_button),
            "review.reopen": self._control.reopen,
        }
        for action_id, act in acts.items():
            actions.connect(action_id, act)

    def ask_goal(self) -> None:
        dialog = GoalDialog(self.goal.goal, self._over.window())
        dialog.chosen.connect(self.goal.set_goal)
        self._open(dialog)

    def ask_sample(self) -> None:
        query = self._panel.query
        dialog = SampleDialog(query.size, query.seed, self._over.window())
        dialog.chosen.connect(self._panel.show_sample)
        self._open(dialog)

    def ask_bulk(self, kind: BulkKind) -> None:
        """Ask what the act needs, look at what it would change, and show that."""
        if kind in (BulkKind.TAG, BulkKind.UNTAG):
            verb = "Add tags" if kind is BulkKind.TAG else "Take tags away"
            words = "Several tags stand between commas. Other tags stay."
            self._ask_words(kind, verb, words, {"Tags": "animal, plant"}, lambda texts: split(texts[0]))
        elif kind is BulkKind.ASSIGN:
            words = "Everybody named is given each of these neurons. They find them in “Assigned to me”."
            fields = {"Annotators": "Ada, Bo", "Batch": "by hand"}
            self._ask_words(kind, "Assign", words, fields, lambda texts: (split(texts[0]), texts[1]))
        else:
            self._look(kind)

    def _connect(self) -> None:
        self.queue_menu.sample_asked.connect(self.ask_sample)
        self.views_menu.told.connect(self.told)
        self.bulk_menu.chosen.connect(self.ask_bulk)
        self.bulk_menu.list_asked.connect(self._make_list)
        self.bulk.planned.connect(self._show_plan)
        self.bulk.progress.connect(self._bulk_progress)
        self.bulk.finished.connect(self._bulk_finished)
        self.goal.changed.connect(self.goal_changed)
        self.goal.reached.connect(self._goal_reached)
        self._control.decided.connect(self.goal.count)
        self._control.titles.connect(lambda _undo, _redo: self._said_something())
        self._panel.selected_button.setMenu(self.bulk_menu)

    def _ask_words(self, kind: BulkKind, title: str, words: str, fields: dict[str, str], value: Any) -> None:
        dialog = WordsDialog(title, words, fields, "Go on", self._over.window())
        dialog.chosen.connect(lambda texts: self._look(kind, value(texts)))
        self._open(dialog)

    def _look(self, kind: BulkKind, value: Any = None) -> None:
        if not self.bulk.running:
            self.bulk.look(kind, self._panel.selected(), value)

    def _show_plan(self, plan: BulkPlan) -> None:
        dialog = BulkDialog(plan, self._over.window())
        dialog.accepted.connect(lambda: self.bulk.start(plan))
        self._open(dialog)

    def _bulk_progress(self, done: int, total: int) -> None:
        if total > 1000 and done < total:
            self.toast.tell(f"{done:,} of {neurons_in_words(total)} …", "Stop", self.bulk.stop)

    def _bulk_finished(self, plan: BulkPlan, done: int) -> None:
        rest = len(plan.new) - done
        words = f"{neurons_in_words(done)} {DONE[plan.kind]}"
        self.toast.tell(
            words + (f", {rest:,} not: stopped" if rest else ""), "Undo" if done else "", self._control.undo
        )

    def _goal_reached(self, goal: int) -> None:
        self.toast.tell(f"{neurons_in_words(goal)} done: the goal of this sitting.")

    def _said_something(self) -> None:
        """Another act was saved: Undo would take back that one now."""
        if not self.bulk.running:
            self.toast.dismiss()

    def _make_list(self) -> None:
        chosen = self._panel.selected()
        self._panel.show_only(chosen, "My list")

    def _pop(self, menu: QMenu, at: QWidget | None) -> None:
        below = at if at is not None and at.isVisible() else self._panel
        menu.popup(below.mapToGlobal(QPoint(0, below.height() if below is at else 0)))
        first = next((action for action in menu.actions() if can_be_chosen(action)), None)
        if first is not None:
            menu.setActiveAction(first)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def split(text: str) -> list[str]:
    """Words between commas."""
    return [part for part in (" ".join(part.split()) for part in text.split(",")) if part]


def can_be_chosen(action: QAction) -> bool:
    """Whether an entry of a menu does something."""
    return action.isEnabled() and not action.isSeparator()
