"""Is the index what it recorded of itself? And its repair, as far as the database is intact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.config import IndexConfig
from index.derived import derived_problems, lexical_name, stale_files, vectors_name
from index.embedder import load_embedder
from index.errors import IndexCorruptError, IndexMismatchError, IndexNotFoundError
from index.lexical import TantivyLexicalIndex
from index.records import IndexState
from index.refill import Progress, rebuild_derived
from index.seal import Verdict, judge_seal
from index.store import Store
from index.vectors import FaissVectorStore
from index.writing import all_or_nothing, finish, write_lock

__all__ = ["CheckReport", "check_index"]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Problems found, and whether they were mended."""

    problems: tuple[str, ...]
    repaired: bool = False

    @property
    def healthy(self) -> bool:
        """Whether the index can be used now."""
        return not self.problems or self.repaired


@dataclass(frozen=True, slots=True)
class _Found:
    database: tuple[str, ...] = ()
    """Damage to the only copy of the texts: nothing mends it but the corpus folder."""
    seal: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    unfinished: bool = False
    """A write was interrupted after its one moment of change: no problem, but files are left over, or the seal is missing."""

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.database, *self.seal, *self.derived)


def check_index(path: Path, *, repair: bool = False, progress: Progress | None = None) -> CheckReport:
    """Compare every file and every row of an index with its record; with ``repair``, make the derived files again.

    Damage to the database itself is reported, not mended: its texts are the only copy that the index has.

    Raises
    ------
    IndexNotFoundError
        The folder holds no index.
    IndexLockedError, IndexStateError, IndexMismatchError
        The repair cannot be made: another process writes, the folder cannot be written to, the embedder is another.
    """
    found = _find_problems(path)
    if not repair or found.database or not (found.all or found.unfinished):
        return CheckReport(found.all)
    with write_lock(path):
        found = _find_problems(path)  # another process may have mended it meanwhile
        if not found.database:
            _mend(path, found, progress or (lambda stage, done, total: None))
    return CheckReport(found.all, repaired=bool(found.all) and not found.database)


def _find_problems(path: Path) -> _Found:
    """Problems of an index that nobody changed while it was looked at."""
    for _ in range(_TRIES):
        try:
            store = Store.open(path)
        except IndexCorruptError as error:
            return _Found(database=(str(error),))
        try:
            store.database.begin_snapshot()
            before = store.state()
            if not before.config:
                raise IndexNotFoundError(f"the first sync of {path} was interrupted; run it again")
            found = _compare(path, store, before)
            store.database.end_snapshot()
            if not found.all or store.state().revision == before.revision:
                return found
        except IndexCorruptError as error:
            return _Found(database=(str(error),))
        finally:
            store.close()
    return found


def _compare(path: Path, store: Store, state: IndexState) -> _Found:
    verdict = judge_seal(path, state.revision)
    rows = store.problems()
    derived = derived_problems(path, state.derived)
    if not rows and not derived and _is_current(state):  # files of another version may say the same otherwise
        derived = _content_problems(path, store, state.generation)
    if verdict is Verdict.DATABASE_DAMAGED:
        rows = [verdict.problem, *rows]
    seal = (verdict.problem,) if verdict is Verdict.SEAL_DAMAGED else ()
    unfinished = verdict is Verdict.SILENT or bool(stale_files(path, state.generation))
    return _Found(database=tuple(rows), seal=seal, derived=tuple(derived), unfinished=unfinished)


def _is_current(state: IndexState) -> bool:
    try:
        return IndexConfig.from_json(state.config).is_current
    except (TypeError, ValueError):
        return False


def _content_problems(path: Path, store: Store, generation: int) -> list[str]:
    """Whether intact files also belong together: the same rows in the database, the vectors and the lexical index."""
    rows = store.passages.keys()
    vectors = FaissVectorStore.load(path / vectors_name(generation))
    lexical = TantivyLexicalIndex(path / lexical_name(generation))
    found: list[str] = []
    if sorted(vectors.rows().tolist()) != rows:
        found.append(f"{vectors_name(generation)} holds other passages than the database")
    if len(lexical) != len(rows):
        found.append(f"{lexical_name(generation)} holds {len(lexical)} passages, the database {len(rows)}")
    return found


def _mend(path: Path, found: _Found, progress: Progress) -> None:
    with all_or_nothing(path):
        store = Store.open(path, write=True)
        try:
            if found.derived:
                config = IndexConfig.from_json(store.state().config)
                if not config.is_current:
                    raise IndexMismatchError(
                        f"cannot repair: {path} was made by another version; build it again with --rebuild"
                    )
                embedder = load_embedder(config.embedder)
                if embedder.fingerprint != config.embedder_fingerprint:
                    raise IndexMismatchError(
                        f"cannot repair: the embedder {config.embedder} is not the one the index was built with"
                    )
                rebuild_derived(store, path, embedder, progress)
            else:
                finish(store, path)
        finally:
            store.close()
