"""Whether a span stands under another value of a kind than the question asks about: 第十批 for 第九批, 平鲁区 for 朔城区. Pure.

A value that is merely missing may be understood from the text above; another one of its kind in its place speaks against.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.bound_values import Bound, bound_values

__all__ = ["Around", "Conflict", "conflict"]


_PLACES = ("province", "city", "zone", *"县市区州镇乡村旗")
_NEARBY = 0.2
"""A sentence names many places without being about each: one that stands nearer speaks less against than another year."""
_OURS = {"province": re.compile("[我全本]省|省[委政]"), "city": re.compile("[我全本]市|市[委政]")}


@dataclass(frozen=True, slots=True)
class Conflict:
    """How the values that a question binds stand around a span, 0 … 1.

    ``rival``: another value of the kind governs the span in place of the asked one; ``absent``: share of the values that neither
    the passage nor the text above it names.
    """

    rival: float
    absent: float


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a passage: the values named above it, as (kind, value), and the folded text of its document."""

    above: frozenset[tuple[str, str]]
    lead: str
    """Text of the document right before the passage."""
    document: str

    def names(self, kind: str, value: str) -> bool:
        """Whether the document names a value anywhere."""
        if not value.isdecimal() or kind == "year":
            return value in self.document
        return any(form in self.document for form in _forms(kind, value))


@lru_cache(maxsize=512)
def _forms(kind: str, value: str) -> tuple[str, ...]:
    """Ways to write one of a series: 第10批, 第十批."""
    number = int(value)
    if kind == "month":
        return (f"{number}月",)
    forms = [f"第{number}{kind}", f"{number}{kind}"]
    if number < 100:
        digits = ("", *"一二三四五六七八九")
        tens, ones = divmod(number, 10)
        written = ("" if not tens else "十" if tens == 1 else digits[tens] + "十") + digits[ones]
        forms += [f"第{written}{kind}", f"{written}{kind}"]
    return (*forms, f"首{kind}") if number == 1 else tuple(forms)


def conflict(
    asked: Sequence[Bound], text: str, start: int, end: int, low: int, high: int, around: Around
) -> Conflict:
    """How the values of a question stand around the span ``text[start:end]`` of a sentence ``text[low:high]``."""
    if not asked:
        return Conflict(0.0, 0.0)
    values = [bound for bound in bound_values(text) if bound.end <= start or bound.start >= end]
    rivals: list[float] = []
    absent: list[float] = []
    for kind in dict.fromkeys(bound.kind for bound in asked):
        wanted = {bound.value for bound in asked if bound.kind == kind}
        same = [bound for bound in values if bound.kind == kind]
        ours = kind in _OURS and _OURS[kind].search(text) is not None
        for value in wanted:
            written = not value.isdecimal() and value in text[low:high]  # cut otherwise by the dictionary
            rival = _rival(kind, value, wanted, same, start, low, high, around, ours)
            rivals.append(min(rival, _NEARBY) if written else rival)
            known = (
                any(bound.value == value for bound in same)
                or (kind, value) in around.above
                or value in text
                or value in around.lead
            )
            absent.append(0.0 if known else 0.4 if around.names(kind, value) else 1.0)
    return Conflict(max(rivals), sum(absent) / len(absent))


def _rival(
    kind: str,
    value: str,
    wanted: set[str],
    same: Sequence[Bound],
    start: int,
    low: int,
    high: int,
    around: Around,
    ours: bool,
) -> float:
    """How surely another value than ``value`` holds at the span; ``same`` are the passage's values of the kind."""
    near = [bound for bound in same if low <= bound.start < high]
    others = [bound for bound in near if bound.value not in wanted and not bound.owned]
    before = [bound for bound in near if bound.start < start and not bound.owned]
    if any(bound.value == value for bound in near):
        governed = not before or before[-1].value in wanted or not others
        return 0.0 if governed else _NEARBY if kind in _PLACES else 0.4
    if others:
        return 0.4 if kind in _PLACES and (kind, value) in around.above else 1.0
    if near and not all(bound.owned for bound in near):
        return 0.1  # another value that is asked for as well: 福建 of 福建对口支援新疆
    earlier = [bound.value for bound in same if bound.start < low and not bound.owned]
    if earlier and earlier[-1] in wanted:
        return 0.0
    if any(bound.value == value for bound in same):
        return 0.3
    led = [bound.value for bound in bound_values(around.lead) if bound.kind == kind and not bound.owned]
    if not earlier and led and led[-1] in wanted:
        return 0.0
    earlier = earlier or led
    if value in led:
        return 0.4
    in_document = around.names(kind, value)
    if (kind, value) in around.above or (ours and in_document):
        return 0.2 if earlier else 0.0
    displaced = bool(earlier) or any(other == kind and name not in wanted for other, name in around.above)
    if not in_document:
        return 0.9 if displaced else 0.7
    return 0.6 if displaced else 0.3
