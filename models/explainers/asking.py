"""Asks many questions side by side: what the cache has is not asked, answers come back in order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from models.explainers.answer_cache import AnswerCache
from models.explainers.chat import Answer, ChatModel, NoAnswerError, Question
from studio.domain.context import Context
from studio.domain.errors import NetworkError

Key = TypeVar("Key")
#: So many questions in a row without an answer end a run: the endpoint is gone.
IN_A_ROW = 5
#: Seconds between two looks whether the run was cancelled, and between two lines on what it has cost.
LOOK, TELL = 0.2, 60.0


@dataclass(slots=True)
class Spent:
    """What a run has used. Prices are for a million tokens in and out, in whatever money they were given."""

    price_in: float = 0.0
    price_out: float = 0.0
    asked: int = 0
    cached: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def cost(self) -> float | None:
        """None without prices."""
        if not self.price_in and not self.price_out:
            return None
        return (self.tokens_in * self.price_in + self.tokens_out * self.price_out) / 1e6

    def sentence(self) -> str:
        """For the log: questions, tokens, money."""
        text = f"{self.asked:,} questions asked, {self.cached:,} answered from the cache"
        text += f"; {self.tokens_in:,} tokens in, {self.tokens_out:,} out"
        return text + ("." if self.cost is None else f"; cost so far {self.cost:.4f}.")

    def summary(self) -> dict[str, Any]:
        """For the run record."""
        found = {"asked": self.asked, "cached": self.cached, "failed": self.failed}
        found |= {"tokens_in": self.tokens_in, "tokens_out": self.tokens_out}
        return found | ({} if self.cost is None else {"cost": round(self.cost, 6)})


class Asker:
    """Questions to one model, through one cache."""

    def __init__(self, chat: ChatModel, cache: AnswerCache, spent: Spent | None = None) -> None:
        self.chat, self.spent = chat, spent or Spent()
        self._cache = cache
        self._failures = 0
        self._told = time.monotonic()

    def all(
        self, questions: Iterable[tuple[Key, Question]], ctx: Context
    ) -> Iterator[tuple[Key, Answer | NoAnswerError]]:
        """(key, answer) in the order of the questions, which are made as they are needed. A question without
        an answer gives the error that says why.

        Raises `NetworkError` or `ModelError` when there is no use in going on, `Cancelled`. In whatever way
        it ends, every answer that came back is in the cache.
        """
        waiting: deque[tuple[Key, Future[tuple[Answer, bool]]]] = deque()
        pool = ThreadPoolExecutor(self.chat.parallel, "asking")
        try:
            for key, question in questions:
                waiting.append((key, pool.submit(self._answer, question)))
                while len(waiting) >= 2 * self.chat.parallel:
                    yield self._next(waiting, ctx)
            while waiting:
                yield self._next(waiting, ctx)
        finally:
            if waiting:
                self.chat.stop()
            pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, question: Question) -> tuple[Answer, bool]:
        """In a thread of the pool: the answer, and whether the model was asked for it."""
        found = self._cache.get(question)
        if found is not None:
            return found, False
        answer = self.chat.ask(question)
        self._cache.put(question, answer)
        return answer, True

    def _next(
        self, waiting: deque[tuple[Key, Future[tuple[Answer, bool]]]], ctx: Context
    ) -> tuple[Key, Answer | NoAnswerError]:
        key, future = waiting[0]
        while not wait([future], LOOK).done:
            ctx.check()
        ctx.check()
        try:
            found: Answer | NoAnswerError = self._counted(*future.result())
        except NoAnswerError as error:
            found = error
            self._count_failure(error, ctx)
        waiting.popleft()
        self._tell(ctx)
        return key, found

    def _counted(self, answer: Answer, asked: bool) -> Answer:
        self._failures = 0
        self.spent.asked += asked
        self.spent.cached += not asked
        self.spent.tokens_in += asked * answer.tokens_in
        self.spent.tokens_out += asked * answer.tokens_out
        return answer

    def _count_failure(self, error: NoAnswerError, ctx: Context) -> None:
        self.spent.failed += 1
        self._failures += 1
        ctx.log(str(error))
        if self._failures >= IN_A_ROW:
            raise NetworkError(
                f"{error} This was the {IN_A_ROW}th question in a row, so the run stops here. What was "
                "answered is kept: start it again to go on from there."
            )

    def _tell(self, ctx: Context) -> None:
        if time.monotonic() - self._told >= TELL:
            self._told = time.monotonic()
            ctx.log(self.spent.sentence())
