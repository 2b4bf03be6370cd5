"""Latin letters read as pinyin: syllables of a word, and the Han characters each may stand for. Pure.

Tones are not looked at. The readings are pypinyin's, of the 6,763 characters of GB 2312; they are loaded at first use.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

__all__ = ["characters_of", "pinyin_syllables"]

_LONGEST_SYLLABLE = 6
_MOST_READINGS = 4
"""Of an ambiguous word (xian, fangan) only so many are looked at."""
_INTERJECTIONS = frozenset({"n", "ng", "m", "hm", "hng", "o", "lo", "yo"})
"""Syllables that no name is spelt with."""
_SHAPE = re.compile(r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?[aeiouv]{1,3}(?:ng?|r)?)+")
"""What pinyin looks like: most English words do not, and the table need not be loaded for them."""
_NOT_LETTERS = re.compile(r"['’ \-·]+")


@cache
def _characters_by_syllable() -> dict[str, str]:
    from pypinyin import Style, pinyin

    codes = bytes(byte for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF) for byte in (high, low))
    characters = list(codes.decode("gb2312", errors="ignore"))
    found: dict[str, list[str]] = {}
    read = pinyin(characters, style=Style.NORMAL, heteronym=True)
    for character, readings in zip(characters, read, strict=True):
        for reading in readings:
            for spelling in {reading, reading.replace("v", "u")} - _INTERJECTIONS:
                if spelling.isascii() and spelling.isalpha():
                    found.setdefault(spelling, []).append(character)
    return {syllable: "".join(characters) for syllable, characters in found.items()}


def characters_of(syllable: str) -> str:
    """Characters that may be read as a syllable, in the order of GB 2312 (common ones first); empty for no syllable.

    Examples
    --------
    >>> "同" in characters_of("tong"), characters_of("xyz")
    (True, '')
    """
    return _characters_by_syllable().get(syllable, "")


@lru_cache(maxsize=1024)
def pinyin_syllables(word: str) -> tuple[tuple[str, ...], ...]:
    """Ways to read a word, or a name of several words, as pinyin, that of the fewest syllables first; empty where it is none.

    Apostrophes and spaces are borders of syllables; ü may be written ü, v or u.

    Examples
    --------
    >>> pinyin_syllables("Datong"), pinyin_syllables("Xi'an"), pinyin_syllables("Forbes")
    ((('da', 'tong'),), (('xi', 'an'),), ())
    """
    plain = unicodedata.normalize("NFC", word.lower()).replace("ü", "v")
    plain = unicodedata.normalize("NFD", plain)
    parts = [
        part for part in _NOT_LETTERS.split("".join(c for c in plain if not unicodedata.combining(c))) if part
    ]
    if not parts or not all(len(part) < 40 and _SHAPE.fullmatch(part) for part in parts):
        return ()
    readings: list[tuple[str, ...]] = [()]
    for part in parts:
        ways = _ways(part)
        readings = [(*before, *way) for before in readings for way in ways][: 4 * _MOST_READINGS]
    return tuple(sorted(readings, key=len)[:_MOST_READINGS])


def _ways(letters: str) -> list[tuple[str, ...]]:
    """All ways to cut letters into syllables, by their beginnings; few, since a table of the places reached is kept."""
    known = _characters_by_syllable()
    reached: list[list[tuple[str, ...]]] = [[()], *([] for _ in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            if reached[start] and letters[start:end] in known:
                reached[end] += [(*way, letters[start:end]) for way in reached[start]]
        reached[end] = sorted(reached[end], key=len)[: 2 * _MOST_READINGS]
    return reached[-1]
