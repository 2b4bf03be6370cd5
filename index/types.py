"""What crosses module borders in the index: documents, passages, hits. Does no work of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Document", "DocumentMetadata", "Hit", "Page", "Passage"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a document: ``text[start:end]`` of the source text, half-open character offsets."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What the document says of itself; an empty string where it says nothing.

    ``issuer`` is the issuing body (发文机关), ``number`` the document number (发文字号, ``晋能源提函〔2025〕18号``),
    ``date`` the date of issue in ISO form (``2025-06-20``, or ``2025-06`` where no day stands).
    """

    title: str = ""
    issuer: str = ""
    number: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the corpus as its loader read it. ``text`` is the source text that every citation points into."""

    id: str
    """Path below the corpus folder, with ``/``."""
    text: str
    sha256: str
    """SHA-256 (hex) of ``text`` in UTF-8."""
    metadata: DocumentMetadata = field(default_factory=DocumentMetadata)
    pages: tuple[Page, ...] = ()
    """In order; empty for formats without pages."""
    format: str = "txt"
    encoding: str = ""
    """Detected encoding of a text format, empty for binary formats."""
    notes: tuple[str, ...] = ()
    """What a user should know of the reading: ``page 3 has no text (scanned?)``."""

    def page_at(self, offset: int) -> int | None:
        """Number of the page that holds the source ``offset``; None in a format without pages."""
        found = None
        for page in self.pages:
            if page.start > offset:
                break
            found = page.number
        return found


@dataclass(frozen=True, slots=True)
class Passage:
    """The retrieved unit: ``start``/``end`` count in the document's search text, ``source_*`` in its source text."""

    id: str
    document_id: str
    start: int
    end: int
    source_start: int
    source_end: int
    text: str
    """The search text of the passage: what the lexical index, the embedder and the reader see."""
    heading: tuple[str, ...] = ()
    """Headings above the passage, outermost first."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its score; higher is better."""

    passage_id: str
    score: float
