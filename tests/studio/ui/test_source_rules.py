"""Rules that a reading of the source can keep: plain text, no event loops in the middle, no torch."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import studio.ui

ROOT = Path(studio.ui.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in FILES]
#: Where rich text is shown on purpose: the guide, which is our own text, and the guidelines. Both load
#: nothing from outside, and the guidelines have no HTML.
RICH = {"help_browser.py", "markdown_view.py"}
#: Waits for the lanes while drawing a picture off screen; nobody sits in front of it.
LOOPS = {"picture.py"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_nothing_shows_rich_text(path):
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"setHtml|setMarkdown|RichText|AutoText|MarkdownText|QTextBrowser\(", text)
    assert found == [] or path.name in RICH


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_label_with_words_is_told_that_they_are_plain(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QLabel":
            words = [a for a in node.args if isinstance(a, (ast.Constant, ast.JoinedStr))]
            assert not words, f"{path.name}:{node.lineno}: use studio.ui.labels.label"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_tooltip_is_told_that_its_words_are_plain(path):
    """Qt guesses the format of tooltips too: a name with a tag in it would be laid out, its file loaded."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("setToolTip", "showText"):
            wrong = [
                a for a in node.args if not plain(a) and isinstance(a, (ast.Call, ast.JoinedStr, ast.IfExp))
            ]
            assert not wrong, f"{path.name}:{node.lineno}: use studio.ui.review.plain.plain_tip"


def plain(node: ast.expr) -> bool:
    """A constant, an escaped text, or the words of an action, which are our own; positions and names pass."""
    if isinstance(node, ast.IfExp):
        return plain(node.body) and plain(node.orelse)
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        return called in ("plain_tip", "toolTip", "globalPos", "mapToGlobal", "viewport")
    return isinstance(node, (ast.Constant, ast.Name))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_event_loop_runs_inside_another(path):
    text = path.read_text(encoding="utf-8")
    assert "processEvents" not in text
    if path.name not in LOOPS:
        assert not re.search(r"\bQEventLoop\b|\.exec\(|\.exec_\(", text)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_window_never_imports_torch(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & {"torch", "transformers", "models", "sqlite3"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
