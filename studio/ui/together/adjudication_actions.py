"""What the adjudicator can ask for while the adjudication page is in front."""

from __future__ import annotations

from typing import Any

from studio.ui.actions import ActionSpec

SCOPE = "adjudication"
#: Labels that have a key; those of more annotators are picked with the mouse or the Tab key.
PICKS = 9


def adjudication_actions() -> tuple[ActionSpec, ...]:
    """In the order of the menu."""

    def act(name: str, text: str, *keys: str, **more: Any) -> ActionSpec:
        return ActionSpec(
            f"adjudicate.{name}", text, "Review", keys, scope=SCOPE, submenu="Ad&judicate", **more
        )

    picks = (
        act(f"pick_{n}", f"Pick label &{n}", str(n), family="Pick a label", separator=n == 1)
        for n in range(1, PICKS + 1)
    )
    return (
        *picks,
        act("own", "Own &words", "E", tip="Decide in your own words"),
        act("reject", "&Reject the neuron", "X"),
        act("next", "&Next neuron", "J", family="Next and previous neuron"),
        act("previous", "&Previous neuron", "K", family="Next and previous neuron"),
        act("next_open", "Next &open", "N", tip="Next neuron that is not adjudicated"),
        act("review", "Open in re&view", "O"),
    )
