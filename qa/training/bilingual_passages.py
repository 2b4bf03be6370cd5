"""A sentence of a bilingual collection among its neighbours and a sentence that competes with it: a passage to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from qa.training.english_numbers import Figure, chinese_figures

__all__ = ["PassageMaker"]

_SHORTEST, _LONGEST = 100, 400  # characters
_IN_ORDER = frozenset(("par_law", "par_tico", "par_wmt", "par_pyzh", "par_djzh"))
"""Groups whose neighbouring pairs come from the same document."""
_REACH = 8
_TRIES = 12
_ENDS = "。!?;;.”"


class PassageMaker:
    """Passages from texts given as (group, Chinese text), in their order."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self._texts = texts
        self._groups: dict[str, list[int]] = defaultdict(list)
        self._figures: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, (group, text) in enumerate(texts):
            if 8 <= len(text) <= _LONGEST:
                self._groups[group].append(place)
                for kind in {figure.kind for figure in chinese_figures(text)}:
                    self._figures[group, kind].append(place)

    def passage(
        self, place: int, start: int, end: int, generator: np.random.Generator, *, with_sentence: bool = True
    ) -> tuple[str, int] | None:
        """Text of 100 to 400 characters and where ``texts[place][start:end]`` stands in it.

        Without its sentence the answer stands nowhere, and its place is -1. None where no such passage is found.
        """
        group, text = self._texts[place]
        answer = text[start:end]
        if len(text) > _LONGEST:
            text, start = _cut(text, start, end)
            if text.count(answer) > 1:
                return None
        wanted = int(generator.integers(_SHORTEST + 20, _LONGEST - 40))
        before, after = self._around(place, answer, wanted - len(text), generator)
        rival = self._rival(group, answer, chinese_figures(self._texts[place][1]), generator)
        if rival:
            (before if generator.random() < 0.5 else after).append(rival)
        if not with_sentence:
            parts = [_closed(part) for part in (*before, *after)]
            return (
                ("".join(parts)[:_LONGEST], -1) if parts and sum(map(len, parts)) >= _SHORTEST // 2 else None
            )
        head = "".join(_closed(part) for part in before)
        whole = head + _closed(text) + "".join(_closed(part) for part in after)
        return (whole, len(head) + start) if len(whole) >= _SHORTEST // 2 else None

    def _around(
        self, place: int, answer: str, room: int, generator: np.random.Generator
    ) -> tuple[list[str], list[str]]:
        """Neighbours of the same document, or other texts of the group, that do not hold the answer."""
        group = self._texts[place][0]
        before: list[str] = []
        after: list[str] = []
        for step in range(1, _REACH + 1):
            for direction in (-1, 1):
                if room <= 20:
                    return before, after
                text = self._neighbour(place + direction * step, group, generator)
                if len(text) <= room + 40 and answer not in text and text not in (*before, *after):
                    (before if direction < 0 else after).insert(0 if direction < 0 else len(after), text)
                    room -= len(text)
        return before, after

    def _neighbour(self, place: int, group: str, generator: np.random.Generator) -> str:
        if group not in _IN_ORDER:
            rows = self._groups[group]
            return self._texts[rows[int(generator.integers(len(rows)))]][1] if rows else ""
        inside = 0 <= place < len(self._texts) and self._texts[place][0] == group
        return self._texts[place][1] if inside else ""

    def _rival(
        self, group: str, answer: str, figures: Sequence[Figure], generator: np.random.Generator
    ) -> str | None:
        """A text of the group with another number of the same kind."""
        kinds = {figure.kind for figure in figures}
        for _ in range(_TRIES):
            rows = self._figures[group, min(kinds)] if kinds else self._groups[group]
            if not rows:
                return None
            text = self._texts[rows[int(generator.integers(len(rows)))]][1]
            if len(text) <= 120 and answer not in text:
                return text
        return None


def _closed(text: str) -> str:
    return text if text[-1:] in _ENDS else text + "。"


def _cut(text: str, start: int, end: int) -> tuple[str, int]:
    """A part of a long text around the answer that begins and ends with a sentence where it can."""
    low = max(0, start - _LONGEST // 2)
    high = min(len(text), low + _LONGEST)
    first = max((text.find(mark, low, start) for mark in "。;"), default=-1)
    low = first + 1 if low and first >= 0 else low
    last = max(text.rfind(mark, end, high) for mark in "。;")
    high = last + 1 if last > 0 and high < len(text) else high
    return text[low:high], start - low
