"""Character folding: width and script, composed forms, unseen characters. Knows nothing of words or lines. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources
from itertools import chain

import numpy as np

from index.offsets import OffsetMap

__all__ = ["BLANK", "CJK", "HAN", "fold_characters"]

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Han characters, as the inside of a regular expression's character class."""
CJK = HAN + "\u3001-\u3003\u3008-\u3020\u3040-\u30ff"
"""Characters that stand without spaces: Han, kana and CJK punctuation."""
BLANK = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Spaces of any width; tabs and line breaks are told apart from them."""

_LINE_BREAKS = "\x0b\x0c\x85\u2028\u2029"
_UNSEEN = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
)
_SURROGATES = range(0xD800, 0xE000)  # stand alone in damaged text only; no library below can encode them
_LAST_FOLDED = 0x30000  # no character from here on has a folded form
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_SKIN_TONES = "\U0001f3fb-\U0001f3ff"
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_HALF_WIDTH_VOICE_MARKS = "\uff9e\uff9f"
_HANGUL = r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\uac00-\ud7a3][\u11a8-\u11c2]"
_CIRCLED = "①-⑳㉑-㉟㊱-㊿㊀-㊉"
"""NFKC makes bare numerals of them, and ``①2024年`` would be the year 12024; they become ``(1)`` like ⑴."""
_KEPT = re.compile("[\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u00bc-\u00be\u2150-\u215f\u2189]")
"""Superscripts and fractions, kept for the same reason: ``10⁴`` is not 104. After a letter (``m²``) they are folded."""
_CLUSTER = 30
"""Marks on one character at most, as in Unicode's stream-safe text: putting more in order takes quadratic time."""


def fold_characters(text: str) -> tuple[str, OffsetMap]:
    """NFKC and traditional -> simplified, character by character, with the map back.

    A character with its combining marks, a composed emoji and a flag are one unit: all they become maps to all of them.

    Examples
    --------
    >>> fold_characters("轉化Ａ")[0]
    '转化A'
    """
    table, unusual = _tables()
    pieces: list[str] = []
    runs: list[tuple[int, int, int]] = []  # source start, source end, length when folded
    position = 0
    for match in unusual.finditer(text):
        start, end = match.span()
        pieces.append(text[position:start].translate(table))
        folded = _fold_run(match.group(), table)
        pieces.append(folded)
        runs.append((start, end, len(folded)))
        position = end
    pieces.append(text[position:].translate(table))
    return "".join(pieces), _offsets(runs, len(text))


def _offsets(runs: list[tuple[int, int, int]], source_length: int) -> OffsetMap:
    """Offset map of a text in which only ``runs`` changed their length."""
    if not runs:
        identity = np.arange(source_length + 1, dtype=np.int32)
        return OffsetMap(identity[:-1], identity[1:])
    run_starts, run_ends, run_lengths = np.array(runs, np.int32).T
    # plain text and runs take turns: plain, run, plain, run, …, plain
    begins = np.empty(2 * len(runs) + 1, np.int32)
    begins[0], begins[1::2], begins[2::2] = 0, run_starts, run_ends
    lengths = np.empty_like(begins)
    lengths[0::2] = np.append(run_starts, source_length) - begins[0::2]
    lengths[1::2] = run_lengths
    inside_run = np.repeat(np.arange(len(begins)) % 2 == 1, lengths)
    first = np.repeat(begins, lengths)
    steps = np.arange(len(first), dtype=np.int32) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    starts = np.where(inside_run, first, first + steps).astype(np.int32)
    finish = np.empty_like(begins)
    finish[0::2], finish[1::2] = 0, run_ends
    ends = np.where(inside_run, np.repeat(finish, lengths), starts + 1).astype(np.int32)
    return OffsetMap(starts, ends)


_CIRCLED_ONE = re.compile(f"[{_CIRCLED}]")
_UNSEEN_ONE = re.compile(f"[{_UNSEEN}]")


def _fold_run(run: str, table: dict[int, str]) -> str:
    if run[0] == "\r":
        return "\n"
    folded = unicodedata.normalize("NFKC", _UNSEEN_ONE.sub("", run)).translate(table)
    return f"({folded})" if _CIRCLED_ONE.match(run) else folded


@cache
def _tables() -> tuple[dict[int, str], re.Pattern[str]]:
    """Replacements of one character by one, and the pattern of the runs that need more than that."""
    simplified = _simplified()
    table: dict[int, str] = {}
    expanding: list[int] = []
    for code in range(0x80, _LAST_FOLDED):
        folded = unicodedata.normalize("NFKC", chr(code))
        if _KEPT.match(chr(code)):
            continue
        if len(folded) != 1:
            expanding.append(code)
        elif not "\u1100" <= folded <= "\u11ff":  # lone Hangul letters would join with their neighbours
            target = simplified.get(folded, folded)
            if ord(target) != code:
                table[code] = target
    table.update((ord(char), "\n") for char in _LINE_BREAKS)
    table.update((code, "\ufffd") for code in _SURROGATES)
    for char in re.findall(f"[{BLANK}]", "".join(map(chr, range(0x80, 0x3001)))):
        table[ord(char)] = " "
    marks = [
        c
        for c in chain(range(0x300, _LAST_FOLDED), range(0xE0100, 0xE01F0))
        if unicodedata.category(chr(c))[0] == "M"
    ]
    mark = f"[{_class(marks)}{_SKIN_TONES}{_HALF_WIDTH_VOICE_MARKS}]"
    unusual = (
        rf"[^\r\n](?:{mark}|\u200d[{_EMOJI}]){{1,{_CLUSTER}}}|[{_FLAG_LETTERS}]{{2}}|{_HANGUL}|\r\n?"
        rf"|[{_UNSEEN}]+|[{_class(expanding)}{_CIRCLED}]|(?<=[A-Za-z])[²³]"
    )
    return table, re.compile(unusual)


def _simplified() -> dict[str, str]:
    """Traditional -> simplified, one character to one, by OpenCC's table."""
    found: dict[str, str] = {}
    dictionary = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        traditional, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(traditional) == 1 and len(target) == 1:
            found[traditional] = target
    return found


def _class(codes: list[int]) -> str:
    """Code points as the inside of a regular expression's character class, neighbours as ranges."""
    ordered = np.unique(codes)
    ranges = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return "".join(f"\\U{r[0]:08x}-\\U{r[-1]:08x}" for r in ranges)
