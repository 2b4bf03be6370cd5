"""Exact match and F1 by the rules of CMRC 2018 (Cui et al., 2019), for answers written in Chinese.

The rules, pinned to the published script's behaviour:

- Text is lower-cased and stripped; the marks in ``PUNCTUATION`` are removed. That set is the script's own: it holds
  most full-width marks and ``- : _ * ^ / \\ ~ ` + =`` but neither ``,`` ``.`` ``(`` ``%`` nor ``‘``, and no ``…``
  (the script lists ``……``, which no single character equals).
- Exact match compares what is left, inner spaces included.
- F1 counts *segments*: each character U+4E00–U+9FA5 is one; every other run is cut into words and marks as the
  Treebank tokenizer does (here: straight quotes stay quotes, *cannot* stays one word). A removed mark does not end
  a run: ``3-4`` is the one segment ``34``.
- The overlap is the longest common *contiguous* run of segments, so word order and gaps count.
- The best value over the references counts.

What this module does not do: simplify, fold widths or compare figures. ``correct`` and ``figures`` do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["PUNCTUATION", "cmrc_em", "cmrc_f1", "longest_common_run", "segments", "strip_punctuation"]

PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")

_HAN = re.compile(r"[一-龥]")

_WORD = re.compile(
    r"""
    \.\.\.                              # an ellipsis stays whole
    | [;@#$%&?!\[\](){}<>"«»“”„–—]      # marks that are always cut off
    | --
    | [:,](?!\d)                        # 1,169 and 10:30 stay whole
    | (?: (?!\.\.\.) (?![:,](?!\d)) (?!--) [^\s;@#$%&?!\[\](){}<>"«»“”„–—] )+
    """,
    re.VERBOSE,
)
_CONTRACTION = re.compile(r"(?<=.)(n't|'(?:s|m|d|ll|re|ve)?)$")


def _words(run: str) -> list[str]:
    """Cut a run without Han characters into words and marks."""
    words: list[str] = []
    for word in _WORD.findall(run):
        contraction = _CONTRACTION.search(word)
        if contraction:
            words += [word[: contraction.start()], contraction.group()]
        else:
            words.append(word)
    if words and len(words[-1]) > 1 and words[-1].endswith(".") and words[-1] != "...":
        words[-1:] = [words[-1][:-1], "."]  # only a full stop that ends the run is cut off
    return words


def segments(text: str, *, remove_punctuation: bool = True) -> list[str]:
    """Return the mixed segmentation of ``text``: Han characters singly, other runs by words.

    >>> segments("2024年，GDP增长5.2%")
    ['2024', '年', 'gdp', '增', '长', '5.2', '%']
    """
    found: list[str] = []
    run = ""
    for character in text.lower().strip():
        is_mark = character in PUNCTUATION
        if is_mark and remove_punctuation:
            continue
        if is_mark or _HAN.match(character):
            found += [*_words(run), character]
            run = ""
        else:
            run += character
    return found + _words(run)


def strip_punctuation(text: str) -> str:
    """Return ``text`` in lower case, stripped, without the marks in ``PUNCTUATION``."""
    return "".join(c for c in text.lower().strip() if c not in PUNCTUATION)


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest contiguous run that both sequences hold."""
    longest = 0
    previous = [0] * (len(second) + 1)
    for one in first:
        current = [0] * (len(second) + 1)
        for column, other in enumerate(second, start=1):
            if one == other:
                current[column] = previous[column - 1] + 1
                longest = max(longest, current[column])
        previous = current
    return longest


def cmrc_em(prediction: str, references: Sequence[str]) -> float:
    """Return 1.0 where the prediction equals a reference once punctuation is removed, else 0.0."""
    stripped = strip_punctuation(prediction)
    return float(any(stripped == strip_punctuation(reference) for reference in references))


def cmrc_f1(prediction: str, references: Sequence[str]) -> float:
    """Return the best F1 over ``references``, by longest common run of segments; 0.0 without references."""
    predicted = segments(prediction)
    return max((_f1(predicted, segments(reference)) for reference in references), default=0.0)


def _f1(predicted: Sequence[str], expected: Sequence[str]) -> float:
    common = longest_common_run(expected, predicted)
    if common == 0:
        return 0.0
    precision, recall = common / len(predicted), common / len(expected)
    return 2 * precision * recall / (precision + recall)
