"""Does a line break stand inside a sentence? Pure rules for text that a page, a column or a hard wrap has cut."""

from __future__ import annotations

import re

import rjieba

from index.folding import HAN

__all__ = ["HEADING_MARK", "joins_next_line"]

HEADING_MARK = re.compile(
    r"#{1,6}\s|第[一二三四五六七八九十百零〇\d]{1,5}[章节条编篇部]|[一二三四五六七八九十]{1,3}[、,]|[((][一二三四五六七八九十\d]{1,3}[))]"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\s|\d{1,2}[.、)](?!\d)|[-*+•·●○■□◆▶>]\s|[①-⑳]|——|附件?\s*\d*[::]"
)
"""Start of a line that opens a heading, a list item or a clause."""

_FINAL = "。!?;:…”’」』)》】]}>!?.;:|\t"
_OPENERS = {"“": "”", "《": "》", "(": ")", "〔": "〕", "「": "」", "【": "】"}
_LONG_LINE = 45
_SENTENCE_INSIDE = re.compile(r"[。;!?,]")
_MARKDOWN_OR_TABLE = re.compile(r"\s*(?:#|\||>|```|---|!\[)")
_HAN_CHARACTER = re.compile(f"[{HAN}]")
_CLOSER_FIRST = re.compile(r"[。,、;:!?”’」』)》〕】%]")


def joins_next_line(line: str, following: str) -> bool:
    """Whether ``following`` continues the sentence that ``line`` leaves open.

    Both are folded (NFKC) and have no white space at their ends; ``line`` may be only the end of a longer line.

    Examples
    --------
    >>> joins_next_line("晋城经开区为新疆生产建设兵团第六师105团、吉木乃边境经济合", "作区提供各20万元资金援助。")
    True
    >>> joins_next_line("三、加强资金支持力度", "推动我省开发区加大对新疆地区的资金支持力度。")
    False
    """
    if not line or not following:
        return False
    if any("\t" in one or _MARKDOWN_OR_TABLE.match(one) for one in (line, following)):
        return False
    if _CLOSER_FIRST.match(following) and line[-1] not in _FINAL:
        return True
    if line[-1] in _FINAL or HEADING_MARK.match(following):
        return False
    if line[-1] in ",、":
        return True
    if _opens_bracket(line):
        return True
    if line[-1].isascii() and line[-1].isalpha():
        return following[0].isascii() and following[0].islower()
    if not _is_prose(line) and HEADING_MARK.match(line):
        return False
    if _is_prose(line) and len(line) >= _LONG_LINE:
        return True
    return _word_crosses(line, following)


def _is_prose(line: str) -> bool:
    return _SENTENCE_INSIDE.search(line) is not None


def _opens_bracket(line: str) -> bool:
    """Whether a bracket or quotation mark opened in the last 60 characters is still open at the end of the line."""
    tail = line[-60:]
    return any(tail.rfind(opener) > tail.rfind(closer) for opener, closer in _OPENERS.items())


def _word_crosses(line: str, following: str) -> bool:
    """Whether segmenting across the break yields a dictionary word that neither side holds alone; never a number."""
    if not (_HAN_CHARACTER.match(line[-1]) and _HAN_CHARACTER.match(following)):
        return False
    left, right = line[-6:], following[:6]
    position = 0
    for word in rjieba.cut(left + right, False):
        end = position + len(word)
        if position < len(left) < end:
            return True
        position = end
    return False
