"""What the menus do with copies, batches, gold neurons, agreement and adjudication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain.errors import UserError
from studio.ui.acts.base import Acts

if TYPE_CHECKING:
    from studio.services.copies import CopyMade

NOTHING = "Nothing was done"
SEVERAL = "{} files were dropped. Drop one project; its copies can be dropped together once it is open."


class TogetherActs(Acts):
    """Acts that need more than one annotator, or prepare for them."""

    def acts(self) -> Mapping[str, Callable[..., object]]:
        return {
            "file.merge": self.merge,
            "file.copy": self.make_copy,
            "neurons.assign": self.assign,
            "neurons.gold": self.mark_gold,
        }

    def merge(self, paths: Sequence[Path] = ()) -> None:
        """Merge copies into the open project; `paths` are in the dialog's list already."""
        from studio.ui.together.merge_dialog import MergeDialog

        session = self._session(NOTHING)
        if session is not None:
            dialog = MergeDialog(self._window.runner, session, paths, self._window)
            dialog.show_neurons.connect(self._show_neurons)
            dialog.adjudicate.connect(self._window.actions_registry.action("view.adjudication").trigger)
            self._show(dialog)

    def make_copy(self) -> None:
        """Make a copy for an annotator."""
        from studio.ui.together.copy_dialog import CopyDialog

        session = self._session(NOTHING)
        if session is not None:
            dialog = CopyDialog(self._window.runner, session, parent=self._window)
            dialog.made.connect(self._copied)
            self._show(dialog)

    def assign(self) -> None:
        """Assign batches."""
        from studio.ui.together.assign_dialog import AssignDialog

        session = self._session(NOTHING)
        if session is not None:
            shown: Sequence[int] = ()
            rows = self._window.review.controller.rows if self._window.review is not None else None
            if rows is not None and rows.query.narrowed:
                shown = rows.rows.tolist()
            self._show(AssignDialog(self._window.runner, session, shown, self._window))

    def mark_gold(self) -> None:
        """Mark the neuron in front as gold, or take the mark away."""
        from studio.ui.together.gold_dialog import GoldDialog

        session, review = self._session(NOTHING), self._window.review
        neuron = None if review is None else review.controller.current
        if session is not None and neuron is not None:
            self._show(GoldDialog(self._window.runner, session.annotator, neuron, self._window))

    def dropped(self, paths: Sequence[Path]) -> None:
        """Files were dropped on the window: copies of the open project are offered to be merged, another
        project is opened."""
        if self._window.projects.session is None and len(paths) > 1:
            self.show_error("Nothing was opened", UserError(SEVERAL.format(len(paths))))
        elif self._window.projects.session is None:
            self._window.projects.open(paths[0])
        else:
            self._look_at(paths)

    def _look_at(self, paths: Sequence[Path]) -> None:
        self._window.runner.db("Looking at the files", _copies_among, list(paths), done=self._sorted)

    def _sorted(self, found: tuple[list[Path], list[Path]]) -> None:
        copies, others = found
        if copies or len(others) > 1:
            self.merge([*copies, *others])
        else:
            self._window.projects.open(others[0])

    def _copied(self, made: CopyMade) -> None:
        self._window.status.tell(f"{made.path.name} is for {made.annotator}")

    def _show_neurons(self, neurons: list[int], name: str) -> None:
        if len(neurons) == 1:
            self._window.show_neuron(neurons[0])
        else:
            self._window.show_neurons(neurons, name)


def _copies_among(project: Any, paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Which of the files are copies of the open project, and which are not."""
    from studio.services.merge import is_copy

    copies = [path for path in paths if is_copy(project, path)]
    return copies, [path for path in paths if path not in copies]
