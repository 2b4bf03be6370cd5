"""File -> everything the index keeps of it, in one pure step that workers and cluster jobs share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.config import IndexConfig
from index.embedder import Embedder, StaticEmbedder, load_embedder
from index.errors import DocumentError
from index.lexical import term_fields
from index.loaders import load_document
from index.normalize import OffsetMap, normalize
from index.passages import make_passages
from index.tokens import lexical_terms
from index.types import Document, Passage

__all__ = ["BuildFailure", "BuildTask", "BuiltDocument", "build_document", "build_documents", "index_texts"]

_CHUNK_FILES = 64
_CHUNK_BYTES = 400_000
_AHEAD = 3  # chunks in flight a worker: keeps workers busy, keeps results few


@dataclass(frozen=True, slots=True)
class BuildTask:
    """A file to build. ``size`` in bytes shares the work out."""

    path: Path
    document_id: str
    size: int


@dataclass(frozen=True, slots=True)
class BuiltDocument:
    """A document with its passages, their lexical fields and their vectors (n, dimension), where already made."""

    document: Document
    offsets: OffsetMap
    passages: list[Passage]
    fields: list[dict[str, str]]
    vectors: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """A file that could not be built, and why in one line."""

    document_id: str
    reason: str


Built = BuiltDocument | BuildFailure


def index_texts(title: str, passages: Sequence[Passage], *, context: bool) -> list[str]:
    """The text whose terms each passage is found by: with ``context``, the title and headings that it lacks come first.

    The vector is of the passage alone: a title shared by a whole newspaper page pulls its passages together.
    """
    if not context:
        return [passage.text for passage in passages]
    texts: list[str] = []
    for passage in passages:
        above = [
            part for part in dict.fromkeys((title, *passage.heading)) if part and part not in passage.text
        ]
        texts.append("\n".join((*above, passage.text)))
    return texts


def build_document(
    path: Path, document_id: str, config: IndexConfig, *, embedder: Embedder | None = None, ocr: bool = False
) -> BuiltDocument:
    """Load, normalise, cut, segment and, given an embedder, embed one file.

    Raises
    ------
    DocumentError
        The file cannot be read, or holds no text.
    """
    document = load_document(path, document_id=document_id, ocr=ocr)
    normalized = normalize(document.text)
    passages = make_passages(document, normalized, max_chars=config.max_chars)
    if not passages:
        raise DocumentError(f"{document_id}: no text to index")
    texts = index_texts(normalize(document.metadata.title).text, passages, context=config.context)
    fields = [term_fields(lexical_terms(text)) for text in texts]
    vectors = embedder.encode_documents([p.text for p in passages]) if embedder is not None else None
    return BuiltDocument(document, normalized.offsets, passages, fields, vectors)


def _build(task: BuildTask, config: IndexConfig, embedder: Embedder | None, ocr: bool) -> Built:
    try:
        return build_document(task.path, task.document_id, config, embedder=embedder, ocr=ocr)
    except DocumentError as error:
        return BuildFailure(task.document_id, str(error))
    except OSError as error:
        return BuildFailure(
            task.document_id, f"{task.document_id}: cannot be read: {error.strerror or error}"
        )
    except (RecursionError, MemoryError) as error:
        return BuildFailure(
            task.document_id, f"{task.document_id}: too large or too deeply nested ({type(error).__name__})"
        )


_worker_embedder: Embedder | None = None


def _start_worker(embedder_name: str | None) -> None:
    """Loads the embedder once a worker process; each worker is one core's worth of work."""
    global _worker_embedder
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _worker_embedder = load_embedder(embedder_name) if embedder_name is not None else None


def _build_chunk(tasks: list[BuildTask], config: IndexConfig, ocr: bool) -> list[Built]:
    return [_build(task, config, _worker_embedder, ocr) for task in tasks]


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


def build_documents(
    tasks: Sequence[BuildTask],
    config: IndexConfig,
    embedder: Embedder,
    *,
    workers: int = 1,
    ocr: bool = False,
) -> Iterator[Built]:
    """Build many files in order, in this process or in ``workers`` others.

    A static embedder runs in the workers; any other one here, on whole chunks. A file that kills its worker becomes a
    failure of its own.
    """
    inside = embedder if isinstance(embedder, StaticEmbedder) else None
    if workers <= 1:
        built: Iterator[Built] = (_build(task, config, inside, ocr) for task in tasks)
    else:
        built = _build_in_processes(list(_chunks(tasks)), config, inside, workers, ocr)
    for one in built:
        if isinstance(one, BuiltDocument) and one.vectors is None:
            texts = index_texts(
                normalize(one.document.metadata.title).text, one.passages, context=config.context
            )
            vectors = embedder.encode_documents(texts)
            one = BuiltDocument(one.document, one.offsets, one.passages, one.fields, vectors)
        yield one


def _pool(inside: Embedder | None, workers: int) -> ProcessPoolExecutor:
    name = inside.name if inside is not None else None
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(name,)
    )


def _build_in_processes(
    chunks: list[list[BuildTask]], config: IndexConfig, inside: Embedder | None, workers: int, ocr: bool
) -> Iterator[Built]:
    done = 0
    try:
        with _pool(inside, workers) as pool:
            pending: list[Future[list[Built]]] = []
            try:
                for chunk in chunks:
                    pending.append(pool.submit(_build_chunk, chunk, config, ocr))
                    if len(pending) >= workers * _AHEAD:
                        yield from pending.pop(0).result()
                        done += 1
                while pending:
                    yield from pending.pop(0).result()
                    done += 1
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    except BrokenProcessPool:
        yield from _build_one_by_one([task for chunk in chunks[done:] for task in chunk], config, inside, ocr)


def _build_one_by_one(
    tasks: list[BuildTask], config: IndexConfig, inside: Embedder | None, ocr: bool
) -> Iterator[Built]:
    """After a worker died: every file in turn, in a process that may die again."""
    pool = _pool(inside, 1)
    try:
        for task in tasks:
            try:
                yield from pool.submit(_build_chunk, [task], config, ocr).result()
            except BrokenProcessPool:
                yield BuildFailure(task.document_id, f"{task.document_id}: the process that read it died")
                pool = _pool(inside, 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
