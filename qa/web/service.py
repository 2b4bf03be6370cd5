"""The same answers for programs: what stands behind the page's API and its MCP tools. Types and docstrings are the API's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from index.errors import WenjuError
from qa.web.asking import LONGEST_QUESTION
from qa.web.pipelines import PipelineLike
from qa.web.workspace import Workspace

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex
    from qa.retriever import HybridRetriever

__all__ = ["Service"]

_READY_SECONDS = 120.0
_MOST_QUESTIONS = 500
_MOST_PASSAGES = 50


@lru_cache(maxsize=1)
def _retriever(corpus_index: CorpusIndex) -> HybridRetriever:
    """The retriever of the index that is open, with what it remembers of words and documents."""
    from qa.retriever import HybridRetriever

    return HybridRetriever(corpus_index)


class Service:
    """Answers programs. Every method waits for the index where it is still being made."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def ask(
        self, question: str, document_ids: list[str] | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """Answer a question from the documents with their exact words, cited to the character.

        Args:
            question: The question, in Chinese or any other language.
            document_ids: Ask only in these documents; leave out for all.
            top_k: Number of passages to read; leave out for three, and two more where those do not answer.

        Returns:
            The answer: status (answered, related or none), answer, confidence from 0 to 1, spans, and citations with
            document, page, heading, offsets and quote.
        """
        pipeline = self._ready()
        asked = question.strip()
        if not asked or len(asked) > LONGEST_QUESTION:
            raise ValueError(f"a question has 1 to {LONGEST_QUESTION} characters, got {len(asked)}")
        if top_k is not None and not 1 <= top_k <= _MOST_PASSAGES:
            raise ValueError(f"top_k must be 1 to {_MOST_PASSAGES}, got {top_k}")
        return pipeline.ask(asked, top_k=top_k, document_ids=document_ids or None).to_dict()

    def batch(self, questions: list[str]) -> list[dict[str, Any]]:
        """Answer several questions, in order.

        Args:
            questions: At most 500 questions.

        Returns:
            The answers in the order asked, each as ask returns it; {"question", "error"} for one that failed.
        """
        if len(questions) > _MOST_QUESTIONS:
            raise ValueError(f"at most {_MOST_QUESTIONS} questions at once, got {len(questions)}")
        return [self._one(question) for question in questions]

    def _one(self, question: str) -> dict[str, Any]:
        try:
            return self.ask(question)
        except (ValueError, WenjuError) as error:
            return {"question": question, "error": str(error)}

    def documents(self) -> list[dict[str, Any]]:
        """List the documents of the corpus.

        Returns:
            One object a document: id, title, number, issuer, date, format, characters, pages, state.
        """
        self._ready()
        return self._workspace.documents()

    def search(self, query: str, top_k: int = 5) -> list[dict[str, Any]]:
        """Find the passages nearest to a query, without looking for an answer in them.

        Args:
            query: Words or a question.
            top_k: Number of passages, 1 to 50.

        Returns:
            Passages, best first: document, title, page, heading, source offsets and text.
        """
        from index.normalize import normalize
        from qa.gloss import gloss_names

        pipeline = self._ready()
        corpus_index = pipeline.index
        folded = normalize(query[:LONGEST_QUESTION]).text.strip()
        if not folded:
            return []
        count = max(1, min(top_k, _MOST_PASSAGES))
        hits = _retriever(corpus_index).retrieve(gloss_names(folded, corpus_index), top_k=count)
        scores = {hit.passage_id: hit.score for hit in hits}
        found = []
        for passage in corpus_index.passages(scores):
            document = corpus_index.document(passage.document_id)
            found.append(
                {
                    "document_id": document.id,
                    "title": document.metadata.title,
                    "page": passage.page,
                    "heading": list(passage.heading),
                    "start": passage.source_start,
                    "end": passage.source_end,
                    "text": document.text[passage.source_start : passage.source_end],
                    "score": round(scores[passage.id], 6),
                }
            )
        return found

    def _ready(self) -> PipelineLike:
        self._workspace.wait_ready(_READY_SECONDS)
        return self._workspace.pipeline
