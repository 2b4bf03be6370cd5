"""Source text -> search text, with the way back to every source character.

Pure. Folds width and script (NFKC, traditional -> simplified), drops characters nobody sees, removes typographic spaces
around Han characters and joins lines that a page or a hard wrap broke in mid-sentence. It does not correct spelling,
change case or read layout beyond line breaks.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.line_joins import joins_next_line

__all__ = ["NORMALIZE_VERSION", "Normalized", "OffsetMap", "fold", "normalize"]

NORMALIZE_VERSION = 1
"""Raised whenever the search text of any input changes; saved in the index."""

IntArray = npt.NDArray[np.int32]

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
CJK = HAN + "\u3001-\u3003\u3008-\u3020\u3040-\u30ff"
"""Characters that stand without spaces: Han, kana and CJK punctuation."""
_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
_UNITS = "%‰°"
_BLANK = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SPACE_RUN = re.compile(f"[{_BLANK}\t\n]*[{_BLANK}\n][{_BLANK}\t\n]*")
_PAGE_NUMBER = re.compile(r"[-—–]\s*\d{1,4}\s*[-—–]|第\s?\d{1,4}\s?页")


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """For each search character, the half-open source range it came from: two int32 arrays of the search text's length."""

    starts: IntArray
    ends: IntArray

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Source range of the search range ``[start, end)``; an empty range gives an empty range."""
        if not 0 <= start <= end <= len(self.starts):
            raise ValueError(
                f"range [{start}, {end}) is not inside a search text of {len(self.starts)} characters"
            )
        if start == end:
            at = (
                int(self.starts[start])
                if start < len(self.starts)
                else int(self.ends[-1])
                if len(self.ends)
                else 0
            )
            return at, at
        return int(self.starts[start]), int(self.ends[end - 1])

    def to_search(self, start: int, end: int) -> tuple[int, int]:
        """Search range of all characters that come from inside the source range ``[start, end)``."""
        low = int(np.searchsorted(self.ends, start, side="right"))
        high = int(np.searchsorted(self.starts, end, side="left"))
        return low, max(low, high)

    def to_bytes(self) -> bytes:
        """Compact form: only the characters that do not simply follow the one before."""
        before = np.concatenate(([-1], self.starts[:-1])).astype(np.int32)
        odd = np.flatnonzero((self.starts != before + 1) | (self.ends != self.starts + 1))
        rows = np.stack((odd, self.starts[odd], self.ends[odd]), axis=1).astype("<i4")
        return len(self.starts).to_bytes(8, "little") + rows.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> OffsetMap:
        """Rebuild the map that ``to_bytes`` wrote."""
        size = int.from_bytes(data[:8], "little")
        rows = np.frombuffer(data[8:], "<i4").reshape(-1, 3)
        shift = np.zeros(size, np.int32)
        starts = np.arange(size, dtype=np.int32)
        if len(rows):
            odd = rows[:, 0]
            shift[odd] = np.diff(rows[:, 1] - odd, prepend=0)
            starts += np.cumsum(shift, dtype=np.int32)
        ends = starts + 1
        if len(rows):
            ends[rows[:, 0]] = rows[:, 2]
        return cls(starts, ends)


@dataclass(frozen=True, slots=True)
class Normalized:
    """Search text and its offset map."""

    text: str
    offsets: OffsetMap


@cache
def _tables() -> tuple[dict[int, str], re.Pattern[str]]:
    """One-to-one replacements, and the pattern of runs that need the slow path."""
    simplified: dict[str, str] = {}
    dictionary = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        traditional, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(traditional) == 1 and len(target) == 1:
            simplified[traditional] = target
    table: dict[int, str] = {}
    expanding: list[str] = []
    for code in range(0x80, 0x30000):
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char)
        if len(folded) == 1:
            target = simplified.get(folded, folded)
            if target != char:
                table[code] = target
        else:
            expanding.append(char)
    for char in f"{_BLANK[0]}\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000":
        table[ord(char)] = " "
    for char in "\x85\u2028\u2029":
        table[ord(char)] = "\n"
    marks = "".join(chr(c) for c in range(0x300, 0x30000) if unicodedata.combining(chr(c)))
    slow = (
        rf".[{_class(marks)}]+|[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+|\r\n?"
        rf"|[{_UNSEEN}{_CONTROL}]|[{_class(''.join(expanding))}]"
    )
    return table, re.compile(slow, re.DOTALL)


def _class(chars: str) -> str:
    """Characters as the inside of a regular expression's character class, neighbours as ranges."""
    codes = sorted({ord(c) for c in chars})
    parts: list[str] = []
    first = last = codes[0]
    for code in [*codes[1:], -1]:
        if code == last + 1:
            last = code
            continue
        parts.append(f"\\U{first:08x}-\\U{last:08x}")
        first = last = code
    return "".join(parts)


def fold(text: str) -> str:
    """Fold width and script of a short text (a question, a name); offsets are not kept."""
    return normalize(text).text


def normalize(text: str) -> Normalized:
    """Return the search text of ``text`` with its offset map.

    Examples
    --------
    >>> normalized = normalize("轉化煤炭 １２００ 万吨")
    >>> normalized.text
    '转化煤炭1200万吨'
    >>> normalized.offsets.to_source(4, 10)
    (5, 12)
    """
    folded, starts, ends = _fold_characters(text)
    edits = _space_edits(folded)
    if not edits:
        return Normalized(folded, OffsetMap(starts, ends))
    keep: list[str] = []
    keep_starts: list[IntArray] = []
    keep_ends: list[IntArray] = []
    position = 0
    for start, end, replacement in edits:
        keep.append(folded[position:start])
        keep_starts.append(starts[position:start])
        keep_ends.append(ends[position:start])
        if replacement:
            keep.append(replacement)
            keep_starts.append(starts[start : start + 1])
            keep_ends.append(ends[end - 1 : end])
        position = end
    keep.append(folded[position:])
    keep_starts.append(starts[position:])
    keep_ends.append(ends[position:])
    return Normalized("".join(keep), OffsetMap(np.concatenate(keep_starts), np.concatenate(keep_ends)))


def _fold_characters(text: str) -> tuple[str, IntArray, IntArray]:
    """Character-level folding: text, source starts, source ends."""
    table, slow = _tables()
    if text.isascii() and not slow.search(text):
        identity = np.arange(len(text) + 1, dtype=np.int32)
        return text, identity[:-1], identity[1:]
    pieces: list[str] = []
    starts: list[IntArray] = []
    ends: list[IntArray] = []
    position = 0

    def plain(start: int, end: int) -> None:
        if start < end:
            pieces.append(text[start:end].translate(table))
            offsets = np.arange(start, end + 1, dtype=np.int32)
            starts.append(offsets[:-1])
            ends.append(offsets[1:])

    for match in slow.finditer(text):
        plain(position, match.start())
        position = match.end()
        folded = _fold_run(match.group(), table)
        if folded:
            pieces.append(folded)
            starts.append(np.full(len(folded), match.start(), np.int32))
            ends.append(np.full(len(folded), match.end(), np.int32))
    plain(position, len(text))
    if not pieces:
        empty = np.empty(0, np.int32)
        return "", empty, empty
    return "".join(pieces), np.concatenate(starts), np.concatenate(ends)


def _fold_run(run: str, table: dict[int, str]) -> str:
    if run[0] == "\r":
        return "\n"
    visible = re.sub(f"[{_UNSEEN}{_CONTROL}]", "", run)
    return unicodedata.normalize("NFKC", visible).translate(table)


def _space_edits(text: str) -> list[tuple[int, int, str]]:
    """Replacements (start, end, replacement) of white space in the folded text, in order."""
    edits: list[tuple[int, int, str]] = []
    runs = [m.span() for m in _SPACE_RUN.finditer(text)]
    breaks = [span for span in runs if "\n" in text[span[0] : span[1]]]
    for start, end in runs:
        run = text[start:end]
        if start == 0 or end == len(text):
            edits.append((start, end, ""))
            continue
        replacement = "\n" if "\n" in run else _space_between(text[start - 1], text[end], run)
        if run != replacement:
            edits.append((start, end, replacement))
    return _join_lines(text, breaks, edits) if breaks else edits


def _space_between(left: str, right: str, run: str) -> str:
    if "\t" in run:
        return "\t"
    if left == "#":  # the space of a markdown heading
        return " "
    if len(run) <= 3 and (_is_cjk(left) or _is_cjk(right) or (left.isdigit() and right in _UNITS)):
        return ""
    return " "


_CJK_CHARACTER = re.compile(f"[{CJK}]")


def _is_cjk(char: str) -> bool:
    return _CJK_CHARACTER.match(char) is not None


def _join_lines(
    text: str, breaks: list[tuple[int, int]], edits: list[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    """Turn the line breaks that stand inside a sentence into nothing, or a space between Latin words."""
    by_start = {edit[0]: edit for edit in edits}
    borders = [(0, 0), *(b for b in breaks if b[0] > 0 and b[1] < len(text)), (len(text), len(text))]
    lines = [(before[1], after[0]) for before, after in pairwise(borders)]
    index = 0
    while index < len(lines) - 1:
        start, end = lines[index]
        following = index + 1
        skipped = following
        while skipped < len(lines) - 1 and _PAGE_NUMBER.fullmatch(text[slice(*lines[skipped])]):
            skipped += 1
        next_start, next_end = lines[skipped]
        line_start = max(start, end - 2000)
        if joins_next_line(text[line_start:end], text[next_start : min(next_end, next_start + 200)]):
            glue = (
                "" if _is_cjk(text[end - 1]) or _is_cjk(text[next_start]) or text[end - 1] in ",;:、" else " "
            )
            for inside in range(index, skipped):
                by_start.pop(lines[inside][1], None)
            for key in [k for k in _starts_between(edits, end, next_start) if k in by_start]:
                del by_start[key]
            by_start[end] = (end, next_start, glue)
        index = skipped if skipped > following else following
    return sorted(by_start.values())


def _starts_between(edits: list[tuple[int, int, str]], low: int, high: int) -> list[int]:
    """Starts of the edits inside ``[low, high)``; edits are in order."""
    first = bisect_right(edits, (low - 1, len(edits) + high, ""))
    found: list[int] = []
    for edit in edits[first:]:
        if edit[0] >= high:
            break
        found.append(edit[0])
    return found
