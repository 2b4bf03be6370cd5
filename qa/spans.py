"""From start and end scores to spans, and from a raw span to one a person would quote. Pure functions.

``decode_spans`` and ``best_apart`` work on scores; ``snap_span`` works on text. Nothing here knows a model.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa.figures import find_figures
from qa.types import SpanCandidate

__all__ = ["best_apart", "decode_spans", "snap_span"]


def decode_spans(
    start_logits: npt.ArrayLike,
    end_logits: npt.ArrayLike,
    *,
    allowed: npt.ArrayLike,
    max_tokens: int,
    top_k: int,
) -> list[tuple[int, int, float]]:
    """Best spans that do not overlap, as ``(first token, last token, start + end logit)``, best first.

    Parameters
    ----------
    start_logits, end_logits
        Logits, each of shape (n,).
    allowed
        Booleans of shape (n,): tokens that may begin or end a span.
    max_tokens
        Longest span, in tokens.
    top_k
        At most so many spans; fewer where no more fit beside the better ones.

    Examples
    --------
    >>> decode_spans([0, 3, 1], [0, 1, 2], allowed=[False, True, True], max_tokens=2, top_k=2)
    [(1, 2, 5.0)]
    """
    if max_tokens < 1 or top_k < 1:
        raise ValueError(f"max_tokens and top_k must be at least 1, got {max_tokens} and {top_k}")
    start, end = np.asarray(start_logits, np.float32), np.asarray(end_logits, np.float32)
    usable = np.asarray(allowed, bool)
    if not start.shape == end.shape == usable.shape or start.ndim != 1:
        raise ValueError(
            f"logits and allowed must be vectors of one length, got {start.shape}, {end.shape}, {usable.shape}"
        )
    n = len(start)
    width = min(max_tokens, n)
    if not width:
        return []
    start = np.where(usable & np.isfinite(start), start, -np.inf)
    end = np.concatenate(
        (np.where(usable & np.isfinite(end), end, -np.inf), np.full(width - 1, -np.inf, np.float32))
    )
    # scores[i, d] is the span of tokens i .. i + d
    scores = start[:, None] + np.lib.stride_tricks.sliding_window_view(end, width)
    last = np.arange(n)[:, None] + np.arange(width)
    found: list[tuple[int, int, float]] = []
    while len(found) < top_k:
        i, d = divmod(int(scores.argmax()), width)
        score = float(scores[i, d])
        if score == -np.inf:
            break
        found.append((i, i + d, score))
        scores[: i + d + 1][last[: i + d + 1] >= i] = -np.inf
    return found


def best_apart(candidates: Iterable[SpanCandidate], top_k: int) -> list[SpanCandidate]:
    """The best candidates of which no two overlap, best first; of equal ones the earlier and shorter."""
    kept: list[SpanCandidate] = []
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.start, c.end)):
        if len(kept) == top_k:
            break
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return kept


_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")", "（": "）", "[": "]", "［": "］"} | {
    "【": "】", "〔": "〕", "{": "}",
}  # fmt: skip
_CLOSERS = {closer: opener for opener, closer in _PAIRS.items()}
_QUOTATION = re.compile(
    "“[^“”\n]{0,300}”|「[^「」\n]{0,300}」|『[^『』\n]{0,300}』|《[^《》\n]{0,300}》|‘[^‘’\n]{0,300}’"
)
_SENTENCE_END = re.compile("[。！？；!?;｡\n]+[”’」』)）]*")
_BLANK = " \t\n\r\f\v\u00a0\u2002\u2003\u2009\u200b\u202f\u3000\ufeff"
_STRAY = frozenset(_BLANK + "。，、；：！？,;:!?…—–-·•.|/\\*~_`'\"｡､﹑&@^=<>")
_STRAY_FIRST = _STRAY | {"#"}
_INITIALS = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]\.){2,}\Z")


def snap_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Move the ends of a raw span to where a person would quote.

    The span is kept inside one sentence (its longest part; a quotation or title is never split), loses white space,
    punctuation and unpaired brackets at its ends, and does not cut a figure: ``万吨`` of ``约1200万吨`` becomes the
    whole, the year of a full date may stand alone. An empty range is returned where nothing is left.

    Examples
    --------
    >>> text = "每年转化煤炭1200万吨；累计"
    >>> start, end = snap_span(text, 8, 13)
    >>> text[start:end]
    '1200万吨'
    """
    start, end = max(0, min(start, len(text))), max(0, min(end, len(text)))
    for _ in range(4):  # each step may lay another edge bare; two rounds do for nearly all
        before = start, end
        start, end = _inside_sentence(text, start, end)
        start, end = _trim(text, start, end)
        start, end = _whole_figures(text, start, end)
        if start >= end or (start, end) == before:
            break
    return (start, end) if start < end else (start, start)


def _inside_sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The longest part of the span between sentence ends that stand in no quotation."""
    if not _SENTENCE_END.search(text, start, end):
        return start, end
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    quoted = [match.span() for match in _QUOTATION.finditer(text, line, len(text) if stop < 0 else stop)]
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text, start, end)
        if not any(low < match.start() < high for low, high in quoted)
    ]
    pieces = [_trim(text, low, high) for low, high in pairwise((start, *cuts, end))]
    return max(pieces, key=lambda piece: (piece[1] - piece[0], -piece[0]))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop stray characters at both ends; complete a pair of brackets whose other half stands just outside."""
    while start < end:
        first, last = text[start], text[end - 1]
        if first in _STRAY_FIRST or first in _CLOSERS:
            start += 1
        elif (
            last in _STRAY and not (last == "." and _INITIALS.search(text, max(start, end - 12), end))
        ) or last in _PAIRS:
            end -= 1
        else:
            opened, closed = _unpaired(text, start, end)
            if opened and text[end : end + 1] == _PAIRS[text[opened[-1]]]:
                end += 1
            elif closed and _opens(text, start, end, closed[0]):
                start -= 1
            elif start in opened:
                start += 1
            elif end - 1 in closed:
                end -= 1
            else:
                break
    return start, end


def _opens(text: str, start: int, end: int, closer: int) -> bool:
    """Whether the character before the range is the partner of the unpaired ``closer`` (brackets may also cross)."""
    if not start or text[start - 1] != _CLOSERS[text[closer]]:
        return False
    return start - 1 not in _unpaired(text, start - 1, end)[0]


def _unpaired(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """Positions of opening and of closing brackets and quotes that have no partner inside the range."""
    opened: list[int] = []
    closed: list[int] = []
    for position in range(start, end):
        char = text[position]
        if char in _PAIRS:
            opened.append(position)
        elif char in _CLOSERS:
            if opened and text[opened[-1]] == _CLOSERS[char]:
                opened.pop()
            else:
                closed.append(position)
    return opened, closed


def _whole_figures(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the range so that it cuts no figure; a date may be cut between year, month and day."""
    if start >= end:
        return start, end
    figures = find_figures(text)
    place = max(0, bisect_right(figures, start, key=lambda figure: figure.start) - 1)
    low, high = start, end
    for figure in figures[place:]:
        if figure.start >= end:
            break
        for part_start, part_end in figure.parts or ((figure.start, figure.end),):
            if part_start < start < part_end:
                low = part_start
            if part_start < end < part_end:
                high = part_end
    return low, high
