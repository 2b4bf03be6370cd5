"""One number with its scale, unit and range at a given place of a text. Pure; knows no dates and no words around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from qa.numerals import GROUPED, HAN_DIGITS, HAN_SCALES, parse_arabic, parse_han, scale_of
from qa.units import HAN_NUMERAL_UNIT, UNIT, canonical_unit

__all__ = ["Quantity", "match_quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """``text[start:end]``: a number or a range of numbers. ``value`` and ``high`` are in the canonical ``unit``.

    ``value`` is None where the words give no number (数十, 三四). ``bare`` marks a numeral that only context makes a
    number: a lone Chinese digit or scale without a measure word.
    """

    start: int
    end: int
    value: Decimal | None
    high: Decimal | None
    unit: str
    bare: bool = False
    plain: bool = False
    """Arabic digits only, without scale, point or separator."""


@dataclass(frozen=True, slots=True)
class _Numeral:
    end: int
    value: Decimal | None
    scaled: bool = False
    han: bool = False
    needs_unit: bool = False
    plain: bool = False
    scale: Decimal = Decimal(1)


_S = "[ \u00a0\u2009\u202f\u3000]{0,2}"
_SPACE = re.compile(_S)
_VAGUE = "(?:余(?![下额粮])|多(?![样维媒]|元化)|来(?=[个家人名吨元岁天年万]))"
_SCALE = (
    "(?:万亿|[百千十]?亿|[百千十]万|[百千]?[萬億]|万|百(?![分货姓度年强科])|千(?![克米瓦卡帕赫伏焦字兆周]))"
)
_AFTER_DIGITS = (
    rf"(?:(?P<vague>{_S}(?:{_VAGUE}|几))?{_S}(?P<scale>{_SCALE})(?P<more>(?:零?\d{{1,4}}{_SCALE}){{0,3}})"
    rf"|{_S}(?P<english>(?:hundred|thousand|million|billion|trillion|mn|bn)(?![A-Za-z])))?"
    rf"(?P<vague2>{_S}{_VAGUE})?"
)
_ARABIC = re.compile(rf"(?P<number>(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d++)(?:[.．]\d++)?){_AFTER_DIGITS}")
_GROUPED = re.compile(
    rf"(?<![第表图例式页条])(?<![第表图例式页条] )(?<![\d,.])(?P<number>{GROUPED}(?:[.．]\d++)?){_AFTER_DIGITS}"
)
_MORE = re.compile(rf"(?P<number>\d++)(?P<scale>{_SCALE})")
_HAN = re.compile(
    rf"(?P<run>(?P<unknown>[几数](?=[{HAN_SCALES}]))?[{HAN_DIGITS}{HAN_SCALES}]++)"
    rf"(?:点(?P<decimal>[{HAN_DIGITS}]++)(?![分刻半钟十])(?P<scale>[万亿]{{0,2}}))?"
    rf"(?:(?<=[{HAN_SCALES}])(?P<vague>几|{_VAGUE})(?P<scale2>[万亿]{{0,2}}))?"
)
_HALF = re.compile("(?<![上下前后])半(?=年|天(?!然)|个月|个?小时|个?钟头|个?世纪|岁)")
_HALF_MORE = re.compile(
    "(?<=[年天岁月时倍成])半(?![年月日天径岛途路数])|(?<=成)(?P<tenths>[一二三四五六七八九])(?![个家万])"
)
_ENGLISH_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12}
_RANGE = re.compile(rf"{_S}(?:[-–—~～〜－]{{1,2}}|至|到){_S}")


def match_quantity(text: str, position: int, *, ordinal: bool = False) -> Quantity | None:
    """The longest number, range and unit from ``position`` on; None where no number starts there.

    After 第 (``ordinal``) a Chinese numeral takes every unit: 第六师, where a lone 六师 would be no figure.
    """
    low = _numeral(text, position)
    if low is None:
        return None
    separator = _RANGE.match(text, low.end) if low.value is not None else None
    high = _numeral(text, separator.end()) if separator else None
    if high is not None and high.value is not None and high.han == low.han:
        ranged = _with_unit(text, position, low, high, ordinal)
        if ranged is not None:
            return ranged
    return _with_unit(text, position, low, None, ordinal)


def _numeral(text: str, position: int) -> _Numeral | None:
    if text[position : position + 1].isdecimal():
        return _arabic(text, position)
    return _han(text, position)


def _arabic(text: str, position: int) -> _Numeral | None:
    match = _GROUPED.match(text, position)
    if match is None or not _is_measured(text, match):
        match = _ARABIC.match(text, position)
    if match is None:
        return None
    scale = scale_of(match["scale"] or "")
    value = parse_arabic(match["number"]) * scale
    for more in _MORE.finditer(match["more"] or ""):
        value += parse_arabic(more["number"]) * scale_of(more["scale"])
    if match["english"]:
        scale = Decimal(10) ** _ENGLISH_SCALES[match["english"]]
        value *= scale
    scaled = bool(match["scale"] or match["english"] or match["vague2"])
    plain = not scaled and match["number"].isdecimal()
    return _Numeral(match.end(), value, scaled=scaled, plain=plain, scale=scale)


def _is_measured(text: str, match: re.Match[str]) -> bool:
    """Whether groups of digits are one number: a unit, a scale or a range follows, or a group begins with 0 as no number does.

    Others may be two numbers side by side.
    """
    if any(gap.isspace() and zero == "0" for gap, zero in pairwise(match["number"])):
        return True
    space = _SPACE.match(text, match.end())
    end = space.end() if space else match.end()
    separator = _RANGE.match(text, match.end())
    ranged = separator is not None and text[separator.end() : separator.end() + 1].isdecimal()
    return bool(match["scale"] or match["english"]) or UNIT.match(text, end) is not None or ranged


def _han(text: str, position: int) -> _Numeral | None:
    half = _HALF.match(text, position)
    if half is not None:
        return _Numeral(half.end(), Decimal("0.5"), han=True, needs_unit=True)
    match = _HAN.match(text, position)
    if match is None:
        return None
    run = match["run"]
    value = None if match["unknown"] else parse_han(run)
    if value is not None and match["decimal"]:
        value += Decimal("0." + "".join(str(parse_han(char)) for char in match["decimal"]))
    if match["vague"] == "几":
        value = None
    if value is not None:
        value *= scale_of((match["scale"] or "") + (match["scale2"] or ""))
    elif not (match["unknown"] or match["vague"] or _is_approximate(run)):
        return None
    coefficient = run.rstrip("万亿")
    lone = all(char in HAN_DIGITS for char in run) or run[0] in HAN_SCALES.replace("十", "") or run == "十"
    lone = lone and not match["vague"]
    return _Numeral(
        match.end(),
        value,
        scaled=any(char in HAN_SCALES for char in run),
        han=True,
        needs_unit=lone,
        scale=scale_of(run[len(coefficient) :]) if coefficient else Decimal(1),
    )


def _is_approximate(run: str) -> bool:
    """三四 (个), 七八: two neighbouring digits."""
    return len(run) == 2 and all(char in HAN_DIGITS for char in run)


def _with_unit(text: str, start: int, low: _Numeral, high: _Numeral | None, ordinal: bool) -> Quantity | None:
    last = high or low
    space = _SPACE.match(text, last.end)
    pattern = HAN_NUMERAL_UNIT if last.han and not ordinal else UNIT
    unit = pattern.match(text, space.end() if space else last.end)
    if unit is None and high is not None and not (low.plain and high.plain):
        return None
    end, name, factor, extra = last.end, "", Decimal(1), Decimal(0)
    if unit is not None:
        more = _HALF_MORE.match(text, unit.end())
        end = more.end() if more else unit.end()
        if more and more["tenths"]:
            extra = (parse_han(more["tenths"]) or 0) / Decimal(10)
        elif more or unit["unit"].startswith("个半"):
            extra = Decimal("0.5")
        name, factor = canonical_unit(unit["unit"])
        name += unit["rate"]
    value = low.value
    if high is not None and value is not None and high.value is not None and not low.scaled:
        shared = value * high.scale  # 20-30万: the scale belongs to both
        value = shared if shared <= high.value else value
    return Quantity(
        start,
        end,
        None if value is None else (value + extra) * factor,
        None if high is None or high.value is None else (high.value + extra) * factor,
        name,
        bare=unit is None and last.needs_unit,
        plain=last.plain and low.plain,
    )
