"""SQLite, the one truth of an index: documents, passages, the names and hashes of the derived files.

Every row carries a checksum that is verified when it is read. One write transaction is one new generation of the index.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import IndexCorruptError, IndexMismatchError, IndexNotFoundError, IndexStateError
from index.normalize import OffsetMap
from index.types import Document, DocumentMetadata, Page, Passage

__all__ = ["DATABASE_NAME", "DerivedFile", "DocumentInfo", "FileState", "Store"]

DATABASE_NAME = "wenju.sqlite"
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, file_sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, details TEXT NOT NULL, text TEXT NOT NULL,
    offsets BLOB NOT NULL, passages INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, source_start INTEGER NOT NULL,
    source_end INTEGER NOT NULL, page INTEGER, heading TEXT NOT NULL, text TEXT NOT NULL, checksum INTEGER NOT NULL,
    UNIQUE (document, number));
CREATE TABLE failures (
    id TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE derived (name TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells a changed file from an unchanged one without reading it, and the hash that decides."""

    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text. ``key`` is its integer in the derived files."""

    key: int
    id: str
    sha256: str
    characters: int
    passages: int
    metadata: DocumentMetadata
    format: str
    encoding: str
    page_count: int
    notes: tuple[str, ...]
    file: FileState


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file made from the database: name below the index folder, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


def _checksum(*parts: object) -> int:
    return zlib.crc32("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"))


class Store:
    """The database of one index folder. Safe to share between threads; writes go through ``transaction``."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.path = path

    @classmethod
    def open(cls, index_dir: Path, *, write: bool = False) -> Store:
        """Open the database of an index folder.

        Raises
        ------
        IndexNotFoundError, IndexCorruptError, IndexMismatchError
            The folder holds none; it is not a database; another schema.
        """
        path = index_dir / DATABASE_NAME
        if not path.is_file():
            raise IndexNotFoundError(
                f"{index_dir} holds no index; make one with: python -m index sync CORPUS_DIR --index {index_dir}"
            )
        store = cls(_connect(path, write=write), path)
        with store._errors():
            version = store._connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                store.close()
                raise IndexMismatchError(
                    f"{index_dir} was made by another version (schema {version}, this is {SCHEMA_VERSION}); "
                    "build it again with: python -m index sync CORPUS_DIR --index DIR --rebuild"
                )
            if not store.meta():
                raise IndexCorruptError(f"{path.name} is damaged: it has no settings")
        return store

    @classmethod
    def create(cls, index_dir: Path) -> Store:
        """Make an empty database in a folder; ``index_dir`` is created where missing."""
        index_dir.mkdir(parents=True, exist_ok=True)
        path = index_dir / DATABASE_NAME
        fresh = index_dir / f"{DATABASE_NAME}.new"
        fresh.unlink(missing_ok=True)
        connection = sqlite3.connect(fresh, isolation_level=None)
        connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        connection.execute("INSERT INTO meta VALUES ('generation', '0')")
        connection.close()
        fresh.replace(path)
        return cls(_connect(path, write=True), path)

    def close(self) -> None:
        """Close the connection; the object cannot be used after it."""
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                raise IndexStateError(f"{self.path.name}: {error}") from error
            raise IndexCorruptError(f"{self.path.name} is damaged: {error}") from error

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        with self._lock, self._errors():
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction: committed at the end, rolled back when the block raises."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # -- settings

    def meta(self) -> dict[str, str]:
        """Settings and state by key."""
        return dict(self._rows("SELECT key, value FROM meta"))

    def set_meta(self, values: dict[str, str]) -> None:
        """Write settings, inside a transaction."""
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    @property
    def generation(self) -> int:
        """Number of the last committed write."""
        return int(self._rows("SELECT value FROM meta WHERE key = 'generation'")[0][0])

    # -- documents and passages

    def put_document(
        self, document: Document, offsets: OffsetMap, passages: Sequence[Passage], file: FileState
    ) -> tuple[int, list[int]]:
        """Insert a document with its passages, inside a transaction; returns its key and the passages' keys."""
        details = json.dumps(
            {
                "metadata": asdict(document.metadata),
                "pages": [[p.number, p.start, p.end] for p in document.pages],
                "format": document.format,
                "encoding": document.encoding,
                "notes": document.notes,
            },
            ensure_ascii=False,
        )
        encoded = offsets.to_bytes()
        checksum = _checksum(
            document.id, document.sha256, file.sha256, details, zlib.crc32(encoded), len(passages)
        )
        cursor = self._connection.execute(
            "INSERT INTO documents (id, sha256, file_sha256, size, mtime_ns, ctime_ns, details, text, offsets, passages, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (document.id, document.sha256, file.sha256, file.size, file.mtime_ns, file.ctime_ns, details, document.text, encoded,
             len(passages), checksum),
        )  # fmt: skip
        key = int(cursor.lastrowid or 0)
        keys: list[int] = []
        for number, p in enumerate(passages):
            heading = json.dumps(p.heading, ensure_ascii=False)
            values = (number, p.start, p.end, p.source_start, p.source_end, p.page, heading, p.text)
            cursor = self._connection.execute(
                'INSERT INTO passages (document, number, start, "end", source_start, source_end, page, heading, text, checksum)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, *values, _checksum(key, *values)),
            )
            keys.append(int(cursor.lastrowid or 0))
        return key, keys

    def delete_documents(self, ids: Iterable[str]) -> None:
        """Delete documents with their passages, inside a transaction."""
        self._connection.executemany("DELETE FROM documents WHERE id = ?", ((i,) for i in ids))

    def touch_document(self, document_id: str, file: FileState) -> None:
        """Record a new time stamp for a file whose content is the same, inside a transaction."""
        self._connection.execute(
            "UPDATE documents SET size = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?",
            (file.size, file.mtime_ns, file.ctime_ns, document_id),
        )

    def documents(self) -> list[DocumentInfo]:
        """All documents by id, without their texts."""
        rows = self._rows(
            "SELECT key, id, sha256, length(text), passages, details, size, mtime_ns, ctime_ns, file_sha256 FROM documents ORDER BY id"
        )
        infos: list[DocumentInfo] = []
        for (
            key,
            document_id,
            sha256,
            characters,
            passages,
            details,
            size,
            mtime_ns,
            ctime_ns,
            file_sha256,
        ) in rows:
            data = self._details(document_id, details)
            infos.append(
                DocumentInfo(
                    key=key,
                    id=document_id,
                    sha256=sha256,
                    characters=characters,
                    passages=passages,
                    metadata=DocumentMetadata(**data["metadata"]),
                    format=data["format"],
                    encoding=data["encoding"],
                    page_count=len(data["pages"]),
                    notes=tuple(data["notes"]),
                    file=FileState(size, mtime_ns, ctime_ns, file_sha256),
                )
            )
        return infos

    def _details(self, document_id: str, details: str) -> dict[str, Any]:
        try:
            data: dict[str, Any] = json.loads(details)
        except ValueError as error:
            raise IndexCorruptError(
                f"{self.path.name} is damaged: the record of {document_id} cannot be read"
            ) from error
        return data

    def document(self, document_id: str) -> tuple[Document, OffsetMap]:
        """One document with its offset map, checksums verified.

        Raises
        ------
        KeyError
            The index holds no such document.
        IndexCorruptError
            The record differs from its checksum.
        """
        rows = self._rows(
            "SELECT id, sha256, file_sha256, details, text, offsets, passages, checksum FROM documents WHERE id = ?",
            (document_id,),
        )
        if not rows:
            raise KeyError(document_id)
        _, sha256, file_sha256, details, text, offsets, passages, checksum = rows[0]
        expected = _checksum(document_id, sha256, file_sha256, details, zlib.crc32(offsets), passages)
        if (
            checksum != expected
            or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != sha256
        ):
            raise IndexCorruptError(
                f"{self.path.name} is damaged: the text of {document_id} differs from its checksum"
            )
        data = self._details(document_id, details)
        document = Document(
            id=document_id,
            text=text,
            sha256=sha256,
            metadata=DocumentMetadata(**data["metadata"]),
            pages=tuple(Page(*page) for page in data["pages"]),
            format=data["format"],
            encoding=data["encoding"],
            notes=tuple(data["notes"]),
        )
        return document, OffsetMap.from_bytes(offsets)

    def passages(self, where: str, parameters: Sequence[object]) -> Iterator[tuple[int, int, Passage]]:
        """(passage key, document key, passage) of the rows that the SQL condition selects, checksums verified."""
        sql = (
            'SELECT p.key, p.document, p.number, p.start, p."end", p.source_start, p.source_end, p.page, p.heading, p.text,'
            f" p.checksum, d.id FROM passages p JOIN documents d ON d.key = p.document WHERE {where}"
        )
        for (
            key,
            document,
            number,
            start,
            end,
            source_start,
            source_end,
            page,
            heading,
            text,
            checksum,
            document_id,
        ) in self._rows(sql, parameters):
            if checksum != _checksum(
                document, number, start, end, source_start, source_end, page, heading, text
            ):
                raise IndexCorruptError(
                    f"{self.path.name} is damaged: passage {number} of {document_id} differs from its checksum"
                )
            yield (
                key,
                document,
                Passage(
                    id=f"{document_id}#{number}",
                    document_id=document_id,
                    start=start,
                    end=end,
                    source_start=source_start,
                    source_end=source_end,
                    text=text,
                    heading=tuple(json.loads(heading)),
                    page=page,
                ),
            )

    def passage_keys(self) -> list[int]:
        """Keys of all passages, in order."""
        return [row[0] for row in self._rows("SELECT key FROM passages ORDER BY key")]

    def passage_count(self) -> int:
        """Number of passages."""
        return int(self._rows("SELECT count(*) FROM passages")[0][0])

    def passage_keys_of(self, document_keys: Sequence[int]) -> list[int]:
        """Keys of the passages of these documents."""
        wanted = set(document_keys)
        return [
            key for key, document in self._rows("SELECT key, document FROM passages") if document in wanted
        ]

    def document_keys(self, ids: Iterable[str]) -> list[int]:
        """Keys of the documents with these ids; unknown ids are left out."""
        wanted = set(ids)
        return [key for key, i in self._rows("SELECT key, id FROM documents") if i in wanted]

    # -- files that failed, files that were derived

    def failures(self) -> dict[str, tuple[str, FileState]]:
        """Reason and state of every corpus file that could not be read at the last sync."""
        rows = self._rows("SELECT id, reason, size, mtime_ns, ctime_ns FROM failures ORDER BY id")
        return {
            i: (reason, FileState(size, mtime_ns, ctime_ns)) for i, reason, size, mtime_ns, ctime_ns in rows
        }

    def set_failures(self, failures: dict[str, tuple[str, FileState]]) -> None:
        """Replace the list of failed files, inside a transaction."""
        self._connection.execute("DELETE FROM failures")
        self._connection.executemany(
            "INSERT INTO failures VALUES (?, ?, ?, ?, ?)",
            ((i, reason, s.size, s.mtime_ns, s.ctime_ns) for i, (reason, s) in failures.items()),
        )

    def derived(self) -> list[DerivedFile]:
        """The derived files of the current generation."""
        return [
            DerivedFile(*row) for row in self._rows("SELECT name, size, sha256 FROM derived ORDER BY name")
        ]

    def set_derived(self, files: Iterable[DerivedFile]) -> None:
        """Replace the list of derived files, inside a transaction."""
        self._connection.execute("DELETE FROM derived")
        self._connection.executemany(
            "INSERT INTO derived VALUES (?, ?, ?)", ((f.name, f.size, f.sha256) for f in files)
        )

    # -- health

    def problems(self) -> list[str]:
        """What is wrong inside the database, one line each; an empty list when all is well."""
        try:
            found = [
                f"{self.path.name}: {row[0]}"
                for row in self._rows("PRAGMA integrity_check(5)")
                if row[0] != "ok"
            ]
            found += [
                f"{self.path.name}: a row of {row[0]} refers to nothing"
                for row in self._rows("PRAGMA foreign_key_check")
            ]
            if found:
                return found
            for (document_id,) in self._rows("SELECT id FROM documents ORDER BY id"):
                document, _ = self.document(document_id)
                numbers = [
                    p.end - p.start - len(p.text) for _, _, p in self.passages("d.id = ?", (document.id,))
                ]
                expected = self._rows("SELECT passages FROM documents WHERE id = ?", (document_id,))[0][0]
                if any(numbers) or len(numbers) != expected:
                    found.append(f"{self.path.name}: the passages of {document_id} are not complete")
        except IndexStateError as error:
            return [str(error)]
        return found

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the database file; False while a reader holds it back."""
        return bool(self._rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == 0)


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=10,
    )
    try:
        if write:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if write or "malformed" in str(error):
            raise IndexStateError(f"cannot open {path.name}: {error}") from error
        # a folder that cannot be written to has no room for the shared-memory file of the write-ahead log
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.DatabaseError as error:
        connection.close()
        raise IndexCorruptError(f"{path.name} is damaged: {error}") from error
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
