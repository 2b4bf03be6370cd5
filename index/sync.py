"""Make an index match a folder: one plan, one write transaction, old or new and never a mixture."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from index.build import BuiltDocument
from index.config import IndexConfig
from index.derived import DerivedWriter, derived_problems
from index.embedder import Embedder
from index.errors import IndexStateError
from index.plan import Plan, SyncReport, make_plan, without_ocr
from index.records import DocumentInfo, FileState, IndexState
from index.refill import Progress, refill
from index.store import DATABASE_NAME, Store
from index.target import former_name, latest_generation, move_aside, open_target, put_back
from index.workers import BuildFailure, BuildTask, build_documents, worker_count
from index.writing import all_or_nothing, finish, next_state, require_intact, tidy, write_lock

__all__ = ["SyncReport", "sync"]

_MOST_GONE = 0.1
"""Share of removed passages from which the lexical index is written again: they count in its statistics until then."""


def sync(
    corpus_dir: Path,
    index_dir: Path,
    *,
    embedder: str | None = None,
    workers: int | None = None,
    dry_run: bool = False,
    rebuild: bool = False,
    ocr: bool | None = None,
    max_chars: int | None = None,
    context: bool | None = None,
    sentences: bool | None = None,
    dictionary: Path | None = None,
    progress: Progress | None = None,
) -> SyncReport:
    """Add what is new in ``corpus_dir``, replace what changed, drop what is gone.

    An unchanged file is told by size and times, a changed one by its content's hash. Settings that are not given are those
    of the index, or the defaults for a new one. With ``ocr`` turned on, files that could not be read without are read again, and
    PDFs with pages that had no text. ``rebuild`` reads every file again; a damaged database is then kept under another name,
    never deleted. Readers go on with the old state until the one moment of change.

    Raises
    ------
    IndexMismatchError
        The index was built with another embedder, other settings or another version (``rebuild`` builds it again).
    IndexStateError
        The folder cannot be written to, another process writes, the corpus folder does not exist.
    """
    started = time.perf_counter()
    _check_folders(corpus_dir, index_dir)
    with nullcontext() if dry_run else write_lock(index_dir):
        store, config, model = open_target(
            corpus_dir,
            index_dir,
            rebuild,
            embedder,
            max_chars=max_chars,
            context=context,
            sentences=sentences,
            dictionary=dictionary,
            ocr=ocr,
        )
        job = _Sync(corpus_dir, index_dir, store, config, model, rebuild=rebuild)
        try:
            report = job.plan()
            if not dry_run:
                job.carry_out(workers=workers, progress=progress or (lambda stage, done, total: None))
        finally:
            job.close()
    report.dry_run = dry_run
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _check_folders(corpus_dir: Path, index_dir: Path) -> None:
    if not corpus_dir.is_dir():
        raise IndexStateError(f"{corpus_dir} is not a folder")
    if corpus_dir.resolve().is_relative_to(index_dir.resolve()):
        raise IndexStateError(f"the corpus folder {corpus_dir} cannot lie in the index folder {index_dir}")


class _Sync:
    """One run of ``sync``: the plan and its execution."""

    def __init__(
        self,
        corpus_dir: Path,
        index_dir: Path,
        store: Store | None,
        config: IndexConfig,
        embedder: Embedder,
        *,
        rebuild: bool,
    ) -> None:
        self._corpus_dir, self._index_dir, self._corpus = corpus_dir, index_dir, str(corpus_dir.resolve())
        self._store, self._config, self._embedder, self._rebuild = store, config, embedder, rebuild
        self._report = SyncReport()
        self._infos: dict[str, DocumentInfo] = {}
        self._plan = Plan()
        self._old_failures: dict[str, str] = {}
        self._former = ""
        """Name of the database that was moved aside, if any."""
        self._latest = 0
        """The generation of the derived files that lie beside it."""
        self._started_ns = time.time_ns()

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def plan(self) -> SyncReport:
        """Find out what is to do."""
        failures: dict[str, tuple[str, FileState]] = {}
        state = IndexState()
        again: set[str] = set()
        if self._store is not None:
            self._infos = {info.id: info for info in self._store.documents()}
            failures, state = self._store.failures(), self._store.state()
        if self._config.ocr and state.config and not IndexConfig.from_json(state.config).ocr:
            again = without_ocr(self._infos, failures)
        known, failed = ({}, {}) if self._rebuild else (self._infos, failures)
        self._plan = plan = make_plan(
            self._corpus_dir, self._index_dir, known, failed, state.synced_ns, again
        )
        if self._rebuild:
            plan.deleted = sorted(self._infos.keys() - plan.files.keys())
        self._old_failures = {i: reason for i, (reason, _) in failures.items()}
        self._report = SyncReport.of(plan)
        return self._report

    def carry_out(self, *, workers: int | None, progress: Progress) -> None:
        """Do it. Any failure before the commit leaves the old index."""
        try:
            self._carry_out(workers, progress)
        except BaseException:
            self._put_back()
            raise

    def _carry_out(self, workers: int | None, progress: Progress) -> None:
        report, plan = self._report, self._plan
        with all_or_nothing(self._index_dir):
            store = self._open_for_writing()
            state = store.state()
            damaged: list[str] = []
            if state.config and not self._rebuild:
                require_intact(store, self._index_dir)
                damaged = derived_problems(self._index_dir, state.derived)
            tidy(store, self._index_dir)
            report.repaired += damaged
            new = not state.config or self._rebuild or self._config.to_json() != state.config
            if plan.added or plan.changed or plan.deleted or damaged or new:
                self._write(store, damaged, workers=workers, progress=progress)
            elif plan.hashed or self._old_failures != report.failed or state.corpus != self._corpus:
                self._write_times(store)
            finish(store, self._index_dir)
            infos, state = store.documents(), store.state()
        report.documents, report.passages = len(infos), sum(info.passages for info in infos)
        report.generation, report.fingerprint = state.generation, state.fingerprint

    def _open_for_writing(self) -> Store:
        if self._store is not None:
            self._store.close()
            self._store = Store.open(self._index_dir, write=True)
            return self._store
        self._latest = latest_generation(self._index_dir)
        if (self._index_dir / DATABASE_NAME).exists():
            self._former = former_name()
            move_aside(self._index_dir, self._former)
            self._report.repaired.append(f"the former database was kept as {self._former}")
        self._store = Store.create(self._index_dir, generation=self._latest)
        return self._store

    def _put_back(self) -> None:
        """Where the first commit to a new database failed, the former one takes its place again."""
        if not self._former:
            return
        try:
            if self._store is not None and self._store.state().config:
                return
            self.close()
            put_back(self._index_dir, self._former, self._latest + 1)
        except (OSError, IndexStateError) as error:
            raise IndexStateError(
                f"{self._index_dir} holds no index now, the former database lies there as {self._former}: {error}"
            ) from error

    def _write_times(self, store: Store) -> None:
        """Record what was learned about files without changing what is searched."""
        with store.transaction():
            store.touch_documents({i: self._plan.files[i][1] for i in self._plan.hashed})
            store.set_failures(self._plan.failures)
            state = store.state()
            store.set_state(
                replace(state, revision=state.revision + 1, synced_ns=self._started_ns, corpus=self._corpus)
            )

    def _write(
        self, store: Store, damaged: Sequence[str], *, workers: int | None, progress: Progress
    ) -> None:
        """Write the new generation: documents, derived files and state, in one transaction."""
        state, plan = store.state(), self._plan
        drop = list(self._infos) if self._rebuild else [*plan.deleted, *plan.changed]
        gone = state.lexical_gone + sum(self._infos[i].passages for i in drop)
        every = sum(info.passages for info in self._infos.values()) + state.lexical_gone
        lexical = bool(damaged) or self._rebuild or not state.config or gone > _MOST_GONE * every
        vectors = bool(damaged) or self._rebuild or not state.config
        try:
            with self._start(state, lexical=lexical, vectors=vectors) as writer, store.transaction():
                if not lexical:
                    writer.remove_terms(self._infos[i].key for i in drop)
                if not vectors:
                    writer.remove_vectors(store.passages.keys(self._infos[i].key for i in drop))
                store.delete_documents(drop)
                if lexical or vectors:
                    refill(
                        store, writer, self._config, self._embedder, store.documents(), terms=lexical, vectors=vectors,
                        progress=progress,
                    )  # fmt: skip
                store.touch_documents({i: plan.files[i][1] for i in plan.hashed})
                self._add_documents(store, writer, workers=workers, progress=progress)
                progress("saving", 0, 1)
                state = next_state(
                    state, store.documents(), self._config, writer.save(), lexical_gone=0 if lexical else gone
                )
                store.set_state(replace(state, synced_ns=self._started_ns, corpus=self._corpus))
                progress("saving", 1, 1)
        except BaseException:
            tidy(store, self._index_dir)
            raise

    def _start(self, state: IndexState, *, lexical: bool, vectors: bool) -> DerivedWriter:
        """The writer of the next derived files, those in ``lexical`` and ``vectors`` from nothing."""
        return DerivedWriter(
            self._index_dir,
            state.generation + 1,
            self._config.dimension,
            lexical_from=None if lexical else state.generation,
            vectors_from=None if vectors else state.generation,
        )

    def _add_documents(
        self, store: Store, writer: DerivedWriter, *, workers: int | None, progress: Progress
    ) -> None:
        report, plan = self._report, self._plan
        tasks = [
            BuildTask(plan.files[i][0], i, plan.files[i][1].size)
            for i in sorted([*plan.added, *plan.changed])
        ]
        failures = dict(plan.failures)
        built = build_documents(
            tasks, self._config, self._embedder, workers=workers or worker_count(tasks), ocr=self._config.ocr
        )
        for done, one in enumerate(built, start=1):
            progress("indexing", done, len(tasks))
            if isinstance(one, BuildFailure):
                failures[one.document_id] = (one.reason, plan.files[one.document_id][1])
            else:
                self._add(store, writer, one)
        store.set_failures(failures)
        report.failed = {i: reason for i, (reason, _) in failures.items()}
        lost = [i for i in report.changed if i in failures] + [
            i for i in report.added if i in failures and i in self._infos
        ]
        report.deleted = sorted({*report.deleted, *lost})
        report.added = [i for i in report.added if i not in failures]
        report.changed = [i for i in report.changed if i not in failures]

    def _add(self, store: Store, writer: DerivedWriter, built: BuiltDocument) -> None:
        document = built.document
        file = replace(self._plan.files[document.id][1], sha256=built.file_sha256)
        key, rows = store.put_document(document, built.offsets, built.passages, file)
        writer.add_terms(key, rows, built.fields)
        assert built.vectors is not None
        writer.add_vectors(rows, built.vectors)
        if document.notes:
            self._report.notes[document.id] = document.notes
