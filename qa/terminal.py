"""An answer for the terminal: the short answer, then each quote highlighted in its passage, with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from qa.types import Answer, Citation

__all__ = ["confidence_in_words", "render_answer", "render_stale"]

_BOLD, _MARK, _DIM, _RESET = "\x1b[1m", "\x1b[30;43m", "\x1b[2m", "\x1b[0m"
_LINE_END = re.compile(r"\s*[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORDS = ((0.8, "很确定", "very sure"), (0.6, "较确定", "fairly sure"), (0.0, "不太确定", "not very sure"))
_CONTEXT = 90


def confidence_in_words(confidence: float, *, english: bool = False) -> str:
    """The confidence as a person says it."""
    return next(en if english else zh for least, zh, en in _WORDS if confidence >= least)


def render_answer(
    answer: Answer, *, line_of: Callable[[Citation], int], colour: bool = False, english: bool = False
) -> str:
    """The answer as lines of text. ``line_of`` gives the line of the source file on which a citation begins."""
    lines: list[str] = []
    if answer.status == "answered":
        words = confidence_in_words(answer.confidence, english=english)
        lines.append(f"{_paint(_plain(answer.answer), _BOLD, colour)}  ({words}, {answer.confidence:.0%})")
        cited = [c for c in answer.citations if c.id in {s.citation for s in answer.spans}]
    elif answer.status == "related":
        lines.append(
            "The documents do not answer this; related passages:"
            if english
            else "文档中没有找到可信的答案，以下是相关段落："
        )
        proposed = {s.citation for s in answer.alternatives}
        cited = [c for c in answer.citations if c.id not in proposed] or list(answer.citations)
    else:
        return "Nothing in the documents bears on this." if english else "文档中没有与此问题相关的内容。"
    for group in _by_passage(cited):
        lines.extend(_cited(group, line_of(group[0]), colour, english))
    others = [_plain(span.text) for span in answer.alternatives] if answer.status == "answered" else []
    if others:
        lines.append(("Other candidates: " if english else "其他候选：") + " | ".join(others))
    return "\n".join(lines)


def render_stale(document_id: str, how: Literal["changed", "gone"], *, english: bool = False) -> str:
    """A line on a cited file that is another now than when it was indexed."""
    chinese = {"changed": "建立索引后有改动", "gone": "建立索引后已不在"}
    if english:
        what = "has changed" if how == "changed" else "is gone"
        return f"{_plain(document_id)} {what} since it was indexed; python -m index sync takes that up"
    return f"{_plain(document_id)} {chinese[how]}，重新同步即可更新（python -m index sync）"


def _by_passage(cited: Sequence[Citation]) -> list[list[Citation]]:
    """Citations of one passage and page together, unless they overlap; in the order of the first of each."""
    groups: list[list[Citation]] = []
    for citation in cited:
        for group in groups:
            first = group[0]
            same = all(
                getattr(first, name) == getattr(citation, name) for name in ("document_id", "page", "passage")
            )
            if same and all(citation.end <= c.start or c.end <= citation.start for c in group):
                group.append(citation)
                break
        else:
            groups.append([citation])
    return groups


def _cited(citations: Sequence[Citation], line: int, colour: bool, english: bool) -> list[str]:
    """The citations of one passage: their numbers, where it stands, its text with the quotes marked."""
    first, passage = citations[0], citations[0].passage
    page = f", page {first.page}" if first.page and english else f"，第{first.page}页" if first.page else ""
    where = f"{first.document_id}:{line}{page}"
    above = " › ".join((first.title, *(h for h in first.heading if h != first.title)))
    shown, position = "", 0
    for citation in sorted(citations, key=lambda one: one.start):
        start, end = citation.start - passage.start, citation.end - passage.start
        between = passage.text[position:start]
        if len(between) > _CONTEXT * (2 if shown else 1):
            between = f"{between[:_CONTEXT]}…{between[-_CONTEXT:]}" if shown else f"…{between[-_CONTEXT:]}"
        quote = _plain(citation.quote)
        whole = citation.quote == passage.text
        marked = quote if whole else _paint(quote, _MARK, True) if colour else f"【{quote}】"
        shown, position = shown + _plain(between) + marked, end
    after = passage.text[position:]
    shown += _plain(after[:_CONTEXT] + "…" if len(after) > _CONTEXT else after)
    numbers = "".join(f"[{citation.id}]" for citation in citations)
    return [
        f"{numbers} {_plain(above)}",
        f"    {_paint(_plain(where), _DIM, colour)}",
        f"    {shown.strip()}",
    ]


def _plain(text: str) -> str:
    """Text on one line, without characters that would steer the terminal."""
    return _CONTROL.sub("", _LINE_END.sub(" ", text))


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_RESET}" if colour else text
