"""Many files -> built documents, in this process or in several. Decides nothing about what a document is."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path

from index.build import BuiltDocument, build_document
from index.config import IndexConfig
from index.dense import dense_vectors
from index.embedder import Embedder, StaticEmbedder, load_embedder
from index.errors import DocumentError, IndexStateError

__all__ = ["BuildFailure", "BuildTask", "Built", "build_documents", "worker_count"]

_CHUNK_FILES = 64
_CHUNK_BYTES = 400_000
_AHEAD = 3  # chunks in flight a worker: keeps workers busy, keeps results few
_EMBED_TOGETHER = 512  # passages a call of an embedder that likes them many


@dataclass(frozen=True, slots=True)
class BuildTask:
    """A file to build. ``size`` in bytes shares the work out."""

    path: Path
    document_id: str
    size: int


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """A file that could not be built, and why in one line."""

    document_id: str
    reason: str


Built = BuiltDocument | BuildFailure


def worker_count(tasks: Sequence[BuildTask]) -> int:
    """Processes worth starting for this much work: one for little, for starting others takes longer."""
    if len(tasks) < 200 and sum(task.size for task in tasks) < 3_000_000:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, 8))


def build_documents(
    tasks: Sequence[BuildTask],
    config: IndexConfig,
    embedder: Embedder,
    *,
    workers: int = 1,
    ocr: bool = False,
) -> Iterator[Built]:
    """Build many files, in this process or in ``workers`` others; results come in the order of the tasks.

    A static embedder runs in the workers, any other one here. A file that kills its worker becomes a failure of its own.

    Raises
    ------
    IndexStateError
        The worker processes do not start.
    """
    inside = embedder if isinstance(embedder, StaticEmbedder) else None
    if workers <= 1:
        built: Iterator[Built] = (_build(task, config, inside, ocr) for task in tasks)
    else:
        built = _build_in_processes(list(_chunks(tasks)), config, inside, workers, ocr)
    return built if inside is not None else _embed(built, embedder, config)


def _build(task: BuildTask, config: IndexConfig, embedder: Embedder | None, ocr: bool) -> Built:
    try:
        return build_document(task.path, task.document_id, config, embedder=embedder, ocr=ocr)
    except DocumentError as error:
        return BuildFailure(task.document_id, str(error))
    except (RecursionError, MemoryError) as error:
        reason = f"too large or too deeply nested ({type(error).__name__})"
        return BuildFailure(task.document_id, f"{task.document_id}: {reason}")


def _embed(built: Iterator[Built], embedder: Embedder, config: IndexConfig) -> Iterator[Built]:
    """Add the vectors, many passages at a time."""
    waiting: list[Built] = []
    passages = 0
    for one in built:
        waiting.append(one)
        passages += len(one.passages) if isinstance(one, BuiltDocument) else 0
        if passages >= _EMBED_TOGETHER:
            yield from _embed_together(waiting, embedder, config)
            waiting, passages = [], 0
    yield from _embed_together(waiting, embedder, config)


def _embed_together(waiting: list[Built], embedder: Embedder, config: IndexConfig) -> Iterator[Built]:
    documents = [one for one in waiting if isinstance(one, BuiltDocument)]
    titled = [(one.document.metadata.title, one.passages) for one in documents]
    vectors = iter(dense_vectors(embedder, titled, context=config.context, sentences=config.sentences))
    for one in waiting:
        if isinstance(one, BuiltDocument):
            yield replace(one, vectors=list(islice(vectors, len(one.passages))))
        else:
            yield one


def _chunks(tasks: Iterable[BuildTask]) -> Iterator[list[BuildTask]]:
    chunk: list[BuildTask] = []
    size = 0
    for task in tasks:
        if chunk and (len(chunk) >= _CHUNK_FILES or size + task.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += task.size
    if chunk:
        yield chunk


_worker_embedder: Embedder | None = None


def _start_worker(embedder_name: str | None) -> None:
    """Loads the embedder once a worker process; each worker is one core's worth of work."""
    global _worker_embedder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker_embedder = load_embedder(embedder_name) if embedder_name is not None else None


def _end_with_parent() -> None:
    """A worker would wait for work for ever after its parent was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _build_chunk(tasks: list[BuildTask], config: IndexConfig, ocr: bool) -> list[Built]:
    return [_build(task, config, _worker_embedder, ocr) for task in tasks]


def _pool(inside: Embedder | None, workers: int) -> ProcessPoolExecutor:
    """Processes that have shown that they start: later, one that dies is the fault of its file."""
    name = inside.name if inside is not None else None
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(name,)
    )
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool as error:
        pool.shutdown(wait=True)
        raise IndexStateError("the worker processes do not start; try again with --workers 1") from error
    return pool


def _build_in_processes(
    chunks: list[list[BuildTask]], config: IndexConfig, inside: Embedder | None, workers: int, ocr: bool
) -> Iterator[Built]:
    waiting = deque(chunks)
    while waiting:
        running: deque[tuple[list[BuildTask], Future[list[Built]]]] = deque()
        pool = _pool(inside, workers)
        try:
            while waiting or running:
                while waiting and len(running) < workers * _AHEAD:
                    running.append((waiting[0], pool.submit(_build_chunk, waiting[0], config, ocr)))
                    waiting.popleft()
                built = running[0][1].result()
                running.popleft()
                yield from built
        except BrokenProcessPool:
            pass  # one of the files that were running did it
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        yield from _build_one_by_one([task for chunk, _ in running for task in chunk], config, inside, ocr)


def _build_one_by_one(
    tasks: list[BuildTask], config: IndexConfig, inside: Embedder | None, ocr: bool
) -> Iterator[Built]:
    """Every file in turn, in a process that may die again."""
    pool: ProcessPoolExecutor | None = None
    try:
        for task in tasks:
            pool = pool or _pool(inside, 1)
            try:
                yield from pool.submit(_build_chunk, [task], config, ocr).result()
            except BrokenProcessPool:
                pool.shutdown(wait=True)
                pool = None
                yield BuildFailure(task.document_id, f"{task.document_id}: the process that read it died")
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
