"""Dates and times of day at a given place of a text, Chinese, ISO and English. Pure; no calendar arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.numerals import HAN_DIGITS, parse_arabic, parse_han

__all__ = ["Moment", "match_moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A year, a date or a time of day: ``text[start:end]``.

    ``form`` is ISO-like, with ``--`` for a year not said and ``---`` for year and month not said: ``2025-06-20``,
    ``--06-20``, ``---20``, ``10:30``. ``parts`` are the half-open ranges that may stand alone: year, month, day.
    """

    start: int
    end: int
    kind: Literal["year", "date", "time"]
    form: str
    parts: tuple[tuple[int, int], ...]


_S = "[ \u00a0\u3000]{0,2}"
_SMALL = "(?:\\d{1,2}(?!\\d)|[一二三四五六七八九十]{1,3})"
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MONTH = "(?P<name>" + "|".join(f"{name[:3]}(?:{name[3:]}|t?\\b\\.?)" for name in _MONTH_NAMES) + ")(?![a-z])"

_CHINESE = re.compile(
    rf"(?P<year>[12１２]\d{{3}}|\d{{2}}(?={_S}年{_S}\d{{1,2}}{_S}月)|[一二][{HAN_DIGITS}]{{3}}){_S}年(?!代|期|级)"
    rf"(?:{_S}(?P<month>{_SMALL}){_S}月份?(?:{_S}(?P<day>{_SMALL}){_S}[日号])?)?"
    rf"|(?P<month2>{_SMALL}){_S}月(?![球饼季光亮均薪])份?(?:{_S}(?P<day2>{_SMALL}){_S}[日号])?"
    rf"|(?P<day3>{_SMALL}){_S}日(?![本常益均军语照元])"
)
_ISO = re.compile(
    r"(?P<year>[12１２]\d{3})(?P<separator>[-/.])(?P<month>\d{1,2})(?:(?P=separator)(?P<day>\d{1,2}))?(?!\d)"
)
_ENGLISH_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH}(?:,? (?P<year>[12１２]\d{{3}})(?!\d))?"
)
_ENGLISH_AFTER_MONTH = re.compile(
    r"(?:(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th)?(?:,? (?P<year>[12１２]\d{3})(?!\d))?|(?P<only>[12１２]\d{3})(?!\d))"
)
_MONTH_BEFORE = re.compile(rf"(?<![A-Za-z]){_MONTH} \Z")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})[:：](?P<minute>[0-5]\d)(?:[:：][0-5]\d)?(?![\d:：])"
    rf"|(?P<hour2>{_SMALL}){_S}[时点](?:{_S}(?P<minute2>{_SMALL}){_S}分(?![别布之])|(?P<half>半)|整(?![改治理合体顿])|钟|许)"
)
_HOUR = re.compile(
    rf"(?P<hour>{_SMALL}){_S}(?:时(?![代期候速间段隔空值尚装令任常而效针差长])|点(?![击评缀赞燃]))"
)
_DAY_PART = re.compile(rf"(?:上午|下午|中午|凌晨|清晨|早晨|早上|晚上|傍晚|夜间|当晚|早|晚){_S}\Z")


def match_moment(text: str, position: int, limit: int) -> Moment | None:
    """The moment whose first numeral stands at ``position``; words before it are taken from ``limit`` on."""
    return (
        _chinese(text, position)
        or _iso(text, position)
        or _english(text, position, limit)
        or _clock(text, position, limit)
    )


def _number(text: str | None) -> int | None:
    if not text:
        return None
    value = parse_arabic(text) if text.isdecimal() else parse_han(text)
    return None if value is None else int(value)


def _form(year: str | None, month: int | None, day: int | None) -> str | None:
    """ISO-like form; None where there is no such month or day."""
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    if day is not None and month is None:
        return f"---{day:02}"
    form = year or "-"
    for number in (month, day):
        form += "" if number is None else f"-{number:02}"
    return form


def _chinese(text: str, position: int) -> Moment | None:
    match = _CHINESE.match(text, position)
    if match is None:
        return None
    names = [name for name in ("year", "month", "day", "month2", "day2", "day3") if match[name]]
    year = _number(match["year"])
    form = _form(
        None if year is None else str(year),
        _number(match["month"] or match["month2"]),
        _number(match["day"] or match["day2"] or match["day3"]),
    )
    if form is None or (match["year"] and year is None):
        return None
    starts = [match.start(name) for name in names]
    ends = [*(_before_space(text, start) for start in starts[1:]), match.end()]
    kind: Literal["year", "date"] = "year" if names == ["year"] else "date"
    return Moment(position, match.end(), kind, form, tuple(zip(starts, ends, strict=True)))


def _before_space(text: str, position: int) -> int:
    while text[position - 1] in " \u00a0\u3000":
        position -= 1
    return position


def _iso(text: str, position: int) -> Moment | None:
    match = _ISO.match(text, position)
    if match is None:
        return None
    if match["day"] is None and (match["separator"] == "." or len(match["month"]) < 2):
        return None  # a decimal, or a range of numbers
    if (
        text[match.end() : match.end() + 1] == match["separator"]
        and text[match.end() + 1 : match.end() + 2].isdecimal()
    ):
        return None
    form = _form(str(int(match["year"])), int(match["month"]), _number(match["day"]))
    return None if form is None else Moment(position, match.end(), "date", form, ((position, match.end()),))


def _english(text: str, position: int, limit: int) -> Moment | None:
    match = _ENGLISH_DAY_FIRST.match(text, position)
    before = None
    if match is None:
        low = max(limit, position - 11)
        before = _MONTH_BEFORE.search(text[low:position])
        match = _ENGLISH_AFTER_MONTH.match(text, position) if before else None
        if match is None or before is None:
            return None
        start, name = low + before.start(), before["name"]
    else:
        start, name = position, match["name"]
    month = next(number for number, full in enumerate(_MONTH_NAMES, 1) if full[:3] == name[:3])
    year = match["year"] or (match["only"] if before else None)
    form = _form(year, month, _number(match["day"]))
    return None if form is None else Moment(start, match.end(), "date", form, ((start, match.end()),))


def _clock(text: str, position: int, limit: int) -> Moment | None:
    low = max(limit, position - 4)
    before = _DAY_PART.search(text[low:position])
    start = low + before.start() if before else position
    match = _CLOCK.match(text, position)
    if match is not None:
        hour = _number(match["hour"] or match["hour2"])
        minute = _number(match["minute"] or match["minute2"]) or (30 if match["half"] else 0)
    else:
        match = _HOUR.match(text, position)
        if match is None or (before is None and text[match.end() - 1] == "点"):
            return None  # 三点建议
        hour, minute = _number(match["hour"]), 0
    if hour is None or hour > 24 or minute > 59:
        return None
    return Moment(start, match.end(), "time", f"{hour:02}:{minute:02}", ((start, match.end()),))
