"""Parallel lists in a sentence: ``2022年和2023年…分别为8.26亿美元、12.84亿美元``. Which figure belongs to which name? Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.enumerations import enumeration_items
from qa.words import words_of

__all__ = ["parallel_agreement"]

_BETWEEN = re.compile(r"\s*(?:、|和|与|及|以及|,)\s*")
_JOINT = re.compile(r"、|和|与|及|(?<=[”》])(?=[“《])")
_MARKS = str.maketrans("", "", "“”《》\"'")


def parallel_agreement(question: str, text: str, start: int, end: int, low: int, high: int) -> float:
    """1 where ``text[start:end]`` stands at the place, in a list of figures, that the thing asked about has in the list of
    names before it in the sentence ``text[low:high]``; -1 where it stands at another place; 0 where there are no such lists.

    Examples
    --------
    >>> text = "2022年和2023年,我省实际使用外资分别为8.26亿美元、12.84亿美元。"
    >>> parallel_agreement("2022年实际使用外资多少?", text, 23, 30, 0, len(text))
    1.0
    """
    for run in _figure_runs(text):
        places = [i for i, (a, b) in enumerate(run) if a <= start and end <= b + 1]
        if len(run) < 2 or not places or not low <= run[0][0] < high:
            continue
        named = _asked_place(question, text, run, low)
        if named is not None:
            return 1.0 if named == places[0] else -1.0
    return 0.0


def _asked_place(question: str, text: str, run: tuple[tuple[int, int], ...], low: int) -> int | None:
    """Place of the one item that the question names, in the nearest list of as many items before the run."""
    for labels in reversed(_label_lists(text, low, run[0][0])):
        if len(labels) != len(run):
            continue
        asked = [i for i, label in enumerate(labels) if label and label in question]
        if len(asked) == 1:
            return asked[0]
    return None


@lru_cache(maxsize=512)
def _figure_runs(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Runs of figures with nothing but separators between them."""
    runs: list[tuple[tuple[int, int], ...]] = []
    run: list[tuple[int, int]] = []
    for word in words_of(text):
        if word.tag != "fig":
            continue
        if run and not _BETWEEN.fullmatch(text, run[-1][1], word.start):
            runs.append(tuple(run))
            run = []
        run.append((word.start, word.end))
    runs.append(tuple(run))
    return tuple(r for r in runs if len(r) > 1)


@lru_cache(maxsize=512)
def _label_lists(text: str, low: int, high: int) -> tuple[tuple[str, ...], ...]:
    """Lists of names or years in ``text[low:high]``, marks removed, in order."""
    found = [
        tuple(text[a:b].translate(_MARKS) for a, b in run)
        for run in _figure_runs(text)
        if low <= run[0][0] and run[-1][1] <= high
    ]
    for joint in _JOINT.finditer(text, low, high):
        items = enumeration_items(text, max(low, joint.start() - 1), joint.start())
        if items and items[-1][1] <= high:
            labels = tuple(text[a:b].translate(_MARKS) for a, b in items)
            if labels not in found:
                found.append(labels)
    return tuple(found)
