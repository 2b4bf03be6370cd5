"""Search text -> passages: lossless, on sentence ends, never inside a number, a date, a title or a table row. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from index.headings import find_headings, heading_path
from index.normalize import Normalized
from index.types import Document, Passage

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

__all__ = ["PASSAGES_VERSION", "make_passages", "split_text"]

PASSAGES_VERSION = 1
"""Raised whenever the passages of any search text change; saved in the index."""

_HELD = "\ue000"
"""Stands for every character of a protected run but the first in the text that the splitter sees."""

_NUMERAL = "0-9一二三四五六七八九十百千万亿零〇两几数"
_PROTECTED = re.compile(
    r"[A-Za-z]{0,12}[〔\[【(]\d{4}[〕\]】)]第?\d+号?"  # 〔2025〕18号
    r"|[〔\[【][^〔〕\[\]【】\n]{1,40}[〕\]】](?:第?\d+号)?"
    r"|\d{2,4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{1,2}月\d{1,2}[日号]|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|第?[{_NUMERAL}](?:[{_NUMERAL}]|[.,:/~%‰+\-—–](?=[{_NUMERAL}]))*[%‰℃°]*(?:(?:余|多|来)?[年月日号万亿元吨亩人家个户只项名度倍]+)?"
    r"|《[^《》\n]{1,1000}》"
    r"|“[^“”\n]{1,120}”"
    r"|(?m:^[^\n]*\t[^\n]{0,1000}$)|(?m:^\|[^\n]{0,1000}$)"
    r"|[A-Za-z0-9_]+(?:[.'@/:\-][A-Za-z0-9_]+)*"
)
_SEPARATORS = [
    rf"(?<=\n)(?!{_HELD})",
    rf"(?<=[。!?;…])(?![”’」』》)】\n{_HELD}])|(?<=[。!?;…][”’」』》)】])(?![\n{_HELD}])|(?<=[.!?;] )(?!{_HELD})",
    rf"(?<=[,、:])(?!{_HELD})",
    rf"(?<= )(?!{_HELD})",
    rf"(?<=.)(?!{_HELD})(?=.)",
]


@lru_cache(maxsize=8)
def _splitter(max_chars: int) -> RecursiveCharacterTextSplitter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=max_chars,
        chunk_overlap=0,
        strip_whitespace=False,
    )


def split_text(text: str, *, max_chars: int) -> list[int]:
    """Start offsets of the pieces of ``text``: ``[0, …]``, strictly increasing; empty for an empty text.

    A piece is longer than ``max_chars`` only where a single protected run is.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars must be at least 1, got {max_chars}")
    if not text:
        return []
    if len(text) <= max_chars:
        return [0]
    masked = _PROTECTED.sub(
        lambda m: text[m.start()] + _HELD * (len(m.group()) - 1), text.replace(_HELD, "\ufffd")
    )
    starts: list[int] = []
    position = 0
    for piece in _splitter(max_chars).split_text(masked):
        starts.append(position)
        position += len(piece)
    if position != len(text):
        raise AssertionError(f"the splitter lost text: {position} of {len(text)} characters")
    return starts


def make_passages(document: Document, normalized: Normalized, *, max_chars: int = 300) -> list[Passage]:
    """Cut a document's search text into passages of about ``max_chars`` characters.

    In order, their texts give back ``normalized.text`` exactly. Passages begin at headings where that leaves no crumbs; each
    carries the headings above it, its page and its source range. A text of white space alone gives no passages.
    """
    text = normalized.text
    if not text:
        return []
    headings = find_headings(text)
    starts = _sections(text, [h.start for h in headings if h.alone], crumb=max_chars // 3)
    cuts: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        cuts.extend(start + cut for cut in split_text(text[start:end], max_chars=max_chars))
    passages: list[Passage] = []
    for number, (start, end) in enumerate(zip(cuts, [*cuts[1:], len(text)], strict=True)):
        source_start, source_end = normalized.offsets.to_source(start, end)
        passages.append(
            Passage(
                id=f"{document.id}#{number}",
                document_id=document.id,
                start=start,
                end=end,
                source_start=source_start,
                source_end=source_end,
                text=text[start:end],
                heading=heading_path(headings, start),
                page=document.page_at(source_start),
            )
        )
    return passages


def _sections(text: str, heading_starts: list[int], *, crumb: int) -> list[int]:
    """Offsets where a section begins; a section shorter than ``crumb`` is joined to the next one."""
    starts = [0]
    for offset in heading_starts:
        if offset - starts[-1] >= crumb and len(text) - offset >= crumb:
            starts.append(offset)
    return starts
