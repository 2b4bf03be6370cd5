"""The rows of the store as Python values, and the checksums that tell a damaged one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from index.errors import IndexCorruptError
from index.types import Document, DocumentMetadata, Page, Passage

__all__ = [
    "DerivedFile",
    "DocumentInfo",
    "FileState",
    "IndexState",
    "checksum",
    "details_of",
    "info_of",
    "passage_id",
    "passage_of",
    "passage_values",
]


_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells a changed file from an unchanged one without reading it, and the hash that decides."""

    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str = ""

    def same_times(self, other: FileState) -> bool:
        """Whether size and times are equal; hashes are not looked at."""
        return replace(self, sha256="") == replace(other, sha256="")


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file made from the database: name below the index folder, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the index as a whole is; written with every change.

    ``uid`` is of the database, random; ``generation`` counts the sets of derived files, ``revision`` all writes. ``lexical_gone`` is the number of removed
    passages that the lexical index still counts in its statistics.
    """

    uid: str = ""
    generation: int = 0
    revision: int = 0
    config: str = ""
    fingerprint: str = ""
    corpus: str = ""
    synced_ns: int = 0
    lexical_gone: int = 0
    derived: tuple[DerivedFile, ...] = ()

    def to_json(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> IndexState:
        """Rebuild what ``to_json`` wrote."""
        data = json.loads(text)
        return cls(**{**data, "derived": tuple(DerivedFile(**file) for file in data["derived"])})


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text. ``key`` is its integer in the derived files."""

    key: int
    id: str
    sha256: str
    characters: int
    passages: int
    metadata: DocumentMetadata
    format: str
    encoding: str
    pages: tuple[Page, ...]
    notes: tuple[str, ...]
    file: FileState

    @property
    def page_count(self) -> int:
        """Number of pages; 0 for formats without."""
        return len(self.pages)


def checksum(*parts: object) -> int:
    """CRC-32 over the parts as text."""
    return zlib.crc32("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"))


def details_of(document: Document) -> str:
    """What a document's row keeps as JSON."""
    details = {
        "metadata": asdict(document.metadata),
        "pages": [[page.number, page.start, page.end] for page in document.pages],
        "format": document.format,
        "encoding": document.encoding,
        "notes": document.notes,
    }
    return json.dumps(details, ensure_ascii=False)


def info_of(row: tuple[Any, ...]) -> DocumentInfo:
    """The document of a row: key, id, sha256, characters, passages, details, offsets_crc, file_sha256, size, mtime_ns,
    ctime_ns, checksum.

    Raises
    ------
    IndexCorruptError
        The row differs from its checksum.
    """
    (key, document_id, sha256, characters, passages, details, offsets_crc, file_sha256,
     size, mtime_ns, ctime_ns, expected) = row  # fmt: skip
    if checksum(document_id, sha256, characters, passages, details, offsets_crc, file_sha256) != expected:
        raise IndexCorruptError(f"the record of {document_id} differs from its checksum")
    data = json.loads(details)
    return DocumentInfo(
        key=key,
        id=document_id,
        sha256=sha256,
        characters=characters,
        passages=passages,
        metadata=DocumentMetadata(**data["metadata"]),
        format=data["format"],
        encoding=data["encoding"],
        pages=tuple(Page(*page) for page in data["pages"]),
        notes=tuple(data["notes"]),
        file=FileState(size, mtime_ns, ctime_ns, file_sha256),
    )


def passage_values(document: int, passages: Sequence[Passage]) -> Iterator[tuple[object, ...]]:
    """What a checksum covers of each passage's row."""
    for number, p in enumerate(passages):
        heading = _encode(p.heading)
        yield document, number, p.start, p.end, p.source_start, p.source_end, p.page, heading, p.text


def passage_id(document_id: str, number: int) -> str:
    """Id of a passage: its document's and its number there."""
    return f"{document_id}#{number}"


def passage_of(row: Sequence[Any]) -> Passage:
    """The passage of a row: the document's id, what ``passage_values`` gives, checksum.

    Raises
    ------
    IndexCorruptError
        The row differs from its checksum.
    """
    document_id, *values, expected = row
    if checksum(*values) != expected:
        raise IndexCorruptError(f"a passage of {document_id} differs from its checksum")
    _, number, start, end, source_start, source_end, page, heading, text = values
    return Passage(
        id=passage_id(document_id, number),
        document_id=document_id,
        start=start,
        end=end,
        source_start=source_start,
        source_end=source_end,
        text=text,
        heading=tuple(json.loads(heading)),
        page=page,
    )
