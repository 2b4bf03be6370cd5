"""One state of an index: the derived files of a generation, loaded, and a snapshot of the database that belongs to it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from index.config import IndexConfig
from index.derived import derived_problems, lexical_name, vectors_name
from index.errors import IndexCorruptError
from index.lexical import TantivyLexicalIndex
from index.offsets import OffsetMap
from index.records import DocumentInfo, IndexState
from index.seal import judge_seal
from index.store import Store
from index.types import Document, Passage
from index.vectors import FaissVectorStore

__all__ = ["Loaded", "View"]

_CACHED_PASSAGES = 5_000
_CACHED_DOCUMENTS = 16
_HASHED_AT_OPEN = 2**30
"""Files up to this many bytes in all are hashed whenever the index is opened; larger ones are compared by size."""

Value = TypeVar("Value")


class _Cache(Generic[Value]):
    """The values used last, shared by threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: str, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)


@dataclass(slots=True, eq=False)
class Loaded:
    """The derived files of one generation, and what was read of its rows. Shared by threads."""

    state: IndexState
    """As it was when these files were loaded; later revisions of the same generation have the same files."""
    config: IndexConfig
    vectors: FaissVectorStore
    lexical: TantivyLexicalIndex
    passages: _Cache[Passage] = field(default_factory=lambda: _Cache(_CACHED_PASSAGES))
    documents: _Cache[tuple[Document, OffsetMap]] = field(default_factory=lambda: _Cache(_CACHED_DOCUMENTS))
    infos: tuple[int, list[DocumentInfo]] | None = None
    """Revision, and the documents as of it."""
    keys: dict[str, int] | None = None
    """Keys of the documents by their ids."""

    @classmethod
    def load(cls, path: Path, store: Store, config: IndexConfig) -> Loaded:
        """Load the derived files that belong to the snapshot of ``store``.

        Raises
        ------
        IndexCorruptError
            They differ from what the index recorded of them, or the database file from its seal.
        """
        state = store.state()
        hashes = sum(file.size for file in state.derived) + store.path.stat().st_size <= _HASHED_AT_OPEN
        problems = derived_problems(path, state.derived, hashes=hashes)
        if hashes and (problem := judge_seal(path, state.revision).problem):
            problems.append(problem)
        if problems:
            raise IndexCorruptError("; ".join(problems))
        vectors = FaissVectorStore.load(path / vectors_name(state.generation))
        lexical = TantivyLexicalIndex(path / lexical_name(state.generation))
        expected = store.passages.count()
        if not len(vectors) == len(lexical) == expected:
            raise IndexCorruptError(
                f"the index holds {expected} passages, of which {len(vectors)} have vectors, and {len(lexical)} lexical entries"
            )
        return cls(state, config, vectors, lexical)

    def fits(self, state: IndexState) -> bool:
        """Whether these files are those of ``state``."""
        mine = self.state
        return (mine.uid, mine.generation, mine.derived) == (state.uid, state.generation, state.derived)

    def is_newer(self, state: IndexState) -> bool:
        """Whether this is a later generation of the same database."""
        return self.state.uid == state.uid and self.state.generation > state.generation


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot of the database with the generation that belongs to it. For one thread."""

    store: Store
    loaded: Loaded

    def documents(self) -> list[DocumentInfo]:
        """All documents by id."""
        revision = self.store.state().revision
        cached = self.loaded.infos
        if cached is None or cached[0] != revision:
            cached = self.loaded.infos = (revision, self.store.documents())
        return list(cached[1])

    def document_keys(self, ids: Collection[str]) -> list[int]:
        """Keys of the documents with these ids; unknown ids are left out."""
        if self.loaded.keys is None:
            self.loaded.keys = {info.id: info.key for info in self.documents()}
        return [self.loaded.keys[i] for i in ids if i in self.loaded.keys]

    def document(self, document_id: str) -> tuple[Document, OffsetMap]:
        """A document and its offset map; ``KeyError`` where there is none."""
        found = self.loaded.documents.get(document_id)
        if found is None:
            found = self.store.document(document_id)
            self.loaded.documents.put(document_id, found)
        return found

    def passage(self, passage_id: str) -> Passage | None:
        """A passage, or None."""
        found = self.loaded.passages.get(passage_id)
        if found is None:
            document_id, _, number = passage_id.rpartition("#")
            found = self.store.passages.one(document_id, int(number)) if number.isdecimal() else None
            if found is not None:
                self.loaded.passages.put(passage_id, found)
        return found
