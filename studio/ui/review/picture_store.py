"""Example pictures, decoded and drawn off the main thread, kept within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from studio.ui.job_runner import JobRunner
from studio.ui.review.bounded import Bounded
from studio.ui.review.tile import TileKey, TileOrder, decode, make_tile

JPEG_BYTES = 48 << 20
PICTURE_BYTES = 64 << 20
TILE_BYTES = 64 << 20


class PictureStore(QObject):
    """`tile` answers at once with what is there, and orders what is not; `arrived` tells when it came.

    JPEGs come with the neurons' details or from the project (`db` lane); decoding and drawing run in two
    threads of the store's own, which touch nothing but QImage and NumPy. `missing` names pictures that
    cannot be shown.
    """

    arrived = Signal(object)
    _made = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._jpegs: Bounded[bytes] = Bounded(JPEG_BYTES)
        self._pictures: Bounded[QImage] = Bounded(PICTURE_BYTES)
        self._tiles: Bounded[QImage] = Bounded(TILE_BYTES)
        self._under_way: dict[TileKey, int] = {}
        self._waiting: dict[int, list[TileOrder]] = {}
        self._asked: set[int] = set()
        self._round = 0
        self.missing: set[int] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._made.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def give(self, jpegs: Mapping[int, bytes]) -> None:
        """Keep JPEGs by picture row."""
        for row, jpeg in jpegs.items():
            if row not in self._jpegs:
                self._jpegs.put(row, jpeg, len(jpeg))

    def tile(self, order: TileOrder) -> QImage | None:
        """The tile, or None while it is made."""
        found = self._tiles.get(order.key)
        if found is None and order.picture not in self.missing:
            self.prepare([order])
        return found

    def ready(self, order: TileOrder) -> bool:
        """Whether the tile can be drawn at once, or never."""
        return order.key in self._tiles or order.picture in self.missing

    def prepare(self, orders: Iterable[TileOrder]) -> None:
        """Make tiles that will be asked for soon."""
        absent = []
        for order in orders:
            if order.key in self._tiles or order.key in self._under_way or order.picture < 0:
                continue
            self._under_way[order.key] = self._round
            if order.picture in self._pictures or order.picture in self._jpegs:
                self._start(order)
            else:
                self._waiting.setdefault(order.picture, []).append(order)
                absent.append(order.picture)
        self._fetch(absent)

    def idle(self) -> bool:
        """Whether nothing is being made."""
        return not self._under_way

    def clear(self) -> None:
        """Forget everything (another project is opened) and end the threads."""
        self._round += 1
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        for kept in (self._jpegs, self._pictures, self._tiles):
            kept.clear()
        self._under_way.clear()
        self._waiting.clear()
        self._asked.clear()
        self.missing.clear()

    def _fetch(self, rows: list[int]) -> None:
        wanted = [row for row in dict.fromkeys(rows) if row not in self._asked]
        if wanted:
            self._asked.update(wanted)
            now = self._round
            self._runner.db(
                "Reading pictures",
                read_pictures,
                wanted,
                done=lambda found: self._fetched(now, wanted, found),
                failed=lambda _error: self._fetched(now, wanted, {}),
            )

    def _fetched(self, asked_in: int, wanted: list[int], found: Mapping[int, bytes]) -> None:
        if asked_in != self._round:
            return
        self.give(found)
        for row in wanted:
            self._asked.discard(row)
            for order in self._waiting.pop(row, []):
                if row in found:
                    self._start(order)
                else:
                    self._fail(order)

    def _start(self, order: TileOrder) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="pictures")
        picture, jpeg = self._pictures.get(order.picture), self._jpegs.get(order.picture)
        self._pool.submit(self._make, self._round, order, picture, jpeg)

    def _make(self, now: int, order: TileOrder, picture: QImage | None, jpeg: bytes | None) -> None:
        """In a thread of the pool."""
        tile = None
        try:
            picture = picture if picture is not None else decode(jpeg or b"")
            tile = None if picture is None else make_tile(order, picture)
        finally:
            self._made.emit((now, order, picture, tile))

    def _take(self, made: tuple[int, TileOrder, QImage | None, QImage | None]) -> None:
        made_in, order, picture, tile = made
        if made_in != self._round:
            return
        if picture is None or tile is None:
            self._fail(order)
            return
        self._under_way.pop(order.key, None)
        if order.picture not in self._pictures:
            self._pictures.put(order.picture, picture, picture.sizeInBytes())
        self._tiles.put(order.key, tile, tile.sizeInBytes())
        self.arrived.emit(order.key)

    def _fail(self, order: TileOrder) -> None:
        self._under_way.pop(order.key, None)
        self.missing.add(order.picture)
        self.arrived.emit(order.key)


def read_pictures(project: Any, rows: list[int]) -> dict[int, bytes]:
    """The JPEGs of these rows; one that is missing from the project is left out. Runs in the `db` lane."""
    from studio.domain.errors import ProjectError

    found = {}
    for row in rows:
        try:
            found[row] = project.pictures.get(row)
        except ProjectError:
            continue
    return found
