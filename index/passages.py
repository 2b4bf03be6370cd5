"""Search text -> passages: lossless, on sentence ends, never inside a number, a date, a title or a table row. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from index.headings import Heading, find_headings, heading_paths
from index.normalize import Normalized
from index.types import Document, Passage

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

__all__ = ["PASSAGES_VERSION", "make_passages", "split_text"]

PASSAGES_VERSION = 2
"""Raised whenever the passages of any search text change; saved in the index."""

_HELD = "\ue000"
"""Stands for every character of a protected run but the first in the text that the splitter sees."""
_HELD_STOP = "\ue001"
"""Stands for the last character of a protected run that ends a sentence: ``“…。”``."""

_NUMERAL = "0-9一二三四五六七八九十百千万亿零〇两几数"
_PROTECTED = re.compile(
    r"[A-Za-z]{0,12}[〔\[【(]\d{4}[〕\]】)]第?\d{1,6}号?"  # 〔2025〕18号
    r"|[〔\[【][^〔〕\[\]【】\n]{1,40}[〕\]】](?:第?\d{1,6}号)?"
    rf"|[{_NUMERAL}]{{2,4}}年(?:[{_NUMERAL}]{{1,3}}月(?:[{_NUMERAL}]{{1,3}}[日号])?)?|[{_NUMERAL}]{{1,3}}月[{_NUMERAL}]{{1,3}}[日号]"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|第?[{_NUMERAL}](?:[{_NUMERAL}]|[.,:/~%‰+\-—–](?=[{_NUMERAL}A-Za-z])){{0,300}}[%‰℃°]{{0,3}}"
    r"(?:[余多来]?[年月日号万亿元吨亩人家个户只项名度倍]{1,6})?"
    r"|《[^《》\n]{1,1000}》"
    r"|“[^“”\n]{1,120}”"
    r"|[A-Za-z_]{1,100}(?:[.'@/:\-](?=[A-Za-z0-9])[A-Za-z_]{0,50}){0,8}"
)
"""Runs that no boundary cuts. Every repetition has a limit, so that no text makes a run endless or the search slow."""
_HELD_BREAK = "\ue002"
"""Stands for a line break that is no place to cut."""
_CRUMB_SHARE = 3
"""A piece below this share of the wanted size is a crumb: too little to answer from, and ranked too high for its shortness."""
_ROW_FORMATS = ("csv", "tsv")
_LONGEST_CHAIN = 300
"""Protected runs that touch are held together up to this many characters."""
_LONGEST_ROW = 1000
"""Table rows up to this many characters are never cut."""
_OWN_MARKS = re.compile(f"[{_HELD}{_HELD_STOP}{_HELD_BREAK}]")
_STOP = "。!?;"
_OPENER = "“‘「『《(【〔[|"
_CLOSER = "”’」』》)】"
_NOT_INSIDE = f"(?![{_HELD}{_HELD_STOP}{_HELD_BREAK}])"
_NOT_BEFORE_CLOSER = f"(?![{_STOP}.{_CLOSER}\n{_HELD}{_HELD_STOP}{_HELD_BREAK}])"
_SEPARATORS = [
    rf"(?<=\n){_NOT_INSIDE}",
    rf"(?:(?<=[{_STOP}{_HELD_STOP}])|(?<=[{_STOP}][{_CLOSER}])|(?<=[{_STOP}][{_CLOSER}]{{2}})|(?<=\.\.\.)){_NOT_BEFORE_CLOSER}"
    rf"|(?<=[.!?;] ){_NOT_INSIDE}",
    rf"(?<=[,、:]){_NOT_INSIDE}",
    rf"(?<= ){_NOT_INSIDE}",
    rf"(?<=.){_NOT_INSIDE}(?=.)",
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


def split_text(text: str, *, max_chars: int, rows: bool = False) -> list[int]:
    """Start offsets of the pieces of ``text``: ``[0, …]``, strictly increasing; empty for an empty text.

    A piece is longer than ``max_chars`` only where a single protected run is. ``rows``: every line is a table row.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars must be at least 1, got {max_chars}")
    if not text:
        return []
    if len(text) <= max_chars:
        return [0]
    pieces = _splitter(max_chars).split_text(_mask(text, rows, max_chars))
    if sum(map(len, pieces)) != len(text):
        raise AssertionError(f"the splitter lost text: {sum(map(len, pieces))} of {len(text)} characters")
    return _join_crumbs([len(piece) for piece in pieces], max_chars)


def _mask(text: str, rows: bool, max_chars: int) -> str:
    """The text as the splitter sees it, of the same length: nothing in it invites a cut that is not wanted."""
    lines = text.split("\n")
    masked: list[str] = []
    for number, line in enumerate(lines):
        masked.append(_mask_line(line, rows))
        following = lines[number + 1] if number + 1 < len(lines) else ""
        # a heading or a salutation would be left alone by a paragraph that must be cut anyway
        alone = len(line) < max_chars // _CRUMB_SHARE and len(line) + 1 + len(following) > max_chars
        masked.append(_HELD_BREAK if alone and line and following else "\n")
    return "".join(masked[:-1])


def _join_crumbs(lengths: list[int], max_chars: int) -> list[int]:
    """Starts of the pieces, small ones joined to a neighbour where both together are not too long."""
    crumb = max_chars // _CRUMB_SHARE
    starts: list[int] = []
    position = before = 0
    for length in lengths:
        if starts and min(before, length) < crumb and before + length <= max_chars:
            before += length
        else:
            starts.append(position)
            before = length
        position += length
    return starts


def _mask_line(line: str, row: bool) -> str:
    """The line as the splitter sees it: of the same length, with the inside of protected runs held together."""
    if (row or "\t" in line or line.startswith("|")) and len(line) <= _LONGEST_ROW:
        return line[:1] + _HELD * (len(line) - 1)
    line = _OWN_MARKS.sub("\ufffd", line)
    pieces: list[str] = []
    position = chain_start = 0
    for match in _PROTECTED.finditer(line):
        start, run = match.start(), match.group()
        pieces.append(line[position:start])
        # runs that touch may be one number or date: ``5.2%`` + ``二〇二五年`` + ``六月``
        touches = 0 < start == position and line[start - 1] not in _CLOSER and run[0] not in _OPENER
        if touches and match.end() - chain_start <= _LONGEST_CHAIN:
            pieces.append(_HELD)
        else:
            pieces.append(run[0])
            chain_start = start
        pieces.append(_mask_rest(run))
        position = match.end()
    pieces.append(line[position:])
    return "".join(pieces)


def _mask_rest(run: str) -> str:
    if len(run) > 2 and run[-1] in _CLOSER and run[-2] in _STOP:
        return _HELD * (len(run) - 2) + _HELD_STOP
    return _HELD * (len(run) - 1)


def make_passages(document: Document, normalized: Normalized, *, max_chars: int = 300) -> list[Passage]:
    """Cut a document's search text into passages of about ``max_chars`` characters.

    In order, their texts give back ``normalized.text`` exactly. Passages begin at headings where that leaves no crumbs; each
    carries the headings above it, its page and its source range. A text of white space alone gives no passages.
    """
    text = normalized.text
    if not text:
        return []
    headings = find_headings(text)
    cuts = _cuts(text, headings, max_chars=max_chars, rows=document.format in _ROW_FORMATS)
    page_starts = [page.start for page in document.pages]
    passages: list[Passage] = []
    ends = [*cuts[1:], len(text)]
    for number, (start, end, path) in enumerate(zip(cuts, ends, heading_paths(headings, cuts), strict=True)):
        source_start, source_end = normalized.offsets.to_source(start, end)
        page = bisect_right(page_starts, source_start) - 1
        passages.append(
            Passage(
                id=f"{document.id}#{number}",
                document_id=document.id,
                start=start,
                end=end,
                source_start=source_start,
                source_end=source_end,
                text=text[start:end],
                heading=path,
                page=document.pages[page].number if page >= 0 else None,
            )
        )
    return passages


def _cuts(text: str, headings: list[Heading], *, max_chars: int, rows: bool) -> list[int]:
    """Offsets where a passage begins."""
    sections = _sections(text, [h.start for h in headings if h.alone], crumb=max_chars // _CRUMB_SHARE)
    cuts: list[int] = []
    for start, end in zip(sections, [*sections[1:], len(text)], strict=True):
        cuts.extend(start + cut for cut in split_text(text[start:end], max_chars=max_chars, rows=rows))
    return cuts


def _sections(text: str, heading_starts: list[int], *, crumb: int) -> list[int]:
    """Offsets where a section begins; a section shorter than ``crumb`` is joined to the next one."""
    starts = [0]
    for offset in heading_starts:
        if offset - starts[-1] >= crumb and len(text) - offset >= crumb:
            starts.append(offset)
    return starts
