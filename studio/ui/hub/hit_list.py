"""Repos that a search found."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from studio.domain.hub import HubHit
from studio.ui.review.plain import plain_tip

ROW_HEIGHT = 48


class HitList(QListWidget):
    """`chosen` carries a repo id."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Repos found")
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hide()
        self.itemActivated.connect(self._take)
        self.itemClicked.connect(self._take)

    def set_hits(self, hits: list[HubHit]) -> None:
        """Show other repos, the first one marked."""
        self.clear()
        for hit in hits:
            item = QListWidgetItem(f"{hit.repo}\n{words(hit)}")
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            item.setToolTip(plain_tip(hit.repo))
            item.setData(Qt.ItemDataRole.UserRole, hit.repo)
            self.addItem(item)
        self.setVisible(bool(hits))
        if hits:
            self.setCurrentRow(0)
            self.setFocus()

    def _take(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def words(hit: HubHit) -> str:
    """What is known of a repo, in one line."""
    shut = ("private",) if hit.private else ("gated",) if hit.gated else ()
    return " · ".join((f"{hit.downloads:,} downloads", hit.modified, *shut)).strip(" ·")
