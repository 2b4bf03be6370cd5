"""Follows an index that others write: hands out views, each of one state, the newest there is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.config import IndexConfig
from index.embedder import Embedder, load_embedder
from index.errors import IndexCorruptError, IndexMismatchError, IndexNotFoundError, IndexStateError
from index.store import DATABASE_NAME, Store, identity_of
from index.view import Loaded, View

__all__ = ["Snapshots"]

_TRIES = 5
_SPARE_CONNECTIONS = 4


class Snapshots:
    """The newest state of an index, as views. Safe to share between threads; a view is for one."""

    def __init__(self, path: Path, embedder: Embedder, loaded: Loaded) -> None:
        self.path, self.embedder = path, embedder
        self._loaded = loaded
        self._loading = threading.Lock()
        self._spare: list[Store] = []
        self._closed = False
        self._thread = threading.local()

    @classmethod
    def open(cls, path: Path, *, embedder: str | None = None) -> Snapshots:
        """Load the newest state of the index in a folder; raises what ``CorpusIndex.open`` raises."""
        for attempt in range(_TRIES):
            store = Store.open(path)
            try:
                store.database.begin_snapshot()
                config = _config(path, store)
                model = load_embedder(embedder or config.embedder)
                _require_embedder(config, model)
                return cls(path, model, Loaded.load(path, store, config))
            except IndexCorruptError as error:
                if attempt == _TRIES - 1 or not _moved_on(path, store):
                    raise _with_advice(error, path) from error
            finally:
                store.close()
        raise AssertionError("unreachable: the last attempt returns or raises")

    @property
    def loaded(self) -> Loaded:
        """What is loaded of the state that this thread sees."""
        view: View | None = getattr(self._thread, "view", None)
        return view.loaded if view is not None else self._loaded

    @contextmanager
    def view(self) -> Iterator[View]:
        """A view of the newest state; inside another ``view`` of the same thread, that one."""
        view: View | None = getattr(self._thread, "view", None)
        if view is not None:
            yield view
            return
        view = self._newest()
        self._thread.view = view
        try:
            yield view
        finally:
            self._thread.view = None
            self._give_back(view.store)

    def refresh(self) -> bool:
        """Load the newest state; True where it was another one."""
        before = self.loaded
        with self.view() as view:
            return view.loaded is not before

    def close(self) -> None:
        """Close all connections."""
        self._closed = True
        while self._spare:
            self._spare.pop().close()

    def _newest(self) -> View:
        for attempt in range(_TRIES):
            store = self._take()
            try:
                store.database.begin_snapshot()
                loaded = self._load(store, wait_for_newer=attempt < _TRIES // 2)
                if loaded is not None:
                    return View(store, loaded)
                self._give_back(store)
            except IndexCorruptError as error:
                moved = _moved_on(self.path, store)
                store.close()
                if attempt == _TRIES - 1 or not moved:
                    raise _with_advice(error, self.path) from error
            except BaseException:
                store.close()
                raise
        raise IndexStateError(f"the index in {self.path} changes faster than it can be read")

    def _load(self, store: Store, *, wait_for_newer: bool) -> Loaded | None:
        """What belongs to the snapshot of ``store``, loaded if need be.

        None where another thread has loaded something newer: take a new snapshot. If that, too, is older, then somebody has
        put an older index into the folder.
        """
        state = store.state()
        if self._loaded.fits(state):
            return self._loaded
        with self._loading:
            if self._loaded.fits(state):
                return self._loaded
            if wait_for_newer and self._loaded.is_newer(state):
                return None
            config = _config(self.path, store)
            _require_embedder(config, self.embedder)
            self._loaded = Loaded.load(self.path, store, config)
            return self._loaded

    def _take(self) -> Store:
        """A connection to the database file that now lies in the folder."""
        if self._closed:
            raise IndexStateError(f"the index in {self.path} was closed")
        identity = identity_of(self.path / DATABASE_NAME)
        while self._spare:
            try:
                store = self._spare.pop()
            except IndexError:
                break  # another thread was faster
            if store.identity == identity:
                return store
            store.close()
        return Store.open(self.path)

    def _give_back(self, store: Store) -> None:
        store.database.end_snapshot()
        if self._closed or len(self._spare) >= _SPARE_CONNECTIONS:
            store.close()
        else:
            self._spare.append(store)


def _config(path: Path, store: Store) -> IndexConfig:
    saved = store.state().config
    if not saved:
        raise IndexNotFoundError(
            f"the first sync of {path} was interrupted; run it again: python -m index sync CORPUS_DIR --index {path}"
        )
    try:
        config = IndexConfig.from_json(saved)
    except (TypeError, ValueError):
        config = None
    if config is None or not config.is_current:
        raise IndexMismatchError(f"{path} was made by another version; build it again with --rebuild")
    return config


def _with_advice(error: IndexCorruptError, path: Path) -> IndexCorruptError:
    return IndexCorruptError(f"{error}. Try: python -m index check --index {path} --repair")


def _require_embedder(config: IndexConfig, embedder: Embedder) -> None:
    if embedder.fingerprint != config.embedder_fingerprint:
        raise IndexMismatchError(
            f"the index was built with the embedder {config.embedder} ({config.embedder_fingerprint}), not with "
            f"{embedder.name} ({embedder.fingerprint}); use that one, or build the index again with --rebuild"
        )


def _moved_on(path: Path, store: Store) -> bool:
    """Whether the index was changed since the snapshot that the store holds."""
    try:
        before = store.state().revision
        store.database.end_snapshot()
        return store.identity != identity_of(path / DATABASE_NAME) or store.state().revision != before
    except IndexStateError:
        return False
