"""Derived files again from the database alone, as repair and tidying need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from index.build import passage_fields
from index.config import IndexConfig
from index.dense import dense_vectors
from index.derived import DerivedWriter
from index.embedder import Embedder
from index.records import DocumentInfo
from index.store import Store
from index.writing import all_or_nothing, finish, next_state, tidy

__all__ = ["Progress", "rebuild_derived", "refill"]

Progress = Callable[[str, int, int], None]
"""Called with a stage, the work done and the work in all."""


def refill(
    store: Store,
    writer: DerivedWriter,
    config: IndexConfig,
    embedder: Embedder,
    infos: Sequence[DocumentInfo],
    *,
    terms: bool,
    vectors: bool,
    progress: Progress,
) -> None:
    """Add documents that the database holds to the lexical index, the vector store or both."""
    for done, info in enumerate(infos, start=1):
        progress("rebuilding", done, len(infos))
        kept = store.passages.of(info.id)
        rows, passages = [row for row, _ in kept], [passage for _, passage in kept]
        if terms:
            writer.add_terms(info.key, rows, passage_fields(info.metadata, passages, config))
        if vectors:
            titled = [(info.metadata.title, passages)]
            writer.add_vectors(
                rows, dense_vectors(embedder, titled, context=config.context, sentences=config.sentences)
            )


def rebuild_derived(store: Store, index_dir: Path, embedder: Embedder, progress: Progress) -> None:
    """Make all derived files again, as a new generation; call with the write lock held."""
    state = store.state()
    config = IndexConfig.from_json(state.config)
    with all_or_nothing(index_dir):
        try:
            with (
                store.transaction(),
                DerivedWriter(index_dir, state.generation + 1, config.dimension) as writer,
            ):
                infos = store.documents()
                refill(store, writer, config, embedder, infos, terms=True, vectors=True, progress=progress)
                store.set_state(next_state(state, infos, config, writer.save(), lexical_gone=0))
        except BaseException:
            tidy(store, index_dir)
            raise
        finish(store, index_dir)
