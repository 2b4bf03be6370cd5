"""The one truth of an index: its state, documents, passages and unreadable files, in SQLite.

Every row carries a checksum that is verified when it is read; one write transaction is one new revision.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from index.database import Database
from index.errors import IndexCorruptError, IndexMismatchError, IndexNotFoundError, IndexStateError
from index.offsets import OffsetMap
from index.passage_table import PassageTable
from index.records import DocumentInfo, FileState, IndexState, checksum, details_of, info_of
from index.schema import SCHEMA, SCHEMA_VERSION
from index.types import Document, Passage

__all__ = ["DATABASE_NAME", "Store", "identity_of"]

DATABASE_NAME = "wenju.sqlite"
_INFO_COLUMNS = "key, id, sha256, characters, passages, details, offsets_crc, file_sha256, size, mtime_ns, ctime_ns, checksum"


class Store:
    """The database of one index folder. Not for two threads at a time; changes go inside ``transaction``."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.passages = PassageTable(database)
        self.path = database.path
        self.identity = identity_of(database.path)

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
        store = cls(Database.open(path, write=write))
        try:
            version = store.database.rows("PRAGMA user_version")[0][0]
            if version == 0:
                raise IndexCorruptError(f"{path.name} is damaged: it holds no tables")
            if version != SCHEMA_VERSION:
                raise IndexMismatchError(
                    f"{index_dir} was made by another version (schema {version}, this is {SCHEMA_VERSION}); "
                    f"build it again with: python -m index sync CORPUS_DIR --index {index_dir} --rebuild"
                )
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def create(cls, index_dir: Path, *, generation: int = 0) -> Store:
        """Make an empty database in a folder, which is created where missing; derived files are counted on from ``generation``."""
        index_dir.mkdir(parents=True, exist_ok=True)
        store = cls(Database.create(index_dir / DATABASE_NAME, SCHEMA, SCHEMA_VERSION))
        with store.transaction():
            store.set_state(IndexState(uid=secrets.token_hex(8), generation=generation))
        return store

    def close(self) -> None:
        """Close the connection; the object cannot be used after it."""
        self.database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """One write transaction: committed at the end, rolled back when the block raises."""
        return self.database.transaction()

    # -- state

    def state(self) -> IndexState:
        """State of the index; that of a database just created where nothing was ever written."""
        rows = self.database.rows("SELECT body, checksum FROM state")
        if not rows:
            return IndexState()
        body, expected = rows[0]
        if checksum(body) != expected:
            raise self._damaged("its state differs from its checksum")
        return IndexState.from_json(body)

    def set_state(self, state: IndexState) -> None:
        """Write the state, inside a transaction."""
        body = state.to_json()
        self.database.change("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", (body, checksum(body)))

    # -- documents

    def documents(self) -> list[DocumentInfo]:
        """All documents by id, without their texts."""
        rows = self.database.rows(f"SELECT {_INFO_COLUMNS} FROM documents ORDER BY id")
        try:
            return [info_of(row) for row in rows]
        except (IndexCorruptError, ValueError, TypeError, KeyError) as error:
            raise self._damaged(str(error)) from error

    def document(self, document_id: str) -> tuple[Document, OffsetMap]:
        """One document with its offset map, checksums verified.

        Raises
        ------
        KeyError
            The index holds no such document.
        IndexCorruptError
            The record differs from its checksum.
        """
        rows = self.database.rows(
            f"SELECT {_INFO_COLUMNS}, text, offsets FROM documents LEFT JOIN texts ON document = key WHERE id = ?",
            (document_id,),
        )
        if not rows:
            raise KeyError(document_id)
        *row, text, offsets = rows[0]
        try:
            info = info_of(tuple(row))
            intact = zlib.crc32(offsets) == row[6] and _text_hash(text) == info.sha256
        except (IndexCorruptError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._damaged(str(error)) from error
        if not intact:
            raise self._damaged(f"the text of {document_id} differs from its checksum")
        document = Document(
            id=info.id,
            text=text,
            sha256=info.sha256,
            metadata=info.metadata,
            pages=info.pages,
            format=info.format,
            encoding=info.encoding,
            notes=info.notes,
        )
        return document, OffsetMap.from_bytes(offsets)

    def put_document(
        self, document: Document, offsets: bytes, passages: Sequence[Passage], file: FileState
    ) -> tuple[int, list[int]]:
        """Insert a document with its passages, inside a transaction; returns its key and the passages' keys.

        ``offsets`` is ``OffsetMap.to_bytes``.
        """
        offsets_crc = zlib.crc32(offsets)
        covered = (document.id, document.sha256, len(document.text), len(passages), details_of(document), offsets_crc,
                   file.sha256)  # fmt: skip
        key = self.database.change(
            "INSERT INTO documents (id, sha256, characters, passages, details, offsets_crc, file_sha256, size, mtime_ns,"
            " ctime_ns, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*covered, file.size, file.mtime_ns, file.ctime_ns, checksum(*covered)),
        )
        self.database.change("INSERT INTO texts VALUES (?, ?, ?)", (key, document.text, offsets))
        return key, self.passages.put(key, passages)

    def delete_documents(self, ids: Iterable[str]) -> None:
        """Delete documents with their passages, inside a transaction."""
        self.database.change_many("DELETE FROM documents WHERE id = ?", ((i,) for i in ids))

    def touch_documents(self, states: Mapping[str, FileState]) -> None:
        """Record new times of files whose content is the same, inside a transaction."""
        self.database.change_many(
            "UPDATE documents SET size = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?",
            ((s.size, s.mtime_ns, s.ctime_ns, document_id) for document_id, s in states.items()),
        )

    # -- files that could not be read

    def failures(self) -> dict[str, tuple[str, FileState]]:
        """Reason and state of every corpus file that could not be read at the last sync."""
        rows = self.database.rows("SELECT id, reason, size, mtime_ns, ctime_ns FROM failures ORDER BY id")
        return {i: (reason, FileState(size, mtime, ctime)) for i, reason, size, mtime, ctime in rows}

    def set_failures(self, failures: Mapping[str, tuple[str, FileState]]) -> None:
        """Replace the list of failed files, inside a transaction."""
        self.database.change("DELETE FROM failures")
        self.database.change_many(
            "INSERT INTO failures VALUES (?, ?, ?, ?, ?)",
            ((i, reason, s.size, s.mtime_ns, s.ctime_ns) for i, (reason, s) in failures.items()),
        )

    # -- health

    def problems(self) -> list[str]:
        """What is wrong inside the database, one line each; every row is read."""
        try:
            found = self.database.problems()
            if found:
                return found
            self.state()
            for info in self.documents():
                self.document(info.id)
                passages = [passage for _, passage in self.passages.of(info.id)]
                ends = [0, *(p.end for p in passages)]
                if len(passages) != info.passages or [p.start for p in passages] != ends[:-1]:
                    found.append(f"{self.path.name}: the passages of {info.id} are not complete")
        except IndexStateError as error:
            return [str(error)]
        return found

    def _damaged(self, what: str) -> IndexCorruptError:
        return IndexCorruptError(f"{self.path.name} is damaged: {what}")


def identity_of(path: Path) -> tuple[int, int]:
    """What tells a file from another one under the same name; (0, 0) where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_dev, status.st_ino


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
