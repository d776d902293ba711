"""What a plug-in of others hands over is watched: its failures become sentences that name the plug-in."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from studio.domain.concept import Proposal
from studio.domain.errors import Cancelled, DataError, ModelError, SaeFormatError, UserError
from studio.domain.sample import Sample, Skipped
from studio.domain.score import Score
from studio.services.plugin_report import UnfitError, a_kind, reason

#: Seconds that a call may take which has nothing to do but answer. Generous: torch may be imported in it.
LONGEST = 60.0
#: Methods that answer at once.
QUICK = frozenset({"columns", "recognises"})
#: Methods that return a mapping, and what the iterators of others give.
MAPPINGS = frozenset({"columns", "prepare", "summary"})
GIVES: dict[str, tuple[type, ...]] = {"samples": (Sample, Skipped), "propose": (Proposal,), "score": (Score,)}

Answer = TypeVar("Answer")


class PluginError(UserError):
    """A plug-in of others failed in what it was called for."""


class PluginDataError(PluginError, DataError):
    """... while it read a data set."""


class PluginModelError(PluginError, ModelError):
    """... in work with a model."""


class PluginSaeError(PluginError, SaeFormatError):
    """... while it read or wrote an SAE."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What the objects of a hook are for: "could not ..."; the error that their failures become, and what
    passes as it is, because the caller knows what to do about it."""

    what: str
    error: type[PluginError]
    passes: tuple[type[BaseException], ...] = ()


DUTIES = {
    "concept_studio_open_data": Duty("read this data set", PluginDataError),
    "concept_studio_sae_formats": Duty("handle this SAE", PluginSaeError, (OSError,)),
    "concept_studio_vlm_adapters": Duty("fit this model", PluginModelError),
    "concept_studio_aligners": Duty("embed", PluginModelError),
    "concept_studio_explainers": Duty("explain", PluginModelError),
    "concept_studio_scorers": Duty("score", PluginModelError),
    "concept_studio_exporters": Duty("write the export", PluginError, (OSError,)),
}


def guarded(offered: Any, plugin: str, hook: str) -> Any:
    """What a hook returned, watched; a list part by part."""
    if isinstance(offered, (list, tuple)):
        return [Guarded(one, plugin, DUTIES[hook]) for one in offered]
    return Guarded(offered, plugin, DUTIES[hook])


class Guarded:
    """An object of a plug-in: to ask it is to ask the object, except that its failures have a name."""

    def __init__(self, thing: Any, plugin: str, duty: Duty) -> None:
        self._thing, self._plugin, self._duty = thing, plugin, duty

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # `models` asks what kind of adapter it has
        return type(self._thing)

    def __getattr__(self, name: str) -> Any:
        value = self._watched(name, lambda: getattr(self._thing, name), (AttributeError,))
        return self._call(name, value) if inspect.isroutine(value) else value

    def _call(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            answer = self._watched(name, lambda: self._in_time(name, lambda: method(*given, **more)))
            if name in MAPPINGS:
                self._check(name, answer, (Mapping,))
            return self._each(name, answer) if isinstance(answer, Iterator) else answer

        return call

    def _in_time(self, name: str, call: Callable[[], Answer]) -> Answer:
        return within(LONGEST, name, call) if name in QUICK else call()

    def _each(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        """The items of an iterator, which may fail at any of them."""
        end = object()
        while (item := self._watched(name, lambda: next(items, end))) is not end:
            self._check(name, item, GIVES.get(name, (object,)))
            yield item

    def _check(self, name: str, given: object, kinds: tuple[type, ...]) -> None:
        if not isinstance(given, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise self._failure(name, UnfitError(f"it gave {a_kind(given)}, not a {wanted}"))

    def _watched(
        self, name: str, call: Callable[[], Answer], passes: tuple[type[BaseException], ...] = ()
    ) -> Answer:
        try:
            return call()
        except (Exception, SystemExit) as error:
            if isinstance(error, (*passes, *self._duty.passes)) or _is_ours(error):
                raise
            raise self._failure(name, error) from error

    def _failure(self, name: str, error: BaseException) -> PluginError:
        why = reason(error).rstrip(".")
        return self._duty.error(f"The plug-in “{self._plugin}” could not {self._duty.what} ({name}): {why}.")


def within(seconds: float, name: str, call: Callable[[], Answer]) -> Answer:
    """`call()`, or `UnfitError` when it has not answered in time.

    It runs in a thread of its own, which nothing can end: one that hangs stays until the process goes.
    """
    outcome: Future[Answer] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # it is raised again in the thread that asked
            outcome.set_exception(error)

    threading.Thread(target=run, name=f"plug-in {name}", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        if outcome.done():
            raise
        raise UnfitError(f"{name} did not answer within {seconds:g} seconds") from error


def _is_ours(error: BaseException) -> bool:
    """A sentence for a person, a stop, or a want of memory that smaller portions may end."""
    if isinstance(error, (UserError, Cancelled, MemoryError)):
        return True
    if "torch" not in sys.modules:
        return False
    from models.device import is_out_of_memory

    return is_out_of_memory(error)
