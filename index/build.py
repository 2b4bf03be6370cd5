"""File -> everything the index keeps of it, in one step that workers and cluster jobs share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.config import IndexConfig
from index.dense import dense_vectors
from index.embedder import Embedder
from index.errors import DocumentError
from index.lexical import term_fields
from index.loaders import load_bytes, load_document
from index.loaders.documents import MAX_BYTES
from index.loaders.text import cell_delimiter, tab_cells
from index.normalize import normalize
from index.passages import make_passages
from index.tokens import lexical_terms
from index.types import Document, DocumentMetadata, Passage
from index.vectors import FloatArray

__all__ = ["BuiltDocument", "build_document", "lexical_texts", "passage_fields"]

_ROWS = ("csv", "tsv")
"""Formats whose lines are rows: a word that seems to cross a line break is chance there."""


@dataclass(frozen=True, slots=True)
class BuiltDocument:
    """A document with its passages, their lexical fields and the vectors (k, dimension) of each, where already made."""

    document: Document
    file_sha256: str
    """SHA-256 (hex) of the file's bytes, where ``document.sha256`` is of its text."""
    offsets: bytes
    """``OffsetMap.to_bytes``."""
    passages: list[Passage]
    fields: list[dict[str, str]]
    vectors: Sequence[FloatArray] | None


def lexical_texts(title: str, passages: Sequence[Passage], *, context: bool) -> list[str]:
    """The text whose terms each passage is found by: with ``context``, the title and headings that it lacks come first."""
    if not context:
        return [passage.text for passage in passages]
    texts: list[str] = []
    for passage in passages:
        above = dict.fromkeys((title, *passage.heading))
        texts.append(
            "\n".join((*(part for part in above if part and part not in passage.text), passage.text))
        )
    return texts


def passage_fields(
    metadata: DocumentMetadata, passages: Sequence[Passage], config: IndexConfig
) -> list[dict[str, str]]:
    """The lexical fields of a document's passages."""
    texts = lexical_texts(normalize(metadata.title).text, passages, context=config.context)
    return [term_fields(lexical_terms(text, dictionary=config.dictionary)) for text in texts]


def build_document(
    path: Path, document_id: str, config: IndexConfig, *, embedder: Embedder | None = None, ocr: bool = False
) -> BuiltDocument:
    """Load, normalise, cut, segment and, given an embedder, embed one file.

    Raises
    ------
    DocumentError
        The file cannot be read, or holds no text.
    """
    document, file_sha256 = _load(path, document_id, ocr)
    rows = document.format in _ROWS
    delimiter = cell_delimiter(document.text) if rows else None
    text = tab_cells(document.text, delimiter) if delimiter else document.text
    normalized = normalize(text, join_lines=not rows)
    passages = make_passages(document, normalized, max_chars=config.max_chars)
    if not passages:
        raise DocumentError(f"{document_id}: no text to index")
    titled = [(document.metadata.title, passages)]
    vectors = (
        dense_vectors(embedder, titled, context=config.context, sentences=config.sentences)
        if embedder is not None
        else None
    )
    return BuiltDocument(
        document,
        file_sha256,
        normalized.offsets.to_bytes(),
        passages,
        passage_fields(document.metadata, passages, config),
        vectors,
    )


def _load(path: Path, document_id: str, ocr: bool) -> tuple[Document, str]:
    """The document and its file's hash, of one and the same reading: the file may change at any time."""
    try:
        if path.stat().st_size <= MAX_BYTES:
            data = path.read_bytes()
            document = load_bytes(data, name=path.name, document_id=document_id, ocr=ocr)
            return document, hashlib.sha256(data).hexdigest()
    except OSError as error:
        raise DocumentError(f"{document_id}: cannot be read ({error.strerror})") from error
    return load_document(path, document_id=document_id, ocr=ocr), ""  # refuses it for its size
