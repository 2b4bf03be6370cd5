"""From an index to what judging needs: gold places, source texts, and which passages hold an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from eval.dataset import Question
from eval.judge import GoldContext, is_chinese
from eval.occurrences import SourceSpan, TextFinder
from index.types import Document, Passage
from qa.types import Answer

__all__ = ["GoldBook", "IndexView"]


class IndexView(Protocol):
    """What the evaluation reads of an index; ``index.corpus_index.CorpusIndex`` is one."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    def document(self, document_id: str) -> Document: ...  # noqa: D102

    def passages_of(self, document_id: str) -> list[Passage]: ...  # noqa: D102


class GoldBook:
    """Looks up gold in one index; documents are normalised once and kept."""

    def __init__(self, index: IndexView) -> None:
        self._index = index
        self.text = lru_cache(maxsize=4096)(self._text)
        self._finder = lru_cache(maxsize=1024)(self._make_finder)
        self._passages = lru_cache(maxsize=1024)(index.passages_of)

    def _text(self, document_id: str) -> str | None:
        """Return a document's source text, None where the index has no such document."""
        try:
            return self._index.document(document_id).text
        except KeyError:
            return None

    def _make_finder(self, document_id: str) -> TextFinder:
        return TextFinder(self.text(document_id) or "")

    def context(self, question: Question, answer: Answer) -> GoldContext:
        """Return what ``judge`` needs for one question and its answer."""
        cited = {citation.document_id for citation in answer.citations}
        texts = {d: text for d in (*question.documents, *cited) if (text := self.text(d)) is not None}
        gold_text = "".join(texts.get(document, "")[:4000] for document in question.documents)
        return GoldContext(self._spans(question), texts, is_chinese(gold_text))

    def _spans(self, question: Question) -> dict[str, list[SourceSpan]]:
        return {
            document: [span for text in question.expected for span in self._finder(document).find(text)]
            for document in question.documents
        }

    def relevant_passages(self, question: Question) -> list[str]:
        """Return the ids of the passages that hold an accepted answer; for a list, a few that together hold all items.

        A passage holds a text as a whole; where a text runs over a passage border, every passage it touches counts. For a
        list, the passages with most of the items still missing count, step by step: an item that is a common word
        would otherwise make half of the document relevant.
        """
        holds: dict[str, set[str]] = {}
        for document in question.documents:
            passages = self._passages(document)
            for text in question.expected:
                for span in self._finder(document).find(text):
                    for passage_id in _holding(passages, span):
                        holds.setdefault(passage_id, set()).add(text)
        return list(holds) if question.kind == "span" else _cover(holds)


def _cover(holds: Mapping[str, set[str]]) -> list[str]:
    """Passages that together hold everything: at each step all those that add most."""
    missing = set().union(*holds.values())
    found: list[str] = []
    while missing:
        most = max(len(held & missing) for held in holds.values())
        step = [passage_id for passage_id, held in holds.items() if len(held & missing) == most]
        found += step
        missing -= set().union(*(holds[passage_id] for passage_id in step))
    return found


def _holding(passages: Sequence[Passage], span: SourceSpan) -> list[str]:
    start, end = span
    whole = [p.id for p in passages if p.source_start <= start and end <= p.source_end]
    return whole or [p.id for p in passages if p.source_start < end and start < p.source_end]
