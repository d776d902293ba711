"""Answers on disk, one file each, so that nothing is asked twice. Standard library only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import uuid4

from models.explainers.chat import Answer, Question


class AnswerCache:
    """Answers of one model in a folder, by the hash of the question. A file appears when it is whole; one
    that cannot be read counts as not there. May be used from several threads and processes at once."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._model = model

    def get(self, question: Question) -> Answer | None:
        """The answer there is to this question."""
        try:
            found = json.loads(self._path(question).read_text(encoding="utf-8"))
            return Answer(**found["answer"]) if found["model"] == self._model else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def put(self, question: Question, answer: Answer) -> None:
        """Keep an answer. Raises OSError when the disk does not take it."""
        path = self._path(question)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{uuid4().hex}.part")
        try:
            part.write_text(json.dumps({"model": self._model, "answer": answer.as_dict()}), encoding="utf-8")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def _path(self, question: Question) -> Path:
        name = question.digest
        return self._folder / self._place() / name[:2] / f"{name}.json"

    def _place(self) -> str:
        """A folder name of the model's; the file says the whole name."""
        return "".join(c if c.isalnum() or c in "-." else "_" for c in self._model)[-80:]
