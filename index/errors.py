"""Errors a caller may want to catch. Bad arguments are ``ValueError``; "no answer" is a value, not an error.

WenjuError
├── DocumentError          one file could not be read; the others go on
│   └── UnsupportedFormatError
├── EmbedderError          the embedder cannot be loaded
├── ReaderError            the reader cannot be loaded
├── MissingDependencyError an optional package is not installed; the message says the command
└── IndexStateError        the index as a whole
    ├── IndexNotFoundError
    ├── IndexLockedError       another process is writing
    ├── IndexMismatchError     built with another embedder, or by another version
    └── IndexCorruptError      files differ from what the index recorded; ``check --repair`` may mend it
"""

from __future__ import annotations

__all__ = [
    "DocumentError",
    "EmbedderError",
    "IndexCorruptError",
    "IndexLockedError",
    "IndexMismatchError",
    "IndexNotFoundError",
    "IndexStateError",
    "MissingDependencyError",
    "ReaderError",
    "UnsupportedFormatError",
    "WenjuError",
]


class WenjuError(Exception):
    """Root of the tree; its message is one clear line for a person."""


class DocumentError(WenjuError):
    """A file could not be read as a document: broken, empty, encrypted, too large."""


class UnsupportedFormatError(DocumentError):
    """No loader takes files of this kind."""


class EmbedderError(WenjuError):
    """The embedder cannot be loaded from the given name or path."""


class ReaderError(WenjuError):
    """The reader cannot be loaded from the given name or path."""


class MissingDependencyError(WenjuError):
    """An optional package is missing; the message says the command that installs it."""


class IndexStateError(WenjuError):
    """The index as a whole cannot be used or written."""


class IndexNotFoundError(IndexStateError):
    """The folder holds no index."""


class IndexLockedError(IndexStateError):
    """Another process is writing to the index."""


class IndexMismatchError(IndexStateError):
    """The index was built with another embedder or by an incompatible version."""


class IndexCorruptError(IndexStateError):
    """Files of the index differ from what it recorded."""
