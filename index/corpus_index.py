"""The saved index of a folder: opened, searched, checked, repaired. Never serves what differs from its record."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np

from index.config import IndexConfig
from index.derived import derived_problems, lexical_name, seal_problems, vectors_name
from index.embedder import Embedder, load_embedder
from index.errors import IndexCorruptError, IndexMismatchError, IndexStateError
from index.lexical import TantivyLexicalIndex
from index.normalize import OffsetMap
from index.store import DocumentInfo, Store
from index.sync import rebuild_derived, write_lock
from index.tokens import query_terms
from index.types import Document, Hit, Passage
from index.vectors import FaissVectorStore

__all__ = ["CheckReport", "CorpusIndex", "check_index"]

_CACHED_PASSAGES = 5_000
_CACHED_DOCUMENTS = 16
_HASHED_AT_OPEN = 2**30
"""Files up to this many bytes in all are hashed whenever the index is opened; larger ones are compared by size."""


@dataclass(frozen=True, slots=True)
class _State:
    """The derived files of one generation, loaded."""

    generation: int
    fingerprint: str
    vectors: FaissVectorStore
    lexical: TantivyLexicalIndex


class CorpusIndex:
    """An open index. Safe to share between threads; ``refresh`` follows what another process writes.

    Examples
    --------
    >>> corpus_index = CorpusIndex.open(Path(".wenju/seeds"))  # doctest: +SKIP
    >>> corpus_index.search_lexical("煤炭 转化", top_k=3)[0].passage_id  # doctest: +SKIP
    '000_a747320a06236df0.txt#4'
    """

    def __init__(self, path: Path, store: Store, config: IndexConfig, embedder: Embedder) -> None:
        self.path, self.config, self.embedder = path, config, embedder
        self._store = store
        self._lock = threading.RLock()
        self._passages: OrderedDict[str, Passage] = OrderedDict()
        self._documents: OrderedDict[str, tuple[Document, OffsetMap]] = OrderedDict()
        self._state = self._load()

    @classmethod
    def open(cls, path: Path, *, embedder: str | None = None) -> CorpusIndex:
        """Open the index in a folder.

        Raises
        ------
        IndexNotFoundError
            The folder holds no index.
        IndexMismatchError
            ``embedder``, or the model now under the recorded name, is not the one the index was built with.
        IndexCorruptError
            Files differ from what the index recorded.
        """
        store = Store.open(path)
        try:
            saved = store.meta().get("config")
            if saved is None:
                raise IndexStateError(
                    f"the index in {path} was never finished; run: python -m index sync CORPUS_DIR --index {path}"
                )
            try:
                config = IndexConfig.from_json(saved)
            except (TypeError, ValueError):
                raise IndexMismatchError(
                    f"{path} was made by another version; build it again with --rebuild"
                ) from None
            loaded = load_embedder(embedder or config.embedder)
            if loaded.fingerprint != config.embedder_fingerprint:
                raise IndexMismatchError(
                    f"the index was built with the embedder {config.embedder} ({config.embedder_fingerprint}), not with "
                    f"{loaded.name} ({loaded.fingerprint}); use that one, or build the index again with --rebuild"
                )
            return cls(path, store, config, loaded)
        except BaseException:
            store.close()
            raise

    def _load(self) -> _State:
        """Load the derived files; try again where a writer moved on in the meantime."""
        for _ in range(5):
            generation = self._store.generation
            try:
                return self._load_generation(generation)
            except IndexCorruptError:
                if self._store.generation == generation:
                    raise
        raise IndexStateError(f"the index in {self.path} changes faster than it can be opened")

    def _load_generation(self, generation: int) -> _State:
        files = self._store.derived()
        hashes = sum(file.size for file in files) <= _HASHED_AT_OPEN
        problems = derived_problems(self.path, files, hashes=hashes)
        problems += seal_problems(self.path, generation) if hashes else []
        if problems:
            raise IndexCorruptError(
                f"{'; '.join(problems)}. Try: python -m index check --index {self.path} --repair"
            )
        vectors = FaissVectorStore.load(self.path / vectors_name(generation))
        lexical = TantivyLexicalIndex(self.path / lexical_name(generation))
        expected = self._store.passage_count()
        if not len(vectors) == len(lexical) == expected:
            raise IndexCorruptError(
                f"the index holds {expected} passages but {len(vectors)} vectors and {len(lexical)} lexical entries. "
                f"Try: python -m index check --index {self.path} --repair"
            )
        return _State(generation, self._store.meta()["fingerprint"], vectors, lexical)

    def refresh(self) -> bool:
        """Load what another process has written since; True where there was something."""
        if self._store.generation == self._state.generation:
            return False
        with self._lock:
            if self._store.generation == self._state.generation:
                return False
            state = self._load()
            self._passages.clear()
            self._documents.clear()
            self._state = state
            return True

    def close(self) -> None:
        """Close the database; the object cannot be used after it."""
        self._store.close()

    @property
    def fingerprint(self) -> str:
        """Changes whenever the settings or the text of any document do."""
        return self._state.fingerprint

    @property
    def corpus_dir(self) -> Path:
        """The folder this index was made from."""
        return Path(self._store.meta().get("corpus", ""))

    def __len__(self) -> int:
        """Number of passages."""
        return len(self._state.vectors)

    def documents(self) -> list[DocumentInfo]:
        """All documents by id, without their texts."""
        return self._store.documents()

    def document(self, document_id: str) -> Document:
        """One document with its source text; ``KeyError`` where the index holds none of that id."""
        return self._document(document_id)[0]

    def offsets(self, document_id: str) -> OffsetMap:
        """Offset map of a document: search text to source text."""
        return self._document(document_id)[1]

    def _document(self, document_id: str) -> tuple[Document, OffsetMap]:
        with self._lock:
            if document_id in self._documents:
                self._documents.move_to_end(document_id)
                return self._documents[document_id]
        found = self._store.document(document_id)
        with self._lock:
            self._documents[document_id] = found
            while len(self._documents) > _CACHED_DOCUMENTS:
                self._documents.popitem(last=False)
        return found

    def passages(self, passage_ids: Iterable[str]) -> list[Passage]:
        """The passages of these ids, in order; ids that the index no longer holds are left out."""
        wanted = list(passage_ids)
        with self._lock:
            found = {i: self._passages[i] for i in wanted if i in self._passages}
        for passage_id in (i for i in wanted if i not in found):
            document_id, _, number = passage_id.rpartition("#")
            for _, _, passage in self._store.passages(
                "d.id = ? AND p.number = ?", (document_id, int(number))
            ):
                found[passage_id] = passage
                self._remember(passage)
        return [found[i] for i in wanted if i in found]

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of a document, in order."""
        return [p for _, _, p in self._store.passages("d.id = ? ORDER BY p.number", (document_id,))]

    def _remember(self, passage: Passage) -> None:
        with self._lock:
            self._passages[passage.id] = passage
            while len(self._passages) > _CACHED_PASSAGES:
                self._passages.popitem(last=False)

    def search_lexical(
        self, query: str, *, top_k: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Best passages by BM25 over words, bigrams and characters; ``query`` is search text."""
        keys = self._store.document_keys(document_ids) if document_ids is not None else None
        return self._hits(self._state.lexical.search(query_terms(query), top_k=top_k, documents=keys))

    def search_dense(
        self, query: str, *, top_k: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Best passages by the cosine of their vectors; ``query`` is search text."""
        rows = None
        if document_ids is not None:
            rows = np.array(self._store.passage_keys_of(self._store.document_keys(document_ids)), np.int64)
        vector = self.embedder.encode_query(query)
        return self._hits(self._state.vectors.search(vector, top_k=top_k, rows=rows)) if vector.any() else []

    def term_weights(self, terms: Iterable[str], *, field: str = "words") -> dict[str, float]:
        """Inverse document frequency of terms, as BM25 counts it: ln(1 + (N - n + 0.5) / (n + 0.5)) over passages."""
        lexical, size = self._state.lexical, len(self)
        counts = {term: lexical.document_frequency(field, term) for term in terms}
        return {term: log(1 + (size - n + 0.5) / (n + 0.5)) for term, n in counts.items()}

    def _hits(self, found: Sequence[tuple[int, float]]) -> list[Hit]:
        """Rows as hits; a row that the database no longer holds (deleted by another process) is no hit."""
        passages: dict[int, Passage] = {}
        marks = ",".join("?" * len(found))
        for key, _, passage in self._store.passages(f"p.key IN ({marks})", [row for row, _ in found]):
            passages[key] = passage
            self._remember(passage)
        return [Hit(passages[row].id, score) for row, score in found if row in passages]

    def stats(self) -> dict[str, object]:
        """Counts, sizes, settings and state of the index, JSON-ready."""
        infos = self.documents()
        files = self._store.derived()
        return {
            "documents": len(infos),
            "passages": len(self),
            "characters": sum(info.characters for info in infos),
            "failed": {i: reason for i, (reason, _) in self._store.failures().items()},
            "formats": {
                name: sum(info.format == name for info in infos)
                for name in sorted({info.format for info in infos})
            },
            "embedder": self.config.embedder,
            "dimension": self.config.dimension,
            "vector_index": self._state.vectors.kind,
            "max_chars": self.config.max_chars,
            "bytes": self._store.path.stat().st_size + sum(file.size for file in files),
            "generation": self._state.generation,
            "fingerprint": self.fingerprint,
            "corpus": str(self.corpus_dir),
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Problems found, and whether they were mended."""

    problems: tuple[str, ...]
    repaired: bool = False

    @property
    def healthy(self) -> bool:
        """Whether the index can be used now."""
        return not self.problems or self.repaired


def check_index(
    path: Path, *, repair: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> CheckReport:
    """Compare every file and every row of an index with its record; with ``repair``, make the derived files again.

    Damage to the database itself is reported, not mended: its texts are the only copy that the index has.
    """
    store = Store.open(path)
    try:
        generation = store.generation
        inside = [*seal_problems(path, generation), *store.problems()]
        if store.meta().get("config") is None:
            inside.append("the index was never finished; run: python -m index sync CORPUS_DIR --index DIR")
        outside = derived_problems(path, store.derived())
        if not inside and not outside:
            outside = _content_problems(path, store, generation)
    finally:
        store.close()
    seal_only = inside == [p for p in inside if p.endswith("seal is damaged")]
    problems = (*inside, *outside)
    if not repair or not problems or not seal_only:
        return CheckReport(problems)
    with write_lock(path):
        store = Store.open(path, write=True)
        try:
            config = IndexConfig.from_json(store.meta()["config"])
            embedder = load_embedder(config.embedder)
            if embedder.fingerprint != config.embedder_fingerprint:
                raise IndexMismatchError(
                    f"cannot repair: the embedder {config.embedder} is not the one the index was built with"
                )
            rebuild_derived(store, path, embedder, progress or (lambda stage, done, total: None))
        finally:
            store.close()
    return CheckReport(problems, repaired=True)


def _content_problems(path: Path, store: Store, generation: int) -> list[str]:
    """Whether intact files also belong together: the same rows in the database, the vectors and the lexical index."""
    rows = store.passage_keys()
    vectors = FaissVectorStore.load(path / vectors_name(generation))
    lexical = TantivyLexicalIndex(path / lexical_name(generation))
    found: list[str] = []
    if sorted(vectors.rows().tolist()) != rows:
        found.append(f"{vectors_name(generation)} holds other passages than the database")
    if len(lexical) != len(rows):
        found.append(f"{lexical_name(generation)} holds {len(lexical)} passages, the database {len(rows)}")
    return found
