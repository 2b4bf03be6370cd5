"""Recall, precision, F1 and count of a list answer.

What was found is cut into units: every span of the answer, folded (so that a page break inside a word is none), and
inside a span every part between enumeration marks (``、；`` and a comma that is not inside a number, brackets or a title).
A unit that is no item is cut once more at 和, 及, 与, 以及, *and*, or where item follows upon item (names with a space
between), but only where the parts are items: ``甲和乙`` may be one name. Units and items pair one to one, by
``same_item``. A unit that stands twice counts once: the answer shows it once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eval.measures.equality import bare, same_item
from index.normalize import fold

__all__ = ["ListScore", "list_score", "units"]

_OPEN, _CLOSE = "（(《“「『【〔[", "）)》”」』】〕]"
_SEPARATORS = "、；;，,\n"
_AND_SO_ON = re.compile(r"(?<=.)等$")
_CONJUNCTION = re.compile(r"以及|并且|[和及与與跟]|\band\b")


@dataclass(frozen=True, slots=True)
class ListScore:
    """How well a list was found; all values between 0 and 1."""

    recall: float
    """Share of the items that were found."""
    precision: float
    """Share of the units found that are items; 0 where nothing was found."""
    f1: float
    count: float
    """1.0 where as many units were found as there are items."""


def units(spans: Sequence[str]) -> list[str]:
    """Cut the spans of an answer at enumeration marks outside brackets, quotes and numbers.

    >>> units(["石油、煤炭", "《水，土》", "1,169 家"])
    ['石油', '煤炭', '《水,土》', '1,169家']
    """
    found: list[str] = []
    for span in map(fold, spans):
        depth, current = 0, ""
        for place, character in enumerate(span):
            depth += (character in _OPEN) - (character in _CLOSE and depth > 0)
            in_number = (
                character == "," and span[place - 1 : place].isdigit() and span[place + 1 :][:3].isdigit()
            )
            if depth == 0 and character in _SEPARATORS and not in_number:
                found.append(current)
                current = ""
            else:
                current += character
        found.append(current)
    distinct: dict[str, str] = {}
    for unit in (_AND_SO_ON.sub("", one.strip()) for one in found):
        distinct.setdefault(bare(unit), unit)
    return [unit for key, unit in distinct.items() if key]


def list_score(spans: Sequence[str], items: Sequence[str]) -> ListScore:
    """Score the answer's ``spans`` against the gold ``items``.

    Raises
    ------
    ValueError
        Where ``items`` is empty.
    """
    if not items:
        raise ValueError("a list question needs at least one gold item, got none")
    found = _split_conjunctions(units(spans), items)
    matched = _pairs(found, items)
    if len(set(spans)) > matched:  # items that hold an enumeration mark themselves
        whole = list({bare(span): span for span in spans if bare(span)}.values())
        if _pairs(whole, items) > matched:
            found, matched = whole, _pairs(whole, items)
    recall = matched / len(items)
    precision = matched / len(found) if found else 0.0
    f1 = 2 * precision * recall / (precision + recall) if matched else 0.0
    return ListScore(recall, precision, f1, float(len(found) == len(items)))


def _split_conjunctions(found: Sequence[str], items: Sequence[str]) -> list[str]:
    result: list[str] = []
    for unit in found:
        parts = [part for part in _CONJUNCTION.split(unit) if bare(part)]
        if any(bare(unit) == bare(item) for item in items):
            result.append(unit)
        elif run := _run_of_items(unit, items):
            result += run
        elif len(parts) > 1 and _pairs(parts, items) == len(parts):
            result += parts
        else:
            result.append(unit)
    return result


def _run_of_items(unit: str, items: Sequence[str]) -> list[str]:
    """The items that make up a unit without anything between them; none where something else is in it."""
    names = sorted(filter(None, map(bare, items)), key=len, reverse=True)
    pattern = "|".join(map(re.escape, names))
    text = bare(unit)
    return re.findall(pattern, text) if pattern and re.fullmatch(f"(?:{pattern}){{2,}}", text) else []


def _pairs(found: Sequence[str], items: Sequence[str]) -> int:
    """Size of the largest one-to-one pairing (augmenting paths; lists are short)."""
    partner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column, item in enumerate(items):
            if column in seen or not same_item(found[row], item):
                continue
            seen.add(column)
            if column not in partner or place(partner[column], seen):
                partner[column] = row
                return True
        return False

    return sum(place(row, set()) for row in range(len(found)))
