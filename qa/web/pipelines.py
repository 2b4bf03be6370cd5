"""What the page needs of a pipeline, and how one is opened over an index folder."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qa.types import Answer

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex
    from qa.pipeline import Explanation

__all__ = ["PipelineLike", "pipeline_opener"]


class PipelineLike(Protocol):
    """What the page needs of a pipeline."""

    @property
    def index(self) -> CorpusIndex:
        """The open index."""
        ...

    def explain(
        self,
        question: str,
        *,
        top_k: int | None = None,
        document_ids: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> tuple[Answer, Explanation]:
        """Answer a question, with all that led to the answer."""
        ...

    def ask(
        self, question: str, *, top_k: int | None = None, document_ids: Collection[str] | None = None
    ) -> Answer:
        """Answer a question."""
        ...


def pipeline_opener(reader: str | None = None) -> Callable[[Path], PipelineLike]:
    """Return what opens the pipeline of an index folder with a reader: None for the bundled one.

    The reader computes in one thread: several questions are answered at a time, and their threads would only get in each
    other's way.
    """

    def open_pipeline(index_dir: Path) -> PipelineLike:
        from index.corpus_index import CorpusIndex
        from qa.pipeline import Pipeline
        from qa.reader import load_reader

        corpus_index = CorpusIndex.open(index_dir)
        try:
            return Pipeline(corpus_index, load_reader(reader, threads=1))
        except BaseException:
            corpus_index.close()
            raise

    return open_pipeline
