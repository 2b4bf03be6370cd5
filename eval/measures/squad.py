"""Exact match and F1 by the rules of SQuAD (Rajpurkar et al., 2016, 2018), for languages with spaces between words.

Lower case, ASCII punctuation removed, the articles *a*, *an*, *the* removed, white space squeezed; F1 over the
multiset of words. Two empty texts match, an empty one matches nothing else (SQuAD 2). Chinese has no spaces: a clause
would be one word and F1 would collapse to exact match, so Chinese answers go to ``cmrc``.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

__all__ = ["squad_em", "squad_f1", "squad_words"]

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_words(text: str) -> list[str]:
    """Return the words that count: ``"The 2nd Army's"`` gives ``["2nd", "armys"]``."""
    return _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def squad_em(prediction: str, references: Sequence[str]) -> float:
    """Return 1.0 where the prediction's words equal a reference's, in order, else 0.0."""
    words = squad_words(prediction)
    return float(any(words == squad_words(reference) for reference in references))


def squad_f1(prediction: str, references: Sequence[str]) -> float:
    """Return the best word F1 over ``references``; 0.0 without references."""
    words = squad_words(prediction)
    return max((_f1(words, squad_words(reference)) for reference in references), default=0.0)


def _f1(predicted: Sequence[str], expected: Sequence[str]) -> float:
    if not predicted or not expected:
        return float(predicted == expected)
    common = (Counter(predicted) & Counter(expected)).total()
    if common == 0:
        return 0.0
    precision, recall = common / len(predicted), common / len(expected)
    return 2 * precision * recall / (precision + recall)
