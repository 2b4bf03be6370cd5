"""Make an index match a folder: one plan, one write transaction, old or new and never a mixture."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from index.build import BuildFailure, BuildTask, build_documents, index_texts
from index.config import IndexConfig
from index.derived import (
    LOCK_NAME,
    clone_folder,
    derived_files,
    derived_problems,
    lexical_name,
    remove_stale,
    vectors_name,
    write_seal,
)
from index.embedder import Embedder, load_embedder
from index.errors import (
    IndexCorruptError,
    IndexLockedError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexStateError,
)
from index.lexical import LexicalWriter, term_fields
from index.loaders import scan_corpus
from index.store import DATABASE_NAME, FileState, Store
from index.tokens import lexical_terms
from index.vectors import FaissVectorStore

__all__ = ["SyncReport", "rebuild_derived", "sync", "write_lock"]

Progress = Callable[[str, int, int], None]
"""Called with a stage, the work done and the work in all."""

_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was indexed may change again within the clock's grain: it is hashed each time."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did, or with ``dry_run`` would do. Documents by id."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    """Files that no loader takes, with the reason."""
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)
    documents: int = 0
    passages: int = 0
    generation: int = 0
    fingerprint: str = ""
    seconds: float = 0.0
    dry_run: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the report JSON-ready."""
        return asdict(self)


@contextmanager
def write_lock(index_dir: Path) -> Iterator[None]:
    """Hold the right to write to an index folder.

    Raises
    ------
    IndexLockedError
        Another process holds it.
    """
    from filelock import FileLock, Timeout

    index_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(index_dir / LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise IndexLockedError(f"another process is writing to {index_dir}; wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _whole_or_nothing(index_dir: Path) -> Iterator[None]:
    """Turn what the file system and the libraries below raise into one clear error; the old index stays."""
    try:
        yield
    except (OSError, sqlite3.Error, RuntimeError, ValueError) as error:
        text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        full = (
            " (is the disk full?)"
            if any(word in text.lower() for word in ("full", "no space", "too large", "os error"))
            else ""
        )
        raise IndexStateError(
            f"cannot write to {index_dir}: {text}{full}; the index is as it was before"
        ) from error


def sync(
    corpus_dir: Path,
    index_dir: Path,
    *,
    embedder: str | None = None,
    workers: int | None = None,
    dry_run: bool = False,
    rebuild: bool = False,
    ocr: bool = False,
    max_chars: int = 300,
    context: bool = True,
    progress: Progress | None = None,
) -> SyncReport:
    """Add what is new in ``corpus_dir``, replace what changed, drop what is gone.

    An unchanged file is told by size and times, a changed one by its content's hash. ``rebuild`` reads every file again; a
    damaged index is then moved aside, never deleted. Readers go on with the old state until the one moment of change.

    Raises
    ------
    IndexMismatchError
        The index was built with another embedder, other settings or another version (``rebuild`` builds it again).
    IndexStateError
        The folder cannot be written to, another process writes, the corpus folder does not exist.
    """
    started = time.perf_counter()
    if not corpus_dir.is_dir():
        raise IndexStateError(f"{corpus_dir} is not a folder")
    if corpus_dir.resolve() == index_dir.resolve():
        raise IndexStateError(f"the index cannot be in the corpus folder itself: {index_dir}")
    if dry_run:
        report = _Sync(corpus_dir, index_dir, embedder, rebuild, max_chars, context).plan()
    else:
        with _whole_or_nothing(index_dir), write_lock(index_dir):
            job = _Sync(corpus_dir, index_dir, embedder, rebuild, max_chars, context)
            report = job.plan()
            job.carry_out(
                report, workers=workers, ocr=ocr, progress=progress or (lambda stage, done, total: None)
            )
    report.dry_run = dry_run
    report.seconds = round(time.perf_counter() - started, 3)
    return report


class _Sync:
    """One run of ``sync``: state of the folder and of the index, the plan, its execution."""

    def __init__(
        self,
        corpus_dir: Path,
        index_dir: Path,
        embedder: str | None,
        rebuild: bool,
        max_chars: int,
        context: bool,
    ) -> None:
        self.corpus_dir, self.index_dir, self.rebuild = corpus_dir, index_dir, rebuild
        self.store: Store | None = None
        self.config: IndexConfig | None = None
        self.moved_aside = ""
        try:
            self.store = Store.open(index_dir)
            if not rebuild:
                self.config = self._saved_config(self.store)
        except IndexNotFoundError:
            pass
        except (IndexCorruptError, IndexMismatchError):
            if not rebuild:
                raise
            self.store = None
        self.embedder: Embedder = load_embedder(embedder or (self.config.embedder if self.config else None))
        fresh = IndexConfig(
            self.embedder.name,
            self.embedder.fingerprint,
            self.embedder.dimension,
            max_chars=max_chars,
            context=context,
        )
        if self.config is not None and self.config != fresh:
            raise IndexMismatchError(
                f"the index was built with other settings ({_difference(self.config, fresh)}); "
                f"to build it again: python -m index sync {corpus_dir} --index {index_dir} --rebuild"
            )
        self.config = fresh
        self.files: dict[str, tuple[Path, FileState]] = {}
        self.times_only: list[str] = []

    @staticmethod
    def _saved_config(store: Store) -> IndexConfig | None:
        saved = store.meta().get("config")
        try:
            return IndexConfig.from_json(saved) if saved else None
        except (TypeError, ValueError):
            raise IndexMismatchError(
                "the index was made by another version; build it again with --rebuild"
            ) from None

    def plan(self) -> SyncReport:
        """Compare the folder with the index; reads only the files whose size or times differ."""
        report = SyncReport()
        scan = scan_corpus(self.corpus_dir)
        inside = self.index_dir.resolve()
        for path in scan.supported:
            if inside in path.resolve().parents:
                continue
            status = path.stat()
            state = FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            self.files[path.relative_to(self.corpus_dir).as_posix()] = (path, state)
        report.skipped = {
            p.relative_to(self.corpus_dir).as_posix(): "no loader for this kind of file"
            for p in scan.unsupported
        }
        known = {} if self.store is None or self.rebuild else {d.id: d for d in self.store.documents()}
        gone = set() if self.store is None else {d.id for d in self.store.documents()} - self.files.keys()
        failures = {} if self.store is None or self.rebuild else self.store.failures()
        synced = int(self.store.meta().get("synced_ns", 0)) if self.store is not None else 0
        for document_id, (path, state) in self.files.items():
            if document_id in failures and _same_times(failures[document_id][1], state, synced):
                report.failed[document_id] = failures[document_id][0]
            elif document_id not in known:
                report.added.append(document_id)
            elif _same_times(known[document_id].file, state, synced):
                report.unchanged += 1
            elif _hash(path) == known[document_id].file.sha256:
                report.unchanged += 1
                self.times_only.append(document_id)
            else:
                report.changed.append(document_id)
        report.deleted = sorted(gone)
        return report

    def carry_out(self, report: SyncReport, *, workers: int | None, ocr: bool, progress: Progress) -> None:
        """Write the new generation. Any failure before the commit leaves the old one."""
        assert self.config is not None
        fresh = self.store is None
        if fresh and (self.index_dir / DATABASE_NAME).exists():
            self.moved_aside = _move_aside(self.index_dir)
            report.repaired.append(f"the damaged database was kept as {self.moved_aside}")
        if self.store is not None:
            self.store.close()
        self.store = Store.create(self.index_dir) if fresh else Store.open(self.index_dir, write=True)
        try:
            old = self.store.generation
            remove_stale(self.index_dir, old)
            damaged = [] if fresh or self.rebuild else derived_problems(self.index_dir, self.store.derived())
            work = bool(
                report.added
                or report.changed
                or report.deleted
                or self.times_only
                or damaged
                or fresh
                or self.rebuild
            )
            if work or self.store.meta().get("failed") != str(len(report.failed)):
                report.repaired += damaged
                self._write(report, old, damaged=bool(damaged), workers=workers, ocr=ocr, progress=progress)
            _finish(self.store, self.index_dir)
            infos = self.store.documents()
            report.documents, report.passages = len(infos), sum(d.passages for d in infos)
            report.generation = self.store.generation
            report.fingerprint = self.store.meta()["fingerprint"]
        finally:
            self.store.close()

    def _write(
        self,
        report: SyncReport,
        old: int,
        *,
        damaged: bool,
        workers: int | None,
        ocr: bool,
        progress: Progress,
    ) -> None:
        store, config = self.store, self.config
        assert store is not None and config is not None
        new = old + 1
        scratch = old == 0 or self.rebuild or damaged
        try:
            with store.transaction():
                infos = {d.id: d for d in store.documents()}
                drop = list(infos) if self.rebuild else [*report.deleted, *report.changed]
                for document_id in self.times_only:
                    store.touch_document(document_id, self.files[document_id][1])
                writer, vectors = self._start_derived(new, old, scratch, [infos[i].key for i in drop])
                if not scratch:
                    rows = [key for i in drop for key, _, _ in store.passages("d.id = ?", (i,))]
                    vectors.remove(np.array(rows, np.int64))
                store.delete_documents(drop)
                if damaged and not self.rebuild:
                    _refill(store, config, self.embedder, writer, vectors, progress)
                self._add_documents(report, writer, vectors, workers=workers, ocr=ocr, progress=progress)
                progress("saving", 0, 1)
                writer.commit()
                vectors.optimize()
                vectors.save(self.index_dir / vectors_name(new))
                _record(store, self.index_dir, new, config, self.corpus_dir)
                progress("saving", 1, 1)
        except BaseException:
            remove_stale(self.index_dir, old)
            raise
        remove_stale(self.index_dir, new)

    def _start_derived(
        self, new: int, old: int, scratch: bool, drop: list[int]
    ) -> tuple[LexicalWriter, FaissVectorStore]:
        assert self.config is not None
        folder = self.index_dir / lexical_name(new)
        if scratch:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            return LexicalWriter(folder, create=True), FaissVectorStore(self.config.dimension)
        clone_folder(self.index_dir / lexical_name(old), folder)
        writer = LexicalWriter(folder, create=False)
        writer.remove_documents(drop)
        return writer, FaissVectorStore.load(self.index_dir / vectors_name(old))

    def _add_documents(
        self,
        report: SyncReport,
        writer: LexicalWriter,
        vectors: FaissVectorStore,
        *,
        workers: int | None,
        ocr: bool,
        progress: Progress,
    ) -> None:
        store, config = self.store, self.config
        assert store is not None and config is not None
        tasks = [
            BuildTask(self.files[i][0], i, self.files[i][1].size)
            for i in sorted([*report.added, *report.changed])
        ]
        failures = {i: (reason, self.files[i][1]) for i, reason in report.failed.items()}
        for done, built in enumerate(
            build_documents(tasks, config, self.embedder, workers=workers or _worker_count(tasks), ocr=ocr),
            start=1,
        ):
            progress("indexing", done, len(tasks))
            if isinstance(built, BuildFailure):
                report.failed[built.document_id] = built.reason
                failures[built.document_id] = (built.reason, self.files[built.document_id][1])
                continue
            document, (path, state) = built.document, self.files[built.document.id]
            state = FileState(state.size, state.mtime_ns, state.ctime_ns, _hash(path))
            key, rows = store.put_document(document, built.offsets, built.passages, state)
            for row, fields in zip(rows, built.fields, strict=True):
                writer.add(row, key, fields)
            assert built.vectors is not None
            vectors.add(np.array(rows, np.int64), built.vectors)
            if document.notes:
                report.notes[document.id] = document.notes
        store.set_failures(failures)
        report.added = [i for i in report.added if i not in report.failed]
        report.changed = [i for i in report.changed if i not in report.failed]


def rebuild_derived(store: Store, index_dir: Path, embedder: Embedder, progress: Progress) -> None:
    """Make the derived files again from the database, as a new generation; call with the write lock held."""
    config = IndexConfig.from_json(store.meta()["config"])
    old = store.generation
    new = old + 1
    folder = index_dir / lexical_name(new)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with _whole_or_nothing(index_dir):
        try:
            with store.transaction():
                writer, vectors = LexicalWriter(folder, create=True), FaissVectorStore(config.dimension)
                _refill(store, config, embedder, writer, vectors, progress)
                writer.commit()
                vectors.optimize()
                vectors.save(index_dir / vectors_name(new))
                _record(store, index_dir, new, config, None)
        except BaseException:
            remove_stale(index_dir, old)
            raise
        _finish(store, index_dir)


def _refill(
    store: Store,
    config: IndexConfig,
    embedder: Embedder,
    writer: LexicalWriter,
    vectors: FaissVectorStore,
    progress: Progress,
) -> None:
    from index.normalize import normalize

    infos = store.documents()
    for done, info in enumerate(infos, start=1):
        progress("repairing", done, len(infos))
        rows = list(store.passages("p.document = ? ORDER BY p.number", (info.key,)))
        texts = index_texts(
            normalize(info.metadata.title).text, [p for _, _, p in rows], context=config.context
        )
        for (row, _, _), text in zip(rows, texts, strict=True):
            writer.add(row, info.key, term_fields(lexical_terms(text)))
        vectors.add(np.array([row for row, _, _ in rows], np.int64), embedder.encode_documents([p.text for _, _, p in rows]))


def _record(
    store: Store, index_dir: Path, generation: int, config: IndexConfig, corpus_dir: Path | None
) -> None:
    """Hash the new derived files and write the state of the new generation, inside its transaction."""
    store.set_derived(derived_files(index_dir, generation))
    infos = store.documents()
    content = hashlib.sha256(config.to_json().encode())
    for info in infos:
        content.update(f"{info.id}\x1f{info.sha256}\x1e".encode("utf-8", "surrogatepass"))
    meta = {
        "config": config.to_json(),
        "generation": str(generation),
        "fingerprint": content.hexdigest()[:16],
        "synced_ns": str(time.time_ns()),
        "failed": str(len(store.failures())),
    }
    if corpus_dir is not None:
        meta["corpus"] = str(corpus_dir.resolve())
    store.set_meta(meta)


def _finish(store: Store, index_dir: Path) -> None:
    generation = store.generation
    remove_stale(index_dir, generation)
    if store.checkpoint():
        write_seal(index_dir, generation)


def _same_times(known: FileState, now: FileState, synced_ns: int) -> bool:
    same = (known.size, known.mtime_ns, known.ctime_ns) == (now.size, now.mtime_ns, now.ctime_ns)
    return same and max(now.mtime_ns, now.ctime_ns) < synced_ns - _RACY_NS


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _worker_count(tasks: list[BuildTask]) -> int:
    """One process for little work: starting others takes longer."""
    if len(tasks) < 200 and sum(task.size for task in tasks) < 3_000_000:
        return 1
    return max(1, min(os.cpu_count() or 1, 8))


def _difference(saved: IndexConfig, fresh: IndexConfig) -> str:
    before, now = asdict(saved), asdict(fresh)
    return ", ".join(
        f"{name} {before[name]} instead of {now[name]}" for name in before if before[name] != now[name]
    )


def _move_aside(index_dir: Path) -> str:
    """Keep a damaged database under another name: it may be all that is left of somebody's work."""
    name = f"{DATABASE_NAME}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    (index_dir / DATABASE_NAME).rename(index_dir / name)
    for suffix in ("-wal", "-shm"):
        (index_dir / f"{DATABASE_NAME}{suffix}").unlink(missing_ok=True)
    return name
