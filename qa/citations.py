"""Spans of search text become quotes of the source, each place numbered once. The answer is built of quotes only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.types import Passage
from qa.types import Citation, CitedPassage, Span

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex

__all__ = ["Citations", "answer_text", "one_line"]

_LINE_BREAK = re.compile(r"\s*[\n\r]\s*")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_UNSPACED = re.compile(r"\d\d|.[%‰°)\]}.,;:!?/-]|[-/(\[{$£€].")
"""The characters on both sides of a break that is no space."""
_CUT_NUMBER = re.compile(r"\d[.,]$")


def answer_text(quotes: Sequence[str]) -> str:
    """What an answer built of these quotes reads: each once, joined by 、, without the line breaks that a page put into them.

    Examples
    --------
    >>> answer_text(["肉\\n品", "蔬菜", "肉品"])
    '肉品、蔬菜'
    """
    return "、".join(dict.fromkeys(map(one_line, quotes)))


def one_line(quote: str) -> str:
    """A quote without line breaks: a space in their place between words and numbers with spaces, nothing beside Chinese and inside a
    number.

    Examples
    --------
    >>> one_line("founded in\\n1998"), one_line("煤\\n炭"), one_line("1,\\n200")
    ('founded in 1998', '煤炭', '1,200')
    """
    return _LINE_BREAK.sub(_joint, quote.strip())


def _joint(match: re.Match[str]) -> str:
    around = match.string[match.start() - 1] + match.string[match.end()]
    cut = around[1].isdigit() and _CUT_NUMBER.search(match.string[: match.start()])
    return "" if cut or _CJK.search(around) or _UNSPACED.fullmatch(around) else " "


class Citations:
    """Numbers the places that an answer cites, each place once. ``shift`` brings span scores to the certainty's scale."""

    def __init__(self, corpus_index: CorpusIndex, shift: float) -> None:
        self._index, self._shift = corpus_index, shift
        self.all: list[Citation] = []

    def span(self, passage: Passage, start: int, end: int, score: float) -> Span:
        """The span ``[start, end)`` of a passage's search text, cited."""
        citation = self._cite(passage, start, end)
        return Span(citation.quote, citation.id, round(score + self._shift, 4))

    def passage(self, passage: Passage) -> Citation:
        """A whole passage, cited."""
        return self._cite(passage, 0, len(passage.text))

    def place(self, document_id: str, start: int, end: int) -> Span | None:
        """The place ``[start, end)`` of a document's source text, cited; None where no one passage holds it."""
        passages = self._index.passages_of(document_id)
        around = [one for one in passages if one.source_start <= start and end <= one.source_end]
        if not around or start >= end:
            return None
        citation = self._add(around[0], start, end)
        return Span(citation.quote, citation.id, 0.0)

    def _cite(self, passage: Passage, start: int, end: int) -> Citation:
        offsets = self._index.offsets(passage.document_id)
        return self._add(passage, *offsets.to_source(passage.start + start, passage.start + end))

    def _add(self, passage: Passage, low: int, high: int) -> Citation:
        """A place of the source, in a passage, with its number."""
        document = self._index.document(passage.document_id)
        for citation in self.all:
            if (citation.document_id, citation.start, citation.end) == (document.id, low, high):
                return citation
        citation = Citation(
            id=len(self.all) + 1,
            document_id=document.id,
            sha256=document.sha256,
            title=document.metadata.title or document.id,
            page=document.page_at(low),
            heading=passage.heading,
            start=low,
            end=high,
            quote=document.text[low:high],
            passage=CitedPassage(
                passage.source_start,
                passage.source_end,
                document.text[passage.source_start : passage.source_end],
            ),
        )
        self.all.append(citation)
        return citation
