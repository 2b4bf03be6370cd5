"""Writing to an index folder: one writer at a time, all or nothing, one clear line where it cannot be."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from index.config import IndexConfig
from index.derived import remove_stale
from index.errors import IndexCorruptError, IndexLockedError, IndexStateError
from index.records import DerivedFile, DocumentInfo, IndexState
from index.seal import Verdict, judge_seal, write_seal
from index.store import Store

__all__ = ["LOCK_NAME", "all_or_nothing", "finish", "next_state", "require_intact", "tidy", "write_lock"]

LOCK_NAME = "wenju.lock"


@contextmanager
def write_lock(index_dir: Path) -> Iterator[None]:
    """Hold the right to write to an index folder, which is made where missing.

    Raises
    ------
    IndexLockedError
        Another process holds it.
    IndexStateError
        The folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index_dir / LOCK_NAME, timeout=0)
        lock.acquire()
    except Timeout:
        raise IndexLockedError(f"another process is writing to {index_dir}; wait for it to end") from None
    except (OSError, NotImplementedError) as error:
        raise IndexStateError(f"cannot write to {index_dir}: {_reason(error)}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def all_or_nothing(index_dir: Path) -> Iterator[None]:
    """Turn what the file system and the libraries below raise into one clear error; the old index stays."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise IndexStateError(
            f"cannot write to {index_dir}: {_reason(error)}; the index is as it was before"
        ) from error
    except IndexStateError as error:
        if type(error) is not IndexStateError:
            raise
        raise IndexStateError(f"{error}; the index is as it was before") from error


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "strerror", "") or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def next_state(
    state: IndexState,
    infos: Sequence[DocumentInfo],
    config: IndexConfig,
    derived: tuple[DerivedFile, ...],
    *,
    lexical_gone: int,
) -> IndexState:
    """The state after a write that made new derived files."""
    content = hashlib.sha256(
        replace(config, embedder="", ocr=False).to_json().encode()
    )  # the same model may lie elsewhere; what OCR read is in the texts
    for info in infos:
        content.update(f"{info.id}\x1f{info.sha256}\x1e".encode())
    return replace(
        state,
        uid=state.uid or secrets.token_hex(8),  # empty where the making of the database was interrupted
        generation=state.generation + 1,
        revision=state.revision + 1,
        config=config.to_json(),
        fingerprint=content.hexdigest()[:16],
        lexical_gone=lexical_gone,
        derived=derived,
    )


def tidy(store: Store, index_dir: Path) -> None:
    """Remove the derived files of every generation but the committed one; after a failed write nobody knows which that is.
    Before the first commit, none: they may be those of a database that was moved aside."""
    with suppress(IndexStateError):
        state = store.state()
        if state.config:
            remove_stale(index_dir, state.generation)


def require_intact(store: Store, index_dir: Path) -> None:
    """Refuse to write to a damaged database: what is written next would be sealed as sound.

    Where the seal is silent, after an interrupted write, every row is read.

    Raises
    ------
    IndexCorruptError
        The database differs from its seal, or a row from its checksum.
    """
    verdict = judge_seal(index_dir, store.state().revision)
    problems = store.problems() if verdict in (Verdict.SILENT, Verdict.SEAL_DAMAGED) else []
    if verdict is Verdict.DATABASE_DAMAGED:
        problems = [verdict.problem]
    if problems:
        raise IndexCorruptError(
            f"{problems[0]}; to build it again: python -m index sync CORPUS_DIR --index {index_dir} --rebuild"
        )


def finish(store: Store, index_dir: Path) -> None:
    """After a write: drop what it replaced, and seal the database file once no reader holds its log back."""
    tidy(store, index_dir)
    revision = store.state().revision
    if store.database.checkpoint() and judge_seal(index_dir, revision) is not Verdict.INTACT:
        write_seal(index_dir, revision)
