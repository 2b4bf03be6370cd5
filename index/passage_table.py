"""The passages' table of the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from index.database import Database
from index.errors import IndexCorruptError
from index.records import checksum, passage_id, passage_of, passage_values
from index.types import Passage

__all__ = ["PassageTable"]

_SELECT = (
    'SELECT p.key, d.id, p.document, p.number, p.start, p."end", p.source_start, p.source_end, p.page, p.heading, p.text,'
    " p.checksum FROM passages p JOIN documents d ON d.key = p.document WHERE "
)
_IDS = (
    "SELECT p.key, d.id, p.number FROM passages p JOIN documents d ON d.key = p.document"
    " WHERE p.key IN (SELECT value FROM json_each(?))"
)


class PassageTable:
    """Passages by key, by document, by number. A key is never used twice; checksums are verified on reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, document_key: int, passages: Sequence[Passage]) -> list[int]:
        """Insert the passages of a document, inside a transaction; returns their keys."""
        used = self._database.rows("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")
        first = 1 + (used[0][0] if used else 0)
        keys = list(range(first, first + len(passages)))
        self._database.change_many(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (key, *values, checksum(*values))
                for key, values in zip(keys, passage_values(document_key, passages), strict=True)
            ),
        )
        return keys

    def _select(self, where: str, parameters: Sequence[object]) -> Iterator[tuple[int, Passage]]:
        """(key, passage) of the rows that the SQL condition selects."""
        try:
            for key, *row in self._database.rows(_SELECT + where, parameters):
                yield key, passage_of(row)
        except (IndexCorruptError, ValueError, TypeError) as error:
            raise IndexCorruptError(f"{self._database.path.name} is damaged: {error}") from error

    def ids(self, keys: Iterable[int]) -> dict[int, str]:
        """Ids of the passages of these keys; keys that the index does not hold are left out."""
        rows = self._database.rows(_IDS, (_json(keys),))
        return {int(key): passage_id(str(document), int(number)) for key, document, number in rows}

    def of(self, document_id: str) -> list[tuple[int, Passage]]:
        """(key, passage) of all passages of a document, in order."""
        return list(self._select("d.id = ? ORDER BY p.number", (document_id,)))

    def one(self, document_id: str, number: int) -> Passage | None:
        """One passage, or None."""
        found = list(self._select("d.id = ? AND p.number = ?", (document_id, number)))
        return found[0][1] if found else None

    def keys(self, document_keys: Iterable[int] | None = None) -> list[int]:
        """Keys of all passages, or of those of these documents, in order."""
        if document_keys is None:
            return [row[0] for row in self._database.rows("SELECT key FROM passages ORDER BY key")]
        sql = "SELECT key FROM passages WHERE document IN (SELECT value FROM json_each(?)) ORDER BY key"
        return [row[0] for row in self._database.rows(sql, (_json(document_keys),))]

    def count(self) -> int:
        """Number of passages."""
        return int(self._database.rows("SELECT count(*) FROM passages")[0][0])


def _json(keys: Iterable[int]) -> str:
    return json.dumps([int(key) for key in keys])
