"""The lexical index: BM25 over words, Han bigrams and characters, on disk, by tantivy.

A query's score is the sum of the three fields' BM25 with weights 1, 1 and ½ (measured: design notes in the README).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from math import log
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Protocol
from weakref import finalize

from index.errors import IndexCorruptError
from index.tokens import Terms

__all__ = [
    "FIELD_WEIGHTS",
    "ExactLexicalIndex",
    "LexicalIndex",
    "LexicalWriter",
    "TantivyLexicalIndex",
    "term_fields",
]

FIELD_WEIGHTS: Mapping[str, float] = {"words": 1.0, "bigrams": 1.0, "characters": 0.5}
_K1, _B = 1.2, 0.75


class LexicalIndex(Protocol):
    """Terms under integer rows, searched by BM25."""

    def search(
        self, terms: Terms, *, top_k: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their scores, best first; only of these document keys where given."""
        ...


class ExactLexicalIndex:
    """BM25 written out over Python dicts: the reference that tantivy's figures are tested against.

    Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009), with k1 = 1.2, b = 0.75 and the
    idf ``ln(1 + (N - n + 0.5) / (n + 0.5))``.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[int, Terms]] = {}

    def add(self, row: int, document: int, terms: Terms) -> None:
        """Add a passage of a document."""
        self._entries[row] = (document, terms)

    def search(
        self, terms: Terms, *, top_k: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their scores, best first; ties by row."""
        scores: defaultdict[int, float] = defaultdict(float)
        for field, weight in FIELD_WEIGHTS.items():
            counts = {row: Counter(getattr(entry, field)) for row, (_, entry) in self._entries.items()}
            lengths = {row: sum(count.values()) for row, count in counts.items()}
            average = sum(lengths.values()) / max(1, len(lengths))
            for term in dict.fromkeys(getattr(terms, field)):
                matching = [row for row, count in counts.items() if term in count]
                idf = log(1 + (len(counts) - len(matching) + 0.5) / (len(matching) + 0.5))
                for row in matching:
                    frequency = counts[row][term]
                    length = 1 - _B + _B * lengths[row] / average
                    scores[row] += weight * idf * frequency * (_K1 + 1) / (frequency + _K1 * length)
        wanted = [row for row in scores if documents is None or self._entries[row][0] in documents]
        return [
            (row, scores[row]) for row in sorted(wanted, key=lambda row: (-scores[row], row))[: max(0, top_k)]
        ]


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for field in FIELD_WEIGHTS:
        builder.add_text_field(field, stored=False, tokenizer_name="terms", index_option="freq")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("document", stored=False, indexed=True, fast=True)
    return builder.build()


def _open(path: Path, *, create: bool) -> Any:
    """Open, or make, the tantivy index in a folder; raises ``ValueError`` or ``OSError`` where that cannot be done."""
    import tantivy

    index = tantivy.Index(_schema(), str(path)) if create else tantivy.Index.open(str(path))
    index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


class TantivyLexicalIndex:
    """The lexical index in a folder. Reading only; ``LexicalWriter`` changes it."""

    def __init__(self, path: Path) -> None:
        try:
            self._index = self._open(path)
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexCorruptError(f"the lexical index {path.name} cannot be read") from error

    def _open(self, path: Path) -> Any:
        """Open the index; tantivy wants a lock file even for reading, so a folder that takes none gets a stand-in of links."""
        try:
            return _open(path, create=False)
        except ValueError as error:
            if "lockfile" not in str(error).lower():
                raise
        stand_in = Path(mkdtemp(prefix="wenju-"))
        finalize(self, rmtree, stand_in, ignore_errors=True)
        for file in path.iterdir():
            if not file.name.endswith(".lock"):
                (stand_in / file.name).symlink_to(file.resolve())
        return _open(stand_in, create=False)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(
        self, terms: Terms, *, top_k: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Best ``top_k`` rows with their scores, best first, ties by row; only of these document keys where given."""
        import tantivy

        if top_k < 1 or len(self) == 0:
            return []
        schema, should = self._index.schema, tantivy.Occur.Should
        clauses = [
            (should, tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term, "freq"), weight))
            for field, weight in FIELD_WEIGHTS.items()
            for term in dict.fromkeys(getattr(terms, field))
        ]
        if not clauses:
            return []
        query = tantivy.Query.boolean_query(clauses)
        if documents is not None:
            inside = tantivy.Query.term_set_query(schema, "document", list(documents))
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(inside, 0.0)),
                ]
            )
        hits = self._searcher.search(query, limit=min(top_k, len(self)), count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        found = [(int(row), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def document_frequency(self, field: str, term: str) -> int:
        """Number of passages whose field has the term; removed ones may still count."""
        return int(self._searcher.doc_freq(field, term))


class LexicalWriter:
    """Changes the lexical index in a folder; nothing is visible before ``commit``. Raises ``OSError`` where it cannot."""

    def __init__(self, path: Path, *, create: bool, heap_bytes: int = 64 * 2**20) -> None:
        from tantivy import Document

        self._document = Document
        with _as_os_error(path):
            self._index = _open(path, create=create)
            self._writer = self._index.writer(heap_size=heap_bytes, num_threads=1)
        self._path = path

    def add(self, row: int, document: int, fields: Mapping[str, str]) -> None:
        """Add a passage: per field its terms, separated by spaces."""
        entry = self._document(**{field: [text] for field, text in fields.items()})
        entry.add_unsigned("row", row)
        entry.add_unsigned("document", document)
        with _as_os_error(self._path):
            self._writer.add_document(entry)

    def remove_documents(self, documents: Iterable[int]) -> None:
        """Remove all passages of these document keys."""
        import tantivy

        for document in documents:
            query = tantivy.Query.term_query(self._index.schema, "document", document)
            with _as_os_error(self._path):
                self._writer.delete_documents_by_query(query)

    def commit(self) -> None:
        """Make the changes durable and end the writer."""
        with _as_os_error(self._path):
            self._writer.commit()
            self._writer.wait_merging_threads()

    def abandon(self) -> None:
        """End the writer without its changes: nothing is written to the folder any more."""
        for end in (self._writer.rollback, self._writer.wait_merging_threads):
            with suppress(ValueError, RuntimeError):  # its threads may have died, or it was committed before
                end()


class _as_os_error:  # noqa: N801  (read as a word of the with statement)
    """Tantivy reports a full disk as a ``ValueError`` about its own threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ValueError):
            raise OSError(
                f"the lexical index {self._path.name} cannot be written (is the disk full?)"
            ) from error


def term_fields(terms: Terms) -> dict[str, str]:
    """Terms as ``LexicalWriter.add`` takes them."""
    return {field: " ".join(getattr(terms, field)) for field in FIELD_WEIGHTS}
