"""The files made from the database: names, hashes, durable writing, cleaning up. One set of names a generation."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from index.lexical import LexicalWriter
from index.records import DerivedFile
from index.vectors import FaissVectorStore, FloatArray

__all__ = [
    "DerivedWriter",
    "derived_problems",
    "hash_file",
    "lexical_name",
    "remove_stale",
    "stale_files",
    "sync_to_disk",
    "vectors_name",
]

_NAMES = re.compile(r"vectors-\d{6,}\.faiss|lexical-\d{6,}|wenju\.(?:sqlite|seal)\.new")
_REWRITTEN = {"meta.json", ".managed.json"}
"""Files that tantivy writes again in place; every other file of a segment never changes."""


def vectors_name(generation: int) -> str:
    """Name of the vector file of a generation."""
    return f"vectors-{generation:06d}.faiss"


def lexical_name(generation: int) -> str:
    """Name of the lexical folder of a generation."""
    return f"lexical-{generation:06d}"


class DerivedWriter:
    """Writes the derived files of the next generation beside those of the present one; a context manager.

    ``lexical_from``, ``vectors_from``: the generation whose file is carried on; None begins an empty one.
    """

    def __init__(
        self,
        index_dir: Path,
        generation: int,
        dimension: int,
        *,
        lexical_from: int | None = None,
        vectors_from: int | None = None,
    ) -> None:
        self._index_dir, self._generation = index_dir, generation
        folder = index_dir / lexical_name(generation)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if lexical_from is not None:
            _clone_folder(index_dir / lexical_name(lexical_from), folder)
        self._lexical = LexicalWriter(folder, create=lexical_from is None)
        if vectors_from is None:
            self._vectors = FaissVectorStore(dimension)
        else:
            self._vectors = FaissVectorStore.load(index_dir / vectors_name(vectors_from), writable=True)

    def __enter__(self) -> DerivedWriter:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is not None:
            self._lexical.abandon()

    def add_terms(self, document_key: int, rows: Iterable[int], fields: Iterable[dict[str, str]]) -> None:
        """Add passages to the lexical index."""
        for row, texts in zip(rows, fields, strict=True):
            self._lexical.add(row, document_key, texts)

    def add_vectors(self, rows: list[int], vectors: Sequence[FloatArray]) -> None:
        """Add passages to the vector store, each with its vectors (k, dimension)."""
        if rows:
            repeated = np.repeat(np.array(rows, np.int64), [len(some) for some in vectors])
            self._vectors.add(repeated, np.concatenate(vectors))

    def remove_terms(self, document_keys: Iterable[int]) -> None:
        """Remove all passages of documents from the lexical index."""
        self._lexical.remove_documents(document_keys)

    def remove_vectors(self, rows: list[int]) -> None:
        """Remove passages from the vector store."""
        self._vectors.remove(np.array(rows, np.int64))

    def save(self) -> tuple[DerivedFile, ...]:
        """Make the files durable; returns their names, sizes and hashes."""
        self._lexical.commit()
        self._vectors.optimize()
        path = self._index_dir / vectors_name(self._generation)
        path.unlink(missing_ok=True)  # a reader may have one of the same name mapped into its memory
        self._vectors.save(path)
        folder = self._index_dir / lexical_name(self._generation)
        files = [path, *(p for p in sorted(folder.iterdir()) if not p.name.endswith(".lock"))]
        for file in files:
            sync_to_disk(file)
        sync_to_disk(folder)
        sync_to_disk(self._index_dir)
        return tuple(
            DerivedFile(f.relative_to(self._index_dir).as_posix(), f.stat().st_size, hash_file(f))
            for f in files
        )


def _clone_folder(source: Path, target: Path) -> None:
    """Copy a lexical folder: the files that never change by hard link where the file system has them."""
    for path in source.iterdir():
        if path.name.endswith(".lock"):
            continue
        if path.name not in _REWRITTEN:
            with contextlib.suppress(OSError):
                os.link(path, target / path.name)
                continue
        shutil.copy2(path, target / path.name)


def hash_file(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_to_disk(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    if os.name == "nt":
        if path.is_dir():
            return
        mode = os.O_RDWR
    else:
        mode = os.O_RDONLY
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def derived_problems(index_dir: Path, files: Iterable[DerivedFile], *, hashes: bool = True) -> list[str]:
    """What differs between the files on disk and the record of them, one line each."""
    found: list[str] = []
    for file in files:
        path = index_dir / file.name
        try:
            size = path.stat().st_size
            if size != file.size:
                found.append(f"{file.name} has {size} bytes instead of {file.size}")
            elif hashes and hash_file(path) != file.sha256:
                found.append(f"{file.name} differs from its checksum")
        except FileNotFoundError:
            found.append(f"{file.name} is missing")
        except OSError as error:
            found.append(f"{file.name} cannot be read ({error.strerror})")
    return found


def stale_files(index_dir: Path, generation: int) -> list[Path]:
    """Derived files of every other generation: left by an interrupted write, or replaced."""
    keep = {vectors_name(generation), lexical_name(generation)}
    return [path for path in index_dir.iterdir() if _NAMES.fullmatch(path.name) and path.name not in keep]


def remove_stale(index_dir: Path, generation: int) -> None:
    """Remove the derived files of every other generation."""
    for path in stale_files(index_dir, generation):
        with contextlib.suppress(OSError):  # on Windows a reader may still hold it; the next write removes it
            shutil.rmtree(path) if path.is_dir() else path.unlink()
