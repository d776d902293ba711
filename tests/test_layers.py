"""The layer rule of the architecture, read off the imports of every module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("studio", "models", "plugins", "resources")

#: layer -> layers its modules may import (itself included). `studio.app`, `studio.cli` wire everything.
ALLOWED = {
    "studio.domain": {"studio.domain"},
    "studio.storage": {"studio.storage", "studio.domain"},
    "studio.services": {
        "studio.services",
        "studio.storage",
        "studio.domain",
        "studio.hookspecs",
        "models",
        "resources",
    },
    "studio.ui": {"studio.ui", "studio.services", "studio.storage", "studio.domain", "resources"},
    "studio.hookspecs": {"studio.domain"},
    "studio.api": {"studio.domain", "studio.hookspecs", "studio.services", "studio.storage", "models"},
    "models": {"models", "studio.domain", "resources"},
    # A program (`python -m`), which wires plug-ins in; no module imports it.
    "models.vlm.check": {"models", "studio.domain", "studio.services"},
    "plugins": {"plugins", "studio.api", "models"},
    "resources": {"resources"},
}
HEAVY = {"torch", "transformers", "datasets", "safetensors"}


def modules() -> list[Path]:
    return sorted(path for top in TOP for path in (ROOT / top).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(name: str) -> str | None:
    found = [known for known in ALLOWED if name == known or name.startswith(known + ".")]
    return max(found, key=len, default=None)


def imports(tree: ast.AST, package: str) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {package}"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def at_module_level(tree: ast.Module) -> list[str]:
    typing_only = [n for n in tree.body if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    skipped = {id(child) for block in typing_only for child in ast.walk(block)}
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {id(c) for n in ast.walk(tree) if isinstance(n, functions) for c in ast.walk(n)}
    names = []
    for node in ast.walk(tree):
        if id(node) in skipped or id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


def test_the_tree_is_there() -> None:
    assert len(modules()) > 30


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_nothing_points_back(path: Path) -> None:
    name = dotted(path)
    own = layer(name)
    if own is None:
        return
    wrong = []
    for imported in imports(ast.parse(path.read_text()), name):
        if imported.split(".")[0] in TOP and imported != "studio.__version__":
            target = layer(imported) or "studio (wiring)"
            if target not in ALLOWED[own]:
                wrong.append(f"{name} imports {imported}")
    assert not wrong, wrong


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_torch_stays_in_models(path: Path) -> None:
    name = dotted(path)
    if name == "models" or name.startswith("models."):
        return
    heavy = [n for n in at_module_level(ast.parse(path.read_text())) if n.split(".")[0] in HEAVY]
    assert not heavy, f"{name} imports {heavy} when it is imported"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_qt_stays_in_the_window(path: Path) -> None:
    name = dotted(path)
    if name.startswith("studio.ui") or name == "studio.app":
        return
    qt = [
        n for n in at_module_level(ast.parse(path.read_text())) if n.split(".")[0] in {"PySide6", "pyqtgraph"}
    ]
    assert not qt, f"{name} imports {qt}"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_no_process_events(path: Path) -> None:
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)]
    assert "processEvents" not in {n.attr for n in calls}
