"""Bytes or a file -> ``Document``: limits, the loader for the format, the hash, the metadata, one clear line on failure."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import replace
from pathlib import Path

from index.errors import DocumentError, UnsupportedFormatError, WenjuError
from index.loaders.extraction import Extraction
from index.loaders.formats import SUPPORTED_SUFFIXES, actual_format, format_of_name, split_name
from index.loaders.text import read_delimited, read_text
from index.metadata import parse_metadata
from index.types import Document, DocumentMetadata

__all__ = ["MAX_BYTES", "load_bytes", "load_document"]

MAX_BYTES = 100 * 2**20
"""Largest file that is read unless the caller says otherwise."""

_TABLES = ("xlsx", "csv", "tsv")


def load_document(path: Path, *, document_id: str, max_bytes: int = MAX_BYTES, ocr: bool = False) -> Document:
    """Read a file as a document.

    Raises
    ------
    DocumentError
        The file is missing, broken, empty, encrypted, too large or holds no text; the message is one line.
    UnsupportedFormatError
        No loader reads files of this kind.
    MissingDependencyError
        ``ocr`` is set, a page needs it, and the optional package is not installed.
    """
    if format_of_name(path.name) is None:
        raise _unsupported(path.name, document_id)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{document_id}: is not a regular file")
        if status.st_size > max_bytes:
            raise _too_large(document_id, status.st_size, max_bytes)
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{document_id}: cannot be read ({error.strerror})") from error
    return load_bytes(data, name=path.name, document_id=document_id, max_bytes=max_bytes, ocr=ocr)


def load_bytes(
    data: bytes, *, name: str, document_id: str, max_bytes: int = MAX_BYTES, ocr: bool = False
) -> Document:
    """Read the content of a file called ``name`` as a document; raises what ``load_document`` raises."""
    declared = format_of_name(name)
    if declared is None:
        raise _unsupported(name, document_id)
    if len(data) > max_bytes:
        raise _too_large(document_id, len(data), max_bytes)
    if not data:
        raise DocumentError(f"{document_id}: is empty")
    try:
        actual = actual_format(declared, data)
        extraction = _extract(actual, data, ocr)
    except DocumentError as error:
        raise type(error)(f"{document_id}: {error}") from error
    text = extraction.text
    if not text or text.isspace():
        raise DocumentError(f"{document_id}: holds no text")
    encoded = text.encode("utf-8", "surrogatepass")
    notes = extraction.notes
    if actual != declared:
        notes = (
            f"the name says {split_name(name)[1]}, the content is {actual}: read as {actual}",
            *notes,
        )
    return Document(
        id=document_id,
        text=text,
        sha256=hashlib.sha256(encoded).hexdigest(),
        metadata=_metadata(extraction, actual, split_name(name)[0]),
        pages=extraction.pages,
        format=actual,
        encoding=extraction.encoding,
        notes=notes,
    )


def _extract(actual: str, data: bytes, ocr: bool) -> Extraction:
    """Text of ``data`` by the loader of its format; the heavy ones are imported when such a file comes."""
    if actual in ("txt", "md"):
        return read_text(data)
    if actual in ("csv", "tsv"):
        return read_delimited(data)
    try:
        extraction = _extract_with_parser(actual, data, ocr)
    except WenjuError:
        raise
    except Exception as error:
        # Broken files make the parsers raise nearly anything, and one bad file must not stop the others.
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise DocumentError(f"is broken: it cannot be read as {actual} ({reason})") from error
    text = extraction.text
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        # Half a surrogate pair can neither be stored nor hashed.
        return replace(
            extraction, text=text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
    return extraction


def _extract_with_parser(actual: str, data: bytes, ocr: bool) -> Extraction:
    if actual == "html":
        from index.loaders.html import read_html

        return read_html(data)
    if actual == "pdf":
        from index.loaders.pdf import read_pdf

        return read_pdf(data, ocr=ocr)
    if actual == "docx":
        from index.loaders.word import read_word

        return read_word(data)
    from index.loaders.excel import read_excel

    return read_excel(data)


def _metadata(extraction: Extraction, actual: str, stem: str) -> DocumentMetadata:
    """Metadata of the text; a table has only its name, and a title the format declares goes before one that was found."""
    if actual in _TABLES:
        return DocumentMetadata(title=stem)
    metadata = parse_metadata(extraction.text, fallback_title=extraction.title or stem)
    # A page's <title> is often its headline with the name of the site behind it; then the headline is the better title.
    if extraction.title and metadata.title not in extraction.title:
        return replace(metadata, title=extraction.title)
    return metadata


def _unsupported(name: str, document_id: str) -> UnsupportedFormatError:
    suffix = split_name(name)[1] or "no suffix"
    known = " ".join(sorted(SUPPORTED_SUFFIXES))
    return UnsupportedFormatError(
        f"{document_id}: files of this kind ({suffix}) cannot be read; known: {known}"
    )


def _too_large(document_id: str, size: int, limit: int) -> DocumentError:
    return DocumentError(f"{document_id}: is too large ({size:,} bytes; the limit is {limit:,})")
