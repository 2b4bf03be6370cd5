"""Automatic list numbers of a Word file: ``一、``, ``（二）``, ``1.``. They stand in no paragraph's text, Word counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Numbering", "format_number"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_HAN_DIGITS = "〇一二三四五六七八九"
_HAN_UNITS = ("", "十", "百", "千")
_LEGAL_DIGITS = str.maketrans("〇一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_HAN_COUNTING = re.compile(r"(?:chinese|taiwanese|japanese|korean)Counting(?:Thousand)?")
_SERIES = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
}
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def format_number(number: int, style: str) -> str:
    """Return ``number`` in one of Word's number styles; the plain number in a style not known here.

    Examples
    --------
    >>> format_number(12, "chineseCounting"), format_number(4, "lowerRoman")
    ('十二', 'iv')
    """
    if _HAN_COUNTING.fullmatch(style) and 0 <= number < 10_000:
        return _in_han(number)
    if style == "chineseLegalSimplified" and 0 <= number < 10_000:
        return _in_han(number, short=False).translate(_LEGAL_DIGITS)
    if style == "ideographDigital":
        return "".join(_HAN_DIGITS[int(digit)] for digit in str(number))
    if style in _SERIES and 1 <= number <= len(_SERIES[style]):
        return _SERIES[style][number - 1]
    if style in ("lowerLetter", "upperLetter") and number >= 1:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman") and 1 <= number < 5000:
        roman = ""
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            roman += sign * count
        return roman if style == "lowerRoman" else roman.upper()
    if style == "decimalZero":
        return f"{number:02d}"
    return str(number)


def _in_han(number: int, *, short: bool = True) -> str:
    """Chinese numeral of 0-9999; ``short``: 十二 and not 一十二."""
    digits = str(number)
    text = ""
    for position, digit in enumerate(digits):
        unit = _HAN_UNITS[len(digits) - 1 - position]
        if digit != "0":
            text += _HAN_DIGITS[int(digit)] + unit
        elif not text.endswith("〇"):
            text += "〇"
    text = text.rstrip("〇") or "〇"
    return text[1:] if short and text.startswith("一十") else text


@dataclass(slots=True)
class _Level:
    style: str
    pattern: str
    """``%1.%2``: ``%n`` is the number of level n, counted from 1."""
    start: int
    decimal_only: bool


@dataclass(slots=True)
class _List:
    """A definition (``levels``) and its running numbers, shared by all lists that use the definition."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs of one document, in order.

    ``root`` is the ``w:numbering`` element, None for a document without lists.
    """

    def __init__(self, root: Any | None) -> None:
        self._lists: dict[str, _List] = {}
        self._starts: dict[str, dict[int, int]] = {}
        definitions: dict[str, _List] = {}
        if root is None:
            return
        for element in root.findall(f"{W}abstractNum"):
            levels = {int(lvl.get(f"{W}ilvl")): _read_level(lvl) for lvl in element.findall(f"{W}lvl")}
            definitions[element.get(f"{W}abstractNumId")] = _List(levels)
        for element in root.findall(f"{W}num"):
            number_id = element.get(f"{W}numId")
            definition = definitions.get(_value(element, "abstractNumId"))
            if definition is None:
                continue
            self._lists[number_id] = definition
            self._starts[number_id] = {
                int(override.get(f"{W}ilvl")): int(_value(override, "startOverride"))
                for override in element.findall(f"{W}lvlOverride")
                if _value(override, "startOverride").isdecimal()
            }

    def label(self, number_id: str, level: int) -> str:
        """Return the label of the next paragraph of a list: ``（二）``, ``1. ``, ``- `` for a bullet, or nothing."""
        numbered = self._lists.get(number_id)
        if numbered is None or level not in numbered.levels:
            return ""
        counts = numbered.counts
        restart = self._starts[number_id].pop(level, None)
        start = numbered.levels[level].start if restart is None else restart
        counts[level] = start if restart is not None or level not in counts else counts[level] + 1
        for deeper in range(level + 1, _LEVELS):
            counts.pop(deeper, None)
        shown = numbered.levels[level]
        if shown.style == "bullet":
            return "- "

        def number_of(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            other = numbered.levels.get(index)
            if other is None:
                return ""
            style = "decimal" if shown.decimal_only else other.style
            return format_number(counts.get(index, other.start), style)

        text = re.sub(r"%([1-9])", number_of, shown.pattern) if shown.style != "none" else ""
        return text + " " if text and text[-1].isascii() else text


def _read_level(element: Any) -> _Level:
    start = _value(element, "start")
    return _Level(
        style=_value(element, "numFmt") or "decimal",
        pattern=_value(element, "lvlText"),
        start=int(start) if start.isdecimal() else 1,
        decimal_only=element.find(f"{W}isLgl") is not None,
    )


def _value(element: Any, name: str) -> str:
    """``w:val`` of a child, empty if there is none."""
    child = element.find(f"{W}{name}")
    return "" if child is None else child.get(f"{W}val") or ""
