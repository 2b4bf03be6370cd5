"""Candidate spans on word boundaries, weighed by a reader's token scores. Pure.

A reader that learnt from few questions finds the place better than the borders: it proposes 吉木 for 吉木乃边境经济合作区. So the
candidates here begin and end where words, figures and quotations do, and each carries two scores: the exact one of its own
borders, and the mass of all borders inside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import rjieba

from qa.figures import find_figures
from qa.types import TokenScores

__all__ = ["ADDRESS", "SURNAMES", "Word", "WordSpan", "candidate_spans", "words_of"]

_SENTENCE_END = re.compile(r"[。!?;\n]")
ADDRESS = re.compile(
    r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+|https?://[^\s,。、;)》”]+|www\.[A-Za-z0-9.\-/]+"
)
"""A mail address or a link: one word."""
_QUOTED = re.compile(r"《[^《》\n]{1,80}》|“[^“”\n]{1,40}”|[(][^()\n]{1,30}[)]")
_INNER_STOP = re.compile(r"[。!?;\n]")
_EDGE_PUNCTUATION = re.compile(r"[\s。,、;:!?)】〕」』”’·—…\-|*#]|^[的了]$")
_NEVER_FIRST = re.compile(
    r"[)”》]|[的了和与及等达为是有共到在于从由对向把被将以并也还]|以及|达到|共计|累计|合计|总计|其中|分别"
)
_TITLE = re.compile(r"(?:[长员师]|书记|主任|主席|经理|记者|总裁|教授|院士|委员|代表|同志)$")
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文牛闫蓝岳向温柴南解"
)
"""Common surnames."""
_LONGEST_WORDS = 24
_LONGEST_CHARS = 60
_CLUSTER = 4  # overlapping spans kept around one place


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a figure or a mark at ``[start, end)`` with jieba's part of speech; ``fig`` for a figure."""

    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Words ``first … last`` as characters ``[start, end)``; ``exact``: score of its borders, ``mass``: of all inside it."""

    start: int
    end: int
    first: int
    last: int
    exact: float
    mass: float


@lru_cache(maxsize=2048)
def words_of(text: str) -> tuple[Word, ...]:
    """Words of a passage in order, without gaps; a figure is one word whatever the dictionary says."""
    words: list[Word] = []
    position = 0
    whole = [(m.start(), m.end(), ((m.start(), m.end()),)) for m in ADDRESS.finditer(text)]
    figures = [(f.start, f.end, tuple(f.parts) or ((f.start, f.end),)) for f in find_figures(text)]
    for start, end, parts in sorted([*whole, *figures], key=lambda found: (found[0], -found[1])):
        if start < position:
            continue
        words.extend(_tagged(text, position, start))
        words.extend(Word(a, b, "fig") for a, b in parts)
        position = end
    words.extend(_tagged(text, position, len(text)))
    return _with_names(text, words)


def _with_names(text: str, words: list[Word]) -> tuple[Word, ...]:
    """Join a surname that the dictionary took for a preposition to the given name after it, behind a title (董事长|向|文波)."""
    joined: list[Word] = []
    for word in words:
        last = joined[-1] if joined else None
        if (
            last is not None
            and len(joined) > 1
            and text[last.start : last.end] in SURNAMES
            and 1 <= word.end - word.start <= 2
            and word.tag.startswith(("n", "v", "a", "b"))
            and _TITLE.search(text, joined[-2].start, joined[-2].end)
            and joined[-2].end == last.start
        ):
            joined[-1] = Word(last.start, word.end, "nr")
        else:
            joined.append(word)
    return tuple(joined)


def _tagged(text: str, start: int, end: int) -> list[Word]:
    words: list[Word] = []
    position = start
    for word, tag in rjieba.tag(text[start:end]) if start < end else []:
        words.append(Word(position, position + len(word), tag))
        position += len(word)
    return words


def candidate_spans(text: str, scores: TokenScores, *, top_k: int) -> list[WordSpan]:
    """Best ``top_k`` spans of whole words inside one sentence, best first; a few overlapping ones are kept around a place.

    Examples
    --------
    >>> offsets = np.array([[i, i + 1] for i in range(6)])
    >>> scores = TokenScores(offsets, np.array([0, 0, 4.0, 0, 0, 0]), np.array([0, 0, 0, 4.0, 0, 0]))
    >>> span = candidate_spans("他在太原工作", scores, top_k=1)[0]
    >>> (span.start, span.end)
    (2, 4)
    """
    words = words_of(text)
    if not words or not len(scores.starts):
        return []
    first, last = _borders(words, scores)
    pairs = _pairs(text)
    if not len(pairs):
        return []
    i, j = pairs[:, 0], pairs[:, 1]
    low, high = first[i], last[j]
    usable = (low >= 0) & (high >= low)
    i, j, low, high = i[usable], j[usable], low[usable], high[usable]
    if not len(i):
        return []
    exact = scores.starts[low] + scores.ends[high]
    mass = _log_mass(scores.starts, low, high) + _log_mass(scores.ends, low, high)
    blend = 0.5 * exact + 0.5 * mass - 0.15 * (j - i)
    spans: list[WordSpan] = []
    for k in np.argsort(-blend, kind="stable"):
        start, end = words[i[k]].start, words[j[k]].end
        if sum(s.start < end and start < s.end for s in spans) >= _CLUSTER:
            continue
        spans.append(WordSpan(start, end, int(i[k]), int(j[k]), float(exact[k]), float(mass[k])))
        if len(spans) >= top_k:
            break
    return spans


def _borders(
    words: tuple[Word, ...], scores: TokenScores
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each word its first and its last token; -1 for a word without tokens."""
    starts, ends = scores.offsets[:, 0], scores.offsets[:, 1]
    word_starts = np.array([w.start for w in words])
    word_ends = np.array([w.end for w in words])
    first = np.searchsorted(ends, word_starts, side="right")
    last = np.searchsorted(starts, word_ends, side="left") - 1
    empty = (first >= len(starts)) | (last < first)
    return np.where(empty, -1, first), np.where(empty, -1, last)


@lru_cache(maxsize=512)
def _pairs(text: str) -> npt.NDArray[np.int64]:
    """(first word, last word) of every admissible span (n, 2), in order; those of the last 512 texts are remembered."""
    words = words_of(text)
    opens = np.array(
        [_EDGE_PUNCTUATION.match(text, w.start) is None and not _is_stray(text, w) for w in words]
    )
    closes = np.array([_closes(text, w) for w in words])
    stop_before = np.array(_next_stop(text, words))
    inside = _quotation_of(text, words)
    starts, ends = np.array([w.start for w in words]), np.array([w.end for w in words])
    first = np.arange(len(words))[:, None]
    last = first + np.arange(_LONGEST_WORDS)
    within = last < np.minimum(len(words), stop_before)[:, None]
    last = np.minimum(last, len(words) - 1)
    short = (ends[last] - starts[:, None] <= _LONGEST_CHARS) | (last == first)
    same = (inside[first] < 0) | (inside[last] < 0) | (inside[first] == inside[last])
    usable = within & short & same & opens[:, None] & closes[last]
    rows, steps = np.nonzero(usable)
    pairs = np.stack((rows, last[rows, steps]), axis=1)
    pairs.flags.writeable = False
    return pairs


def _is_stray(text: str, word: Word) -> bool:
    """Whether no answer begins with the word: a mark that closes, a word that only leads up to an answer."""
    return _NEVER_FIRST.fullmatch(text, word.start, word.end) is not None


def _closes(text: str, word: Word) -> bool:
    surface = text[word.start : word.end]
    return surface in ("》", "”", ")") or (
        _EDGE_PUNCTUATION.match(surface[-1]) is None
        and surface not in ("《", "“", "(", "的", "了", "和", "与", "及", "〔")
    )


def _next_stop(text: str, words: tuple[Word, ...]) -> list[int]:
    """For each word the number of the first word at or after it that ends its sentence."""
    stops = [len(words)] * len(words)
    stop = len(words)
    for number in range(len(words) - 1, -1, -1):
        if _INNER_STOP.search(text, words[number].start, words[number].end) and words[number].tag != "fig":
            stop = number
        stops[number] = stop
    return stops


def _quotation_of(text: str, words: tuple[Word, ...]) -> npt.NDArray[np.int64]:
    """For each word the start of the quotation or bracket that holds it whole, marks excluded; -1 outside."""
    starts, ends = np.array([w.start for w in words]), np.array([w.end for w in words])
    held = np.full(len(words), -1, np.int64)
    for match in _QUOTED.finditer(text):
        held[(match.start() < starts) & (ends < match.end())] = match.start()
    return held


def _log_mass(
    values: npt.NDArray[np.float32], low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """log Σ exp(values[low … high]) for many ranges at once."""
    peak = float(values.max())
    total = np.concatenate(([0.0], np.cumsum(np.exp(values.astype(np.float64) - peak))))
    inside = np.maximum(total[high + 1] - total[low], 1e-30)
    logs: npt.NDArray[np.float64] = np.log(inside) + peak
    return logs
