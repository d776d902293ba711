"""What the actions of the review do: which key leads to which act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from studio.domain.modality import Modality
from studio.ui.actions import ActionRegistry
from studio.ui.review.search_help import SearchHelp

if TYPE_CHECKING:
    from studio.ui.review.view import ReviewView


class ReviewActs(QObject):
    """Gives the actions of the menus Review, Neurons and View what they do in `view`."""

    def __init__(self, view: ReviewView, actions: ActionRegistry) -> None:
        super().__init__(view)
        self._view, self._actions = view, actions
        for action_id, act in (self._decisions() | self._walks() | self._looks()).items():
            actions.connect(action_id, act)
            if action_id.startswith("review."):
                # A key held down must not decide on neurons that nobody has looked at.
                actions.action(action_id).setAutoRepeat(False)

    def name_undo(self, undo: str | None, redo: str | None) -> None:
        """Let undo and redo say what they would do; None where there is nothing."""
        for action_id, name, title in (("edit.undo", "&Undo", undo), ("edit.redo", "&Redo", redo)):
            action = self._actions.action(action_id)
            action.setText(title.replace("&", "&&") if title else name)
            action.setEnabled(title is not None)

    def _decisions(self) -> dict[str, Callable[..., Any]]:
        control, decision = self._view.controller, self._view.decision
        acts: dict[str, Callable[..., Any]] = {
            "review.accept": self._accept,
            "review.edit": decision.concept.start_editing,
            "review.reject": control.reject,
            "review.rate_clear": lambda: control.rate(None),
            "review.note": decision.write_note,
            "review.tag": decision.write_tag,
            "review.skip": control.skip,
            "review.flag": control.flag,
            "review.reveal": control.reveal,
            "edit.undo": control.undo,
            "edit.redo": control.redo,
        }
        for modality in Modality:
            acts[f"review.{modality.value}"] = lambda modality=modality: control.classify(modality)
        for rating in range(1, 6):
            acts[f"review.rate_{rating}"] = lambda rating=rating: control.rate(rating)
        return acts

    def _walks(self) -> dict[str, Callable[..., Any]]:
        control = self._view.controller
        return {
            "neurons.next": lambda: control.step(1),
            "neurons.previous": lambda: control.step(-1),
            "neurons.first_open": control.first_open,
        }

    def _looks(self) -> dict[str, Callable[..., Any]]:
        evidence = self._view.evidence
        return {
            "neurons.similar": evidence.similar.ask_list,
            "view.zoom": evidence.step_zoom,
            "view.play": evidence.player.toggle,
            "help.search": self._show_search_help,
        }

    def _accept(self) -> None:
        """Enter: save the words in the field, accept what is proposed, or ask for words where nothing is."""
        concept = self._view.decision.concept
        if concept.editing:
            concept.commit()
        elif concept.acceptable:
            self._view.controller.accept()
        else:
            concept.start_editing()

    def _show_search_help(self) -> None:
        dialog = SearchHelp(self._view.neurons.scores(), self._view.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
