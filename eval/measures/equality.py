"""Are two answers the same to a reader? The strict, one-to-one comparison behind ``correct`` and the list measures.

Two texts are the same when they are equal once width, script, case, spaces and marks are folded away, or when one only
extends the other a little (``晋中开发区`` / ``山西晋中开发区``): all segments of the shorter stand together in the longer,
F1 is above ``MIN_F1`` (``MIN_F1_LONG`` for an answer that holds the whole of a long reference), and what the longer
adds is neither a number nor a negation (``合格`` is not ``不合格``, ``第六师`` is not ``第五师``, ``105团`` is not ``1105团``).
Words that only tie a span to its sentence (由于 …, … 时) and a foreign name in brackets after a name do not count.

An item of a list may also carry a few words before it, for they only narrow it down (``新疆喀什`` for ``喀什``); words
after it change what it is (``石油化工`` is not ``石油``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from eval.measures.cmrc import longest_common_run, segments
from index.normalize import fold

__all__ = ["MIN_F1", "MIN_F1_LONG", "bare", "same_answer", "same_item"]

MIN_F1 = 0.8
MIN_F1_LONG = 0.7
LONG = 14
"""Segments from which on a reference is a statement, not a name."""
NAME = 4
"""Segments from which on a reference is a name that a title may precede: F1 may then be ``MIN_F1`` itself."""
MAX_LEAD = 4
"""Characters that may stand before an item of a list."""

_CHANGES_MEANING = re.compile(
    r"[\d不未无無非没沒勿否零〇一二三四五六七八九十百千万亿两]|\b(?:not|no|non|never)\b|n't"
)


_NUMBER = re.compile(r"-?\d[\d.:/%‰-]*")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b(?=\s)", re.IGNORECASE)
_GLOSS = re.compile(r"(?<=[一-鿿])\s*\([^()一-鿿]*\)$")
_LEAD = re.compile(r"^(?:由于|因为|通过|来自|位于|仍然|达到|因|由|是|为|于|在|约|仍|以|从|自|至|到|达)")
_TAIL = re.compile(r"(?<=..)[时等的起里了]$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DASH_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[-–—−~]+\s*(?=\d)")
_MEANINGFUL_MARK = re.compile(r"[%‰/]|(?<=\w)-(?=\w)|(?<!\w)-(?=\d)|(?<=\d)[.:](?=\d)")


def bare(text: str) -> str:
    """Return ``text`` folded, in lower case, without spaces and marks; signs that carry a value stay.

    >>> bare("《八篇書》"), bare("－5.2 ％"), bare("1,200 万吨。")
    ('八篇书', '-5.2%', '1200万吨')
    """
    folded = _DASH_BETWEEN_DIGITS.sub("-", _THOUSANDS.sub("", fold(text).lower()))
    meaningful = {match.start() for match in _MEANINGFUL_MARK.finditer(folded)}
    return "".join(
        character
        for place, character in enumerate(folded)
        if place in meaningful or unicodedata.category(character)[0] not in "PZC"
    )


def same_answer(prediction: str, reference: str) -> bool:
    """Return whether the two texts give the same answer; an empty text is the same as nothing."""
    one, other = bare(prediction), bare(reference)
    if not one or not other:
        return False
    if one == other:
        return True
    if _core(prediction) == _core(reference):
        return True
    if _NUMBER.findall(one) != _NUMBER.findall(other):
        return False
    predicted, expected = (_content(segments(fold(text))) for text in (prediction, reference))
    stated = len(predicted) > len(expected) >= LONG
    if _extends(predicted, expected, MIN_F1_LONG if stated else MIN_F1):
        return True
    narrowed = len(expected) >= NAME and predicted[-len(expected) :] == expected
    return narrowed and _extends(predicted, expected, MIN_F1 - 0.01)


def same_item(unit: str, item: str) -> bool:
    """Return whether a unit of a list answer is the item, perhaps with a few words before it."""
    if same_answer(unit, item):
        return True
    found, wanted = bare(unit), bare(item)
    lead = found.removesuffix(wanted)
    return (
        len(wanted) > 1 and 0 < len(lead) <= MAX_LEAD and lead != found and not _CHANGES_MEANING.search(lead)
    )


def _core(text: str) -> str:
    """``bare`` without articles, a foreign gloss at the end, and the small words at the borders of a clause."""
    folded = fold(text)
    for pattern in (_ARTICLE, _GLOSS, _LEAD, _TAIL):
        folded = pattern.sub(" ", folded) if bare(pattern.sub(" ", folded)) else folded
    return bare(folded)


def _extends(first: Sequence[str], second: Sequence[str], least: float) -> bool:
    shorter, longer = sorted((first, second), key=len)
    if not shorter or longest_common_run(shorter, longer) < len(shorter):
        return False
    f1 = 2 * len(shorter) / (len(shorter) + len(longer))
    return f1 > least and not any(_CHANGES_MEANING.search(added) for added in _added(shorter, longer))


def _content(found: Sequence[str]) -> list[str]:
    return [segment for segment in found if bare(segment)]


def _added(shorter: Sequence[str], longer: Sequence[str]) -> list[str]:
    width = len(shorter)
    for start in range(len(longer) - width + 1):
        if list(longer[start : start + width]) == list(shorter):
            return [*longer[:start], *longer[start + width :]]
    return list(longer)
