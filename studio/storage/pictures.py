"""JPEG pictures, each kept once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from studio.domain.errors import ProjectError
from studio.domain.evidence import StoredSample
from studio.storage.database import Database
from studio.storage.meta import Meta

#: Largest picture a project keeps, in bytes of JPEG; also bounds what is handed to a decoder.
MAX_JPEG = 32 * 1024 * 1024
#: Largest side of a stored picture, in pixels.
MAX_SIDE = 20_000


class Pictures:
    """Pictures by row number; the same bytes are stored once."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._alike: tuple[int, dict[int, int]] = (-1, {})

    def group_of(self, sample: StoredSample) -> Hashable:
        """Equal for samples whose pictures show the same, as far as that was looked for; a sample without
        picture is alone. All pictures of one sample are of one group, with whatever shows the same as any."""
        if sample.picture is None:
            return sample.id
        return self._current().get(sample.picture, sample.picture)

    def groups(self) -> list[tuple[int, int]]:
        """Every picture by its row, with its group as `group_of` says it, by row."""
        alike = self._current()
        return [(row, alike.get(row, row)) for row in self.hashes()]

    def hashes(self) -> dict[int, str]:
        """SHA-256 in hex of every picture by its row."""
        return dict(self._db.rows("SELECT row, sha256 FROM picture ORDER BY row"))

    def add(self, jpeg: bytes, width: int, height: int, sha256: str) -> int:
        """Keep a JPEG (`width` x `height` pixels) and return its row. `sha256` is hex, over `jpeg`."""
        if len(jpeg) > MAX_JPEG or not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            raise ProjectError("A picture is too large to be kept in a project. Scale it down first.")
        found = self.find(sha256)
        if found is not None:
            return found
        with self._db.transaction():
            sql = "INSERT INTO picture(sha256, width, height, jpeg) VALUES(?, ?, ?, ?)"
            return int(self._db.execute(sql, (sha256, width, height, jpeg)).lastrowid or 0)

    def get(self, row: int) -> bytes:
        """The JPEG of a row. Raises `ProjectError` when it is missing or too large."""
        size = self._db.value("SELECT length(jpeg) FROM picture WHERE row=?", (row,))
        if size is None or size > MAX_JPEG:
            raise ProjectError(f"Picture {row} is missing from this project. Run the extraction again.")
        return bytes(self._db.value("SELECT jpeg FROM picture WHERE row=?", (row,)))

    def copy_to(self, row: int, other: Pictures) -> int:
        """Keep a picture of this file in another one as well; returns its row there."""
        found = self._db.row("SELECT sha256, width, height FROM picture WHERE row=?", (row,))
        if found is None:
            raise ProjectError(f"Picture {row} is missing from this project. Run the extraction again.")
        sha256, width, height = found
        there = other.find(sha256)
        return other.add(self.get(row), width, height, sha256) if there is None else there

    def find(self, sha256: str) -> int | None:
        """The row of a picture by its hash, or None."""
        found = self._db.value("SELECT row FROM picture WHERE sha256=?", (sha256,))
        return None if found is None else int(found)

    def _current(self) -> dict[int, int]:
        """`_groups`, read again when the file has changed since."""
        changes = self._db.connection.total_changes
        if self._alike[0] != changes:
            self._alike = (changes, self._groups())
        return self._alike[1]

    def _groups(self) -> dict[int, int]:
        """The first row of its group, of every picture that has others like it."""
        found = Meta(self._db).get("near_duplicates")
        groups = found.get("groups", []) if isinstance(found, dict) else []
        row_of = {sha256: row for row, sha256 in self.hashes().items()} if groups else {}
        alike = [[row_of[name] for name in group if name in row_of] for group in groups]
        return _joined([*alike, *self._together()])

    def _together(self) -> list[tuple[int, int]]:
        """(first picture, other picture) of every sample that has several."""
        sql = "SELECT s.picture, m.picture FROM sample_picture AS m JOIN sample AS s ON s.id = m.sample"
        return self._db.rows(sql)

    def drop_unused(self) -> None:
        """Remove pictures that no sample shows."""
        with self._db.transaction():
            self._db.execute(
                "DELETE FROM picture WHERE row NOT IN (SELECT picture FROM sample WHERE picture IS NOT NULL "
                "UNION SELECT picture FROM sample_picture)"
            )

    def count(self) -> int:
        """How many pictures are kept."""
        return int(self._db.value("SELECT count(*) FROM picture"))


def _joined(groups: Iterable[Sequence[int]]) -> dict[int, int]:
    """The smallest row that a chain of groups links each row with."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while (above := parent.setdefault(row, row)) != row:
            parent[row] = row = parent[above]
        return row

    for group in groups:
        for row in group[1:]:
            low, high = sorted((root(group[0]), root(row)))
            parent[high] = low
    return {row: root(row) for row in list(parent)}
