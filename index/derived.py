"""The files made from the database: names, hashes, durable writing, cleaning up. One set of names a generation."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path

from index.store import DATABASE_NAME, DerivedFile

__all__ = [
    "LOCK_NAME",
    "SEAL_NAME",
    "clone_folder",
    "derived_files",
    "derived_problems",
    "lexical_name",
    "remove_stale",
    "seal_problems",
    "vectors_name",
    "write_seal",
]

SEAL_NAME = "wenju.seal"
"""Holds the hash of the whole database file as of a generation."""
LOCK_NAME = "wenju.lock"
_COPIED = {
    "meta.json",
    ".managed.json",
}  # rewritten in place by tantivy; every other file of a segment never changes


def vectors_name(generation: int) -> str:
    """Name of the vector file of a generation."""
    return f"vectors-{generation:06d}.faiss"


def lexical_name(generation: int) -> str:
    """Name of the lexical folder of a generation."""
    return f"lexical-{generation:06d}"


def hash_file(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(index_dir: Path, generation: int) -> list[Path]:
    folder = index_dir / lexical_name(generation)
    inside = [p for p in sorted(folder.iterdir()) if not p.name.endswith(".lock")]
    return [index_dir / vectors_name(generation), *inside]


def derived_files(index_dir: Path, generation: int) -> list[DerivedFile]:
    """Make the files of a generation durable and return their names, sizes and hashes."""
    files: list[DerivedFile] = []
    for path in _members(index_dir, generation):
        _sync_to_disk(path)
        files.append(
            DerivedFile(path.relative_to(index_dir).as_posix(), path.stat().st_size, hash_file(path))
        )
    _sync_to_disk(index_dir / lexical_name(generation))
    _sync_to_disk(index_dir)
    return files


def _sync_to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def derived_problems(index_dir: Path, files: Iterable[DerivedFile], *, hashes: bool = True) -> list[str]:
    """What differs between the files on disk and the record of them, one line each."""
    found: list[str] = []
    for file in files:
        path = index_dir / file.name
        if not path.is_file():
            found.append(f"{file.name} is missing")
        elif path.stat().st_size != file.size:
            found.append(f"{file.name} has {path.stat().st_size} bytes instead of {file.size}")
        elif hashes and hash_file(path) != file.sha256:
            found.append(f"{file.name} differs from its checksum")
    return found


def clone_folder(source: Path, target: Path) -> None:
    """Copy a lexical folder: the unchanging files by hard link where the file system has them."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in source.iterdir():
        if path.name.endswith(".lock"):
            continue
        if path.name in _COPIED:
            shutil.copy2(path, target / path.name)
            continue
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copy2(path, target / path.name)


def remove_stale(index_dir: Path, generation: int) -> None:
    """Remove the derived files of every other generation: left by an interrupted write, or replaced."""
    keep = {vectors_name(generation), lexical_name(generation)}
    for path in index_dir.iterdir():
        if path.name in keep or not path.name.startswith(
            ("vectors-", "lexical-", f"{DATABASE_NAME}.new", f"{SEAL_NAME}.new")
        ):
            continue
        with contextlib.suppress(OSError):  # on Windows a reader may still hold it; the next write removes it
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_seal(index_dir: Path, generation: int) -> None:
    """Record the hash of the database file; call only when the write-ahead log is empty."""
    database = index_dir / DATABASE_NAME
    body = {"generation": generation, "size": database.stat().st_size, "sha256": hash_file(database)}
    fresh = index_dir / f"{SEAL_NAME}.new"
    fresh.write_text(json.dumps({**body, "crc32": _crc(body)}) + "\n", encoding="utf-8")
    _sync_to_disk(fresh)
    fresh.replace(index_dir / SEAL_NAME)


def _crc(body: dict[str, object]) -> int:
    return zlib.crc32(json.dumps(body, sort_keys=True).encode())


def seal_problems(index_dir: Path, generation: int) -> list[str]:
    """Whether the database file differs from its seal. No seal, or one of another generation, proves nothing."""
    seal, database = index_dir / SEAL_NAME, index_dir / DATABASE_NAME
    log = index_dir / f"{DATABASE_NAME}-wal"
    if not seal.is_file():
        return []
    try:
        body = json.loads(seal.read_text(encoding="utf-8"))
        crc = body.pop("crc32")
        intact = (
            crc == _crc(body) and seal.read_bytes() == (json.dumps({**body, "crc32": crc}) + "\n").encode()
        )
    except (ValueError, KeyError, AttributeError):
        intact = False
    if not intact:
        return [f"{SEAL_NAME} is damaged"]
    if body["generation"] != generation or (log.is_file() and log.stat().st_size):
        return []
    if database.stat().st_size != body["size"] or hash_file(database) != body["sha256"]:
        return [f"{DATABASE_NAME} differs from its checksum"]
    return []
