"""Character folding: width and script, composed forms, unseen characters. Knows nothing of words or lines. Pure."""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain

import numpy as np
import numpy.typing as npt

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
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_MARK_LIKE = "\U0001f3fb-\U0001f3ff\uff9e\uff9f\u1161-\u1175\u11a8-\u11c2"
"""Skin tones, half-width voice marks, Hangul vowels and finals: they join the character before, as marks do."""
_CIRCLED = "①-⑳㉑-㉟㊱-㊿㊀-㊉"
"""NFKC makes bare numerals of them, and ``①2024年`` would be the year 12024; they become ``(1)`` like ⑴."""
_KEPT = "\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u00bc-\u00be\u2150-\u215f\u2189"
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
    tables = _tables()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    plain = tables.translate(codes)
    pieces: list[str] = []
    runs: list[tuple[int, int, int]] = []  # source start, source end, length when folded
    position = 0
    for start in np.flatnonzero(tables.opening[codes]).tolist():
        if start < position:
            continue
        match = tables.unusual.match(text, start)
        if match is None:
            continue
        if match.lastgroup == "marks" and start > position and text[start - 1] not in "\r\n":
            start -= 1  # the character that carries the marks
        pieces.append(plain[position:start])
        position = match.end()
        folded = _fold_run(text[start:position], tables)
        pieces.append(folded)
        runs.append((start, position, len(folded)))
    pieces.append(plain[position:])
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


_LONE_HANGUL = re.compile("[\u3131-\u318e\uffa1-\uffdc]")
_CIRCLED_ONE = re.compile(f"[{_CIRCLED}]")
_UNSEEN_ONE = re.compile(f"[{_UNSEEN}]")


@dataclass(frozen=True, slots=True)
class _Tables:
    """``target``: what each code point becomes; ``opening``: whether it may open a run that ``unusual`` matches."""

    target: npt.NDArray[np.uint32]
    opening: npt.NDArray[np.bool_]
    unusual: re.Pattern[str]

    def translate(self, codes: npt.NDArray[np.uint32]) -> str:
        return self.target[codes].tobytes().decode("utf-32-le")


def _fold_run(run: str, tables: _Tables) -> str:
    if run[0] == "\r":
        return "\n"
    bare = _UNSEEN_ONE.sub("", run)
    lone = _LONE_HANGUL.match(
        bare
    )  # stays as it is beside marks too, else folding twice would not be folding once
    head, rest = (lone[0], bare[lone.end() :]) if lone else ("", bare)
    composed = head + unicodedata.normalize("NFKC", rest)
    folded = tables.translate(np.frombuffer(composed.encode("utf-32-le", "surrogatepass"), "<u4"))
    return f"({folded})" if _CIRCLED_ONE.match(run) else folded


@cache
def _tables() -> _Tables:
    simplified = _simplified()
    target = np.arange(sys.maxunicode + 1, dtype="<u4")
    expanding: list[int] = []
    for code in range(0x80, _LAST_FOLDED):
        folded = unicodedata.normalize("NFKC", chr(code))
        if len(folded) != 1:
            expanding.append(code)
        elif not "\u1100" <= folded <= "\u11ff":  # lone Hangul letters would join with their neighbours
            target[code] = ord(simplified.get(folded, folded))
    target[_SURROGATES.start : _SURROGATES.stop] = 0xFFFD
    target[_codes(_LINE_BREAKS)] = ord("\n")
    target[_codes(BLANK)] = ord(" ")
    kept = _codes(_KEPT)
    target[kept] = kept
    alone = [*sorted(set(expanding) - set(kept)), *_codes(_CIRCLED)]
    codes = chain(range(0x300, _LAST_FOLDED), range(0xE0100, 0xE01F0))
    marks = [c for c in codes if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")] + _codes(_MARK_LIKE)
    unusual = (
        rf"(?P<marks>(?:[{_class(marks)}]|\u200d[{_EMOJI}]){{1,{_CLUSTER}}})|[{_FLAG_LETTERS}]{{2}}|\r\n?"
        rf"|[{_UNSEEN}]+|[{_class(alone)}]|(?<=[A-Za-z])[²³]"
    )
    opening = np.zeros(len(target), bool)
    opening[[*marks, *alone, *_codes(f"{_FLAG_LETTERS}\r{_UNSEEN}²³")]] = True
    return _Tables(target, opening, re.compile(unusual))


def _codes(inside: str) -> list[int]:
    """Code points of a regular expression's character class without escapes."""
    found: list[int] = []
    for first, last in re.findall("(.)(?:-(.))?", inside, re.DOTALL):
        found.extend(range(ord(first), ord(last or first) + 1))
    return found


def _simplified() -> dict[str, str]:
    """Traditional -> simplified, one character to one, by OpenCC's table."""
    found: dict[str, str] = {}
    dictionary = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        traditional, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(traditional) == 1 and len(target) == 1:
            found[traditional] = target
    return {traditional: found.get(target, target) for traditional, target in found.items()}


def _class(codes: list[int]) -> str:
    """Code points as the inside of a regular expression's character class, neighbours as ranges."""
    ordered = np.unique(codes)
    ranges = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return "".join(f"\\U{r[0]:08x}-\\U{r[-1]:08x}" for r in ranges)
