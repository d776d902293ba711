"""What the reviewer says, as acts to be saved: each verb of the review, and undo and redo."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject

from studio.domain.modality import Modality
from studio.services.neuron_detail import NeuronDetail
from studio.ui.review import verbs
from studio.ui.review.facts import acceptable, primary_concept
from studio.ui.review.save_queue import Decision


class Says(QObject):
    """The verbs; `ReviewController` knows the neuron in front and puts what is said on its way."""

    current: int | None
    annotator: str

    @property
    def detail(self) -> NeuronDetail | None:
        """The neuron in front, None while it is on its way."""
        raise NotImplementedError

    def accept(self) -> None:
        """Accept the proposed concept, or the explainer's answer that there is none."""
        detail = self.detail
        if detail is not None and acceptable(detail):
            self._decide(f"accept, neuron {detail.neuron}", verbs.accept(primary_concept(detail)))

    def edit(self, concept: str) -> None:
        """Give the concept other words."""
        if concept.strip():
            self._decide(f"edit concept, neuron {self.current}", verbs.edit(concept))

    def reject(self) -> None:
        self._decide(f"reject, neuron {self.current}", verbs.reject())

    def skip(self) -> None:
        self._decide(f"skip, neuron {self.current}", verbs.skip())

    def classify(self, modality: Modality) -> None:
        """Say the class; the same again takes it back."""
        self._say(f"class {modality.value}, neuron {self.current}", verbs.classify(modality))

    def rate(self, rating: int | None) -> None:
        """Rate 1 to 5; None takes it back."""
        what = "clear rating" if rating is None else f"rate {rating}"
        self._say(f"{what}, neuron {self.current}", verbs.rate(rating))

    def flag(self) -> None:
        """Set or take away the flag."""
        self._say(f"flag, neuron {self.current}", verbs.flag())

    def reopen(self) -> None:
        """Take the decision back: the neuron is to be reviewed again."""
        self._say(f"reopen, neuron {self.current}", verbs.reopen())

    def tag(self, neuron: int, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        """Give a neuron (which may not be in front any more) tags, or take some away."""
        write = verbs.tag(neuron, add, remove)
        self._put(Decision(f"tag, neuron {neuron}", neuron, self.annotator, write))

    def note(self, neuron: int, text: str) -> None:
        """Keep the note of a neuron (which may not be in front any more)."""
        self._put(Decision(f"note, neuron {neuron}", neuron, self.annotator, verbs.note(neuron, text)))

    def comment(self, neuron: int, text: str) -> None:
        """Add to the discussion of a neuron (which may not be in front any more)."""
        self._put(Decision(f"comment, neuron {neuron}", neuron, self.annotator, verbs.comment(neuron, text)))

    def undo(self) -> None:
        self._put(Decision("undo", None, self.annotator, verbs.undo()))

    def redo(self) -> None:
        self._put(Decision("redo", None, self.annotator, verbs.redo()))

    def _decide(self, title: str, verb: verbs.Verb) -> None:
        """A decision that leads on to the next neuron."""
        raise NotImplementedError

    def _say(self, title: str, verb: verbs.Verb) -> None:
        """Something said about the neuron in front."""
        raise NotImplementedError

    def _put(self, decision: Decision) -> None:
        """On its way into the file."""
        raise NotImplementedError
