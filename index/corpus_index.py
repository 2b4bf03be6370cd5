"""The saved index of a folder: opened, searched, followed. Never serves what differs from its record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import log
from pathlib import Path

import numpy as np

from index.check import CheckReport, check_index
from index.config import IndexConfig
from index.offsets import OffsetMap
from index.records import DocumentInfo
from index.snapshots import Snapshots
from index.tokens import query_terms
from index.types import Document, Hit, Passage
from index.view import View

__all__ = ["CheckReport", "CorpusIndex", "check_index"]


class CorpusIndex:
    """An open index. Safe to share between threads; each call sees one state of it, the newest.

    Examples
    --------
    >>> corpus_index = CorpusIndex.open(Path(".wenju/seeds"))  # doctest: +SKIP
    >>> with corpus_index.pinned():  # doctest: +SKIP
    ...     corpus_index.passages([hit.passage_id for hit in corpus_index.search_lexical("煤炭 转化", top_k=3)])
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self.path, self.embedder = snapshots.path, snapshots.embedder

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
        return cls(Snapshots.open(path, embedder=embedder))

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Inside the block, this thread sees one and the same state of the index, whatever is written meanwhile.

        It is the newest when the outermost block begins. Raises what ``open`` raises.
        """
        with self._snapshots.view():
            yield

    def refresh(self) -> bool:
        """Load what another process has written since; True where there was something. Every call does so by itself."""
        return self._snapshots.refresh()

    def close(self) -> None:
        """Close the database; the object cannot be used after it."""
        self._snapshots.close()

    # -- what it holds

    @property
    def config(self) -> IndexConfig:
        """The settings the index was built with."""
        return self._snapshots.loaded.config

    @property
    def fingerprint(self) -> str:
        """Changes whenever the settings or the text of any document do."""
        return self._snapshots.loaded.state.fingerprint

    @property
    def corpus_dir(self) -> Path:
        """The folder this index was made from."""
        with self._snapshots.view() as view:
            return Path(view.store.state().corpus)

    def __len__(self) -> int:
        """Number of passages."""
        return len(self._snapshots.loaded.vectors)

    def documents(self) -> list[DocumentInfo]:
        """All documents by id, without their texts."""
        with self._snapshots.view() as view:
            return view.documents()

    def document(self, document_id: str) -> Document:
        """One document with its source text; ``KeyError`` where the index holds none of that id."""
        with self._snapshots.view() as view:
            return view.document(document_id)[0]

    def offsets(self, document_id: str) -> OffsetMap:
        """Offset map of a document: search text to source text."""
        with self._snapshots.view() as view:
            return view.document(document_id)[1]

    def passages(self, passage_ids: Iterable[str]) -> list[Passage]:
        """The passages of these ids, in order; ids that the index does not hold are left out."""
        with self._snapshots.view() as view:
            found = [view.passage(passage_id) for passage_id in passage_ids]
        return [passage for passage in found if passage is not None]

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of a document, in order."""
        with self._snapshots.view() as view:
            return [passage for _, passage in view.store.passages.of(document_id)]

    # -- search

    def search_lexical(
        self, query: str, *, top_k: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Best passages by BM25 over words, bigrams and characters; ``query`` is search text."""
        with self._snapshots.view() as view:
            terms = query_terms(query, dictionary=view.loaded.config.dictionary)
            documents = view.document_keys(document_ids) if document_ids is not None else None
            return _hits(view, view.loaded.lexical.search(terms, top_k=top_k, documents=documents))

    def known_share(self, query: str) -> float:
        """Share of the query's words, by their weight, that any passage has, 0 to 1: how much a lexical search can say.

        0 without words. A common name alone (中国 in an English question) says little.
        """
        with self.pinned():
            weights = self.term_weights(query_terms(query, dictionary=self.config.dictionary).words)
            absent = log(1 + (len(self._snapshots.loaded.lexical) + 0.5) / 0.5)
        total = sum(weights.values())
        return sum(weight for weight in weights.values() if weight < absent) / total if total else 0.0

    def search_dense(
        self, query: str, *, top_k: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Best passages by the cosine of their vectors; ``query`` is search text."""
        vector = self.embedder.encode_query(query)
        if not vector.any():
            return []
        with self._snapshots.view() as view:
            rows = None
            if document_ids is not None:
                rows = np.array(view.store.passages.keys(view.document_keys(document_ids)), np.int64)
            return _hits(view, view.loaded.vectors.search(vector, top_k=top_k, rows=rows))

    def term_weights(self, terms: Iterable[str], *, field: str = "words") -> dict[str, float]:
        """Inverse document frequency of terms, as BM25 counts it: ln(1 + (N - n + 0.5) / (n + 0.5)) over passages."""
        lexical = self._snapshots.loaded.lexical
        size = len(lexical)
        counts = {term: min(size, lexical.document_frequency(field, term)) for term in terms}
        return {term: log(1 + (size - n + 0.5) / (n + 0.5)) for term, n in counts.items()}

    def stats(self) -> dict[str, object]:
        """Counts, sizes, settings and state of the index, JSON-ready."""
        with self._snapshots.view() as view:
            infos, state = view.documents(), view.store.state()
            failures = view.store.failures()
            formats = sorted(info.format for info in infos)
            return {
                "documents": len(infos),
                "passages": len(self),
                "characters": sum(info.characters for info in infos),
                "failed": {document_id: reason for document_id, (reason, _) in failures.items()},
                "formats": {name: formats.count(name) for name in dict.fromkeys(formats)},
                "embedder": self.config.embedder,
                "dimension": self.config.dimension,
                "vectors": view.loaded.vectors.vector_count,
                "vector_index": view.loaded.vectors.kind,
                "max_chars": self.config.max_chars,
                "bytes": view.store.path.stat().st_size + sum(file.size for file in state.derived),
                "generation": state.generation,
                "fingerprint": state.fingerprint,
                "corpus": state.corpus,
            }


def _hits(view: View, found: Sequence[tuple[int, float]]) -> list[Hit]:
    ids = view.store.passages.ids(row for row, _ in found)
    return [Hit(ids[row], score) for row, score in found if row in ids]
