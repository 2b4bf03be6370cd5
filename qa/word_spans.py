"""Candidate spans on word boundaries, weighed by a reader's token scores. Pure.

A reader that learnt from few questions finds the place better than the borders: it proposes 吉木 for 吉木乃边境经济合作区. So the
candidates here begin and end where words, figures and quotations do, and each carries two scores: the exact one of its own
borders, and the mass of all borders inside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from qa.span_widening import single_figures, whole_lists, whole_names
from qa.types import TokenScores
from qa.words import Word, words_of

__all__ = ["WordSpan", "candidate_spans"]

_QUOTED = re.compile(r"《[^《》\n]{1,80}》|“[^“”\n]{1,40}”|[(][^()\n]{1,30}[)]")
_INNER_STOP = re.compile(r"[。!?;\n\t|]|(?<!\d):")
_EDGE_PUNCTUATION = re.compile(r"[\s。,、;:!?)】〕」』”’·—…\-|*#]")
_NEVER_FIRST = re.compile(
    r"[)”》]|[的了和与及等达为是有共到在于从由对向把被将以并也还]|以及|达到|共计|累计|合计|总计|其中|分别"
)
_CAPITALISED = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][a-z][A-Za-z'’\-]*(?: [A-Z][a-z][A-Za-z'’\-]*)+(?![ ]?[A-Z0-9])"
)
_BEFORE_A_NAME = re.compile(
    r"(?:(?:An?|After|And|As|At|Because|Before|But|By|During|For|From|He|Her|His|How|If|In|Is|It|Its|No|Of|On|Or|Our|She|Since|So|That|The|Their|There|These"
    r"|They|This|Those|To|Under|Until|Was|We|What|When|Where|Which|While|Who|Whose|Why|With"
    r"|January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Mr|Mrs|Ms|Dr|Prof|Acting|Deputy|Former|Senior|Vice|President|Chairman|Chairwoman|Director|General|Minister|Mayor|Governor|Secretary|Professor|Doctor"
    r"|Manager|Chief|Officer|Engineer|Captain|Judge) )+"
)
_LONGEST_WORDS = 24
_LONGEST_CHARS = 60
_CLUSTER = 4  # overlapping spans kept around one place


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Words ``first … last`` as characters ``[start, end)``; ``exact``: score of its borders, ``mass``: of all inside it."""

    start: int
    end: int
    first: int
    last: int
    exact: float
    mass: float


def candidate_spans(
    text: str, scores: TokenScores, *, top_k: int, widened: bool = False, lists: bool = False
) -> list[WordSpan]:
    """Best ``top_k`` spans of whole words inside one sentence, best first; a few overlapping ones are kept around a
    place. ``widened`` adds the single figures inside them and the whole names that they cut, ``lists`` the whole enumerations of
    the text.

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
    taken = {(span.first, span.last) for span in spans}
    ranges = [(span.first, span.last) for span in spans]
    more = [*single_figures(words, ranges), *whole_names(text, words, ranges)] if widened else []
    more += whole_lists(text, words) if lists else []
    for left, right in dict.fromkeys(more):
        at = np.flatnonzero((i == left) & (j == right))
        if (left, right) not in taken and len(at):
            start, end = words[left].start, words[right].end
            spans.append(WordSpan(start, end, left, right, float(exact[at[0]]), float(mass[at[0]])))
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
    _keep_names_whole(text, words, opens, closes)
    stop_before = np.array(_next_stop(text, words))
    balance = _balance(text, words)
    starts, ends = np.array([w.start for w in words]), np.array([w.end for w in words])
    first = np.arange(len(words))[:, None]
    last = first + np.arange(_LONGEST_WORDS)
    within = last < np.minimum(len(words), stop_before)[:, None]
    last = np.minimum(last, len(words) - 1)
    short = (ends[last] - starts[:, None] <= _LONGEST_CHARS) | (last == first)
    same = balance[last + 1] == balance[first]
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


def _keep_names_whole(
    text: str, words: Sequence[Word], opens: npt.NDArray[np.bool_], closes: npt.NDArray[np.bool_]
) -> None:
    """Let no span begin or end inside a name of two words in Latin letters: Anna Nowak. Longer runs may be more than a name."""
    for found in _CAPITALISED.finditer(text):
        led = _BEFORE_A_NAME.match(text, found.start(), found.end())
        start = led.end() if led else found.start()
        if text.count(" ", start, found.end()) != 1:
            continue
        border = text.index(" ", start)
        for number, word in enumerate(words):
            if word.start == border + 1 and word.end == found.end():
                opens[number] = False
            if word.start == start and word.end == border:
                closes[number] = False


def _next_stop(text: str, words: tuple[Word, ...]) -> list[int]:
    """For each word the number of the first word at or after it that ends its sentence."""
    stops = [len(words)] * len(words)
    stop = len(words)
    for number in range(len(words) - 1, -1, -1):
        if _INNER_STOP.search(text, words[number].start, words[number].end) and words[number].tag != "fig":
            stop = number
        stops[number] = stop
    return stops


def _balance(text: str, words: tuple[Word, ...]) -> npt.NDArray[np.int64]:
    """For each word, and the end, a sum over the marks before it: equal at two places where no quotation or bracket between them
    has only one of its marks there (n + 1,)."""
    starts = np.array([w.start for w in words])
    sums = np.zeros(len(words) + 1, np.int64)
    numbers = np.random.default_rng(0)
    for match in _QUOTED.finditer(text):
        number = numbers.integers(1, 1 << 40)
        opener = int(np.searchsorted(starts, match.start(), side="right")) - 1
        closer = int(np.searchsorted(starts, match.end() - 1, side="right")) - 1
        sums[opener + 1] += number
        sums[closer + 1] -= number
    return np.cumsum(sums)


def _log_mass(
    values: npt.NDArray[np.float32], low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """log Σ exp(values[low … high]) for many ranges at once."""
    peak = float(values.max())
    total = np.concatenate(([0.0], np.cumsum(np.exp(values.astype(np.float64) - peak))))
    inside = np.maximum(total[high + 1] - total[low], 1e-30)
    logs: npt.NDArray[np.float64] = np.log(inside) + peak
    return logs
