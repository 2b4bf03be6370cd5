"""The seal: a file that holds the hash of the whole database file as of one revision.

SQLite has no checksum of its own for its pages; the rows' checksums tell damage when a row is read, the seal before that.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zlib
from enum import Enum
from pathlib import Path

from index.derived import sync_to_disk
from index.store import DATABASE_NAME

__all__ = ["SEAL_NAME", "Verdict", "judge_seal", "write_seal"]

SEAL_NAME = "wenju.seal"


class Verdict(Enum):
    """What the seal says; the value is the problem in words, empty where there is none."""

    INTACT = ""
    SILENT = " "
    """No seal, or of another revision: the write after it was interrupted before it was sealed, or is going on."""
    SEAL_DAMAGED = f"{SEAL_NAME} is damaged"
    DATABASE_DAMAGED = f"{DATABASE_NAME} differs from its checksum"

    @property
    def problem(self) -> str:
        """One line, or nothing."""
        return self.value.strip()


def write_seal(index_dir: Path, revision: int) -> None:
    """Record the hash of the database file; call only when the write-ahead log is empty and with the write lock held."""
    database = index_dir / DATABASE_NAME
    body = {"revision": revision, "size": database.stat().st_size, "sha256": _hash_database(database)}
    fresh = index_dir / f"{SEAL_NAME}.new"
    fresh.write_bytes(_encode(body))
    sync_to_disk(fresh)
    fresh.replace(index_dir / SEAL_NAME)
    sync_to_disk(index_dir)


_open_descriptors: dict[tuple[int, int], int] = {}
_descriptors_lock = threading.Lock()


def _hash_database(path: Path) -> str:
    """SHA-256 (hex) of the database file.

    A process that closes any descriptor of a file loses all its locks on that file, SQLite's too; another process would then
    take the write-ahead log away under a reader. So a descriptor stays open as long as its file exists.
    """
    with _descriptors_lock:
        for identity, descriptor in list(_open_descriptors.items()):
            if os.fstat(descriptor).st_nlink == 0:
                os.close(_open_descriptors.pop(identity))
        status = path.stat()
        identity = status.st_dev, status.st_ino
        if identity not in _open_descriptors:
            _open_descriptors[identity] = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        descriptor = _open_descriptors[identity]
        os.lseek(descriptor, 0, os.SEEK_SET)
        digest = hashlib.sha256()
        while block := os.read(descriptor, 1 << 20):
            digest.update(block)
        return digest.hexdigest()


def _encode(body: dict[str, object]) -> bytes:
    text = json.dumps(body, sort_keys=True)
    return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


def judge_seal(index_dir: Path, revision: int) -> Verdict:
    """Compare the database file with its seal. ``revision`` is the database's own."""
    database = index_dir / DATABASE_NAME
    log = index_dir / f"{DATABASE_NAME}-wal"
    try:
        data = (index_dir / SEAL_NAME).read_bytes()
    except FileNotFoundError:
        return Verdict.SILENT
    try:
        body = json.loads(data[: data.rindex(b" ")])
        if data != _encode(body):
            return Verdict.SEAL_DAMAGED
    except (ValueError, TypeError):
        return Verdict.SEAL_DAMAGED
    if body["revision"] != revision or (log.is_file() and log.stat().st_size):
        return Verdict.SILENT
    same = database.stat().st_size == body["size"] and _hash_database(database) == body["sha256"]
    return Verdict.INTACT if same else Verdict.DATABASE_DAMAGED
