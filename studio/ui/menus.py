"""The menu bar, made from the registry; the list of recent files is filled when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QMenuBar

from studio.ui.action_list import MENUS
from studio.ui.actions import ActionRegistry


def build_menus(bar: QMenuBar, actions: ActionRegistry) -> dict[str, QMenu]:
    """One menu a name of `MENUS`, with every action that stands in it or in a menu within it."""
    menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
    inner: dict[str, QMenu] = {}
    for spec in actions.specs():
        menu = menus[spec.menu]
        if spec.separator and spec.place not in inner and menu.actions():
            menu.addSeparator()
        if spec.submenu:
            if spec.place not in inner:
                inner[spec.place] = menu.addMenu(spec.submenu)
            menu = inner[spec.place]
        menu.addAction(actions.action(spec.id))
    return menus


class RecentMenu(QMenu):
    """Recent files; those that are gone are greyed, and can be taken out of the list."""

    def __init__(
        self,
        paths: Callable[[], list[Path]],
        open_file: Callable[[Path], object],
        forget: Callable[[Path], object],
        parent: QMenu,
    ) -> None:
        super().__init__("Open &recent", parent)
        self._paths, self._open, self._forget = paths, open_file, forget
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the files as they are now."""
        self.clear()
        for path in self._paths():
            entry = self.addAction(str(path).replace("&", "&&"))
            entry.setEnabled(path.is_file())
            entry.triggered.connect(lambda _checked=False, path=path: self._open(path))
        if self.isEmpty():
            self.addAction("No recent files").setEnabled(False)
        missing = [path for path in self._paths() if not path.is_file()]
        if missing:
            self.addSeparator()
            self.addAction("&Remove those that are gone").triggered.connect(lambda: self._remove(missing))

    def _remove(self, paths: list[Path]) -> None:
        for path in paths:
            self._forget(path)
