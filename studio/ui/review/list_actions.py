"""What can be asked of the list: queues, views, several neurons at once, a goal."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from studio.ui.actions import ActionSpec


def list_actions(menu: str) -> tuple[ActionSpec, ...]:
    """Those of one menu: Neurons, Review or Help."""
    return tuple(spec for spec in _all() if spec.menu == menu)


def _all() -> tuple[ActionSpec, ...]:

    def act(name: str, text: str, *keys: str, separator: bool = False, tip: str = "") -> ActionSpec:
        menu = "Review" if name.startswith("review") else "Neurons"
        return ActionSpec(name, text, menu, keys=keys, scope="review", separator=separator, tip=tip)

    return (
        act("neurons.queue", "&Queue…", "Q", separator=True, tip="Choose what to walk through"),
        act("neurons.views", "Saved vie&ws…", "W", tip="Lists that were saved under a name"),
        act("neurons.save_view", "Save this v&iew…", tip="Keep queue, search and order under a name"),
        act("neurons.goal", "Set a g&oal…", tip="How many neurons this sitting"),
        ActionSpec(
            "neurons.select_all",
            "S&elect all",
            "Neurons",
            ("Ctrl+A",),
            QKeySequence.StandardKey.SelectAll,
            scope="review",
            separator=True,
            tip="Select every neuron of the list",
        ),
        act("neurons.bulk", "With the selecte&d…", "B", tip="Accept, tag, flag, assign or reset several"),
        act("review.tag", "Write ta&gs", "A"),
        act("review.reopen", "Re&open", tip="Take the decision back: to be reviewed again"),
        ActionSpec("help.search", "What the &search understands", "Help"),
    )
