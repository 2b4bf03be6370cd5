"""SQLite as the index uses it: opening, one-line errors, transactions, snapshots. Knows no table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import IndexCorruptError, IndexStateError

__all__ = ["Database"]

_BUSY_SECONDS = 10
_CHECKPOINT_MS = 1000  # readers hold a snapshot for a fraction of a second
_WRITE_CACHE_KIB = 64 * 1024
_DAMAGE = ("malformed", "no such", "could not decode", "not a database", "corrupt")


class Database:
    """One connection. Not for two threads at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Database:
        """Open a database file that exists.

        Raises
        ------
        IndexCorruptError
            It is not a database.
        IndexStateError
            It cannot be opened, for another reason.
        """
        connection = _connect(path, "mode=rw" if write else "mode=ro")
        database = cls(connection, path)
        try:
            with database._errors():
                if write:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("PRAGMA foreign_keys = ON")
                    connection.execute(
                        "PRAGMA secure_delete = ON"
                    )  # a deleted document leaves no text behind
                    connection.execute(f"PRAGMA cache_size = -{_WRITE_CACHE_KIB}")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except IndexStateError as error:
            connection.close()
            if write or isinstance(error, IndexCorruptError):
                raise
            database = cls._open_unwritable(path, error)
        return database

    @classmethod
    def _open_unwritable(cls, path: Path, reason: IndexStateError) -> Database:
        """Open where SQLite cannot make the shared-memory file of its write-ahead log: a read-only folder or disc."""
        log = path.with_name(f"{path.name}-wal")
        if "readonly" not in str(reason) and "unable to open" not in str(reason):
            raise reason
        if log.is_file() and log.stat().st_size:
            raise IndexStateError(
                f"{path.name} holds an unfinished write; open the index once where its folder can be written to"
            ) from reason
        database = cls(_connect(path, "mode=ro&immutable=1"), path)
        with database._errors():
            database._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return database

    @classmethod
    def create(cls, path: Path, schema: str, version: int) -> Database:
        """Make a database file with the tables of ``schema``; one of the same name is replaced."""
        for suffix in ("-wal", "-shm"):  # SQLite would replay the log of another database into this one
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        connection = sqlite3.connect(fresh, isolation_level=None)
        connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")
        connection.close()
        fresh.replace(path)
        return cls.open(path, write=True)

    def close(self) -> None:
        """Close the connection; the object cannot be used after it."""
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into one line: damage, or a state of the world such as a full disk."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            text = str(error).partition(" with text ")[0]  # which would quote the document
            damaged = not isinstance(error, sqlite3.OperationalError)
            if damaged or any(word in text.lower() for word in _DAMAGE):
                raise IndexCorruptError(f"{self.path.name} is damaged: {text}") from error
            hint = " (is the disk full?)" if "disk" in text else ""
            raise IndexStateError(f"{self.path.name}: {text}{hint}") from error

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        with self._errors():
            return self._connection.execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement inside a transaction; returns the key of an inserted row."""
        with self._errors():
            return int(self._connection.execute(sql, parameters).lastrowid or 0)

    def change_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        """Run one statement for many rows, inside a transaction."""
        with self._errors():
            self._connection.executemany(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction: committed at the end, rolled back when the block raises."""
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._errors():
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def begin_snapshot(self) -> None:
        """From the next query on, see the database as it is then, whatever others write, until ``end_snapshot``."""
        with self._errors():
            self._connection.execute("BEGIN")

    def end_snapshot(self) -> None:
        """End what ``begin_snapshot`` began."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the database file; False where a reader holds it back."""
        self.rows(f"PRAGMA busy_timeout = {_CHECKPOINT_MS}")
        try:
            return bool(self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == 0)
        finally:
            self.rows(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")

    def problems(self) -> list[str]:
        """What is wrong with the file and its references, one line each."""
        found = [
            f"{self.path.name}: {' '.join(row[0].split())}"
            for row in self.rows("PRAGMA integrity_check(5)")
            if row[0] != "ok"
        ]
        return found + [
            f"{self.path.name}: a row of {row[0]} refers to nothing"
            for row in self.rows("PRAGMA foreign_key_check")
        ]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"{path.resolve().as_uri()}?{mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_SECONDS,
        )
    except sqlite3.OperationalError as error:
        raise IndexStateError(f"cannot open {path.name}: {error}") from error
