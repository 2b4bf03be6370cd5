"""How many items a list answer has, and whether the text says the same (抓好四项工作). Pure.

The text's own count is read just before the list, or just after it (等五项, 两项); it is looked for only where all items stand
in one passage, for a count belongs to one list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import rjieba

from qa.numerals import parse_arabic, parse_han
from qa.types import Answer

__all__ = ["ListCount", "StatedCount", "list_count", "stated_count"]

_COUNTED = re.compile(
    r"(?P<number>\d{1,4}|[一二两三四五六七八九十百]{1,4})\s?(?P<unit>大类|方面|个?环节|个?部分|项|个(?!百分点|亿(?!元)|万(?![亩吨元])|多?月|小时|工作日|人月)|家|类|条|种|位|名|批|座|件|所|点|人|大)"
)
_ENDED = re.compile(r"[。.:：]\s*$")
_SAYS_MORE = re.compile("包括|包含|有|为|是")
_ANNOUNCING = frozenset(
    "是 为 即 有 指 包括 包含 分为 分别 分别是 分别为 分别有 具体是 主要是 主要有 主要包括 如下 具体如下 现通知如下 一是".split()  # noqa: SIM905
)
"""What may stand between a count and its list, as a clause or a verb."""
_ORDINAL = re.compile(r"第\s*$|[年月日.%:：]\s*$")


@dataclass(frozen=True, slots=True)
class StatedCount:
    """How many things the text says there are, in its own ``words`` (五项)."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class ListCount:
    """Items ``found``, and the count that the text states; None where it states none."""

    found: int
    stated: StatedCount | None = None

    @property
    def agrees(self) -> bool | None:
        """Whether the text states as many as were found; None where it states no count."""
        return None if self.stated is None else self.stated.number == self.found


def list_count(answer: Answer) -> ListCount | None:
    """Return the count of a list answer; None for an answer that is no list.

    Examples
    --------
    >>> from qa.types import Citation, CitedPassage, Span
    >>> text = "合作包括谷子、黄芩两项。"
    >>> def cited(number: int, low: int, high: int) -> Citation:
    ...     passage = CitedPassage(0, len(text), text)
    ...     return Citation(number, "a.txt", "", "", None, (), low, high, text[low:high], passage)
    >>> spans = Span("谷子", 1, 1.0), Span("黄芩", 2, 1.0)
    >>> count = list_count(Answer("?", "answered", "谷子、黄芩", 0.9, spans, (cited(1, 4, 6), cited(2, 7, 9))))
    >>> count.found, count.stated.words, count.agrees
    (2, '两项', True)
    """
    if answer.status != "answered" or len(answer.spans) < 2:
        return None
    by_id = {citation.id: citation for citation in answer.citations}
    cited = [by_id[span.citation] for span in answer.spans if span.citation in by_id]
    if not cited or len({(c.document_id, c.passage.start) for c in cited}) != 1:
        return ListCount(len(answer.spans))
    passage = cited[0].passage
    start, end = min(c.start for c in cited) - passage.start, max(c.end for c in cited) - passage.start
    return ListCount(len(answer.spans), stated_count(passage.text, start, end))


def stated_count(text: str, start: int, end: int) -> StatedCount | None:
    """Return the count that the text gives for the list at ``text[start:end]``: just before it, or just after (等五项, 两项).

    Examples
    --------
    >>> stated_count("抓好四项工作：甲、乙、丙、丁", 7, 14)
    StatedCount(number=4, words='四项')
    """
    before = text[max(0, start - 40) : start]
    after = text[end : end + 12]
    found = [
        match
        for match in _COUNTED.finditer(before)
        if not _ORDINAL.search(before[: match.start()]) and _announces(before[match.end() :])
    ]
    closing = re.match(r"\s*等?\s*", after)
    if closing and (match := _COUNTED.match(after, closing.end())):
        found.append(match)
    for match in reversed(found):
        number = _value(match["number"])
        if number is not None and number >= 2:
            return StatedCount(number, re.sub(r"\s", "", match[0]))
    return None


def _announces(between: str) -> bool:
    """Whether what stands between a count and a list leads up to it: 五项工作：, but not 50名干部赴, which counts others."""
    ended = _ENDED.search(between) is not None
    bare = _ENDED.sub("", between)
    if re.search(r"[。;\n]", bare.strip()):
        return False
    *before, last = re.split("[,，]", bare)
    if last.strip() in _ANNOUNCING or (before and not last.strip()):
        return True
    if before or ended:
        return ended and not (before and _SAYS_MORE.search(last))
    return not any(
        tag.startswith(("v", "p")) and tag != "vn" and word not in _ANNOUNCING
        for word, tag in rjieba.tag(bare)
    )


def _value(words: str) -> int | None:
    value = parse_arabic(words) if words.isdecimal() else parse_han(words)
    return None if value is None or value != int(value) else int(value)
