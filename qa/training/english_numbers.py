"""Numbers and dates that stand in an English sentence and in its Chinese translation. Pure; builds no questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qa.numerals import HAN_DIGITS, HAN_SCALES, parse_arabic, parse_han, scale_of
from qa.units import UNIT

__all__ = ["MONTHS", "Figure", "chinese_figures", "english_figures", "shared_figures"]

Kind = Literal["count", "money", "percent", "year", "date"]

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: value for value, word in enumerate(_ONES.split())}
_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
_NUMBER_WORD = "|".join(sorted((*_WORDS, *_SCALES), key=len, reverse=True))
_MONEY = r"(?:NT\$|US\$|HK\$|A\$|\$|£|€|¥|RMB|USD|NTD)"

_ENGLISH_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b|(?P<month2>{_MONTH})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b)"
    r"(?:,?\s+(?P<year>(?:1[5-9]|20)\d\d)\b)?",
    re.IGNORECASE,
)
_ENGLISH_YEAR = re.compile(
    rf"\b(?:in|since|by|from|until|during|of|early|late)\s+(?P<year>(?:1[5-9]|20)\d\d)\b(?!\s*(?:{_NUMBER_WORD}|%|[a-z]+s\b))",
    re.IGNORECASE,
)
_ENGLISH_DIGITS = re.compile(
    rf"(?P<money>{_MONEY}\s?)?(?<![\w.,/-])(?P<number>\d{{1,3}}(?:,\s?\d{{3}})+|\d+)(?P<part>\.\d+)?"
    r"(?:[\s-](?P<scale>hundred|thousand|million|billion|trillion)\b)?(?P<percent>\s?%|\s?per\s?cent\b|\s?percentage)?(?![\w/]|[.,-]\d)",
    re.IGNORECASE,
)
_ENGLISH_WORDS = re.compile(
    rf"\b(?:{_NUMBER_WORD})(?:(?:[\s-]|\sand\s)(?:{_NUMBER_WORD}))*\b(?P<percent>\s?%|\s?per\s?cent\b)?",
    re.IGNORECASE,
)
_NUMBERED = (
    r"(?:articles?|paragraphs?|subparagraphs?|sections?|items?|chapters?|tables?|figures?|no\.?|numbers?|"
    r"versions?|python|django|parts?|appendix)"
)
_NUMBER_OF_SOMETHING = re.compile(
    rf"\b{_NUMBERED}\s*(?:[\d.-]+\s*(?:,|to|through|and|or|-|–)\s*)*$", re.IGNORECASE
)
_LIST_MARK = re.compile(r"(?:^|[.:;]\s*)$")

_HAN = f"[{HAN_DIGITS}{HAN_SCALES}]"
_CHINESE_DATE = re.compile(
    rf"(?:(?P<year>\d{{4}}|[{HAN_DIGITS}]{{4}})年)?(?P<month>\d{{1,2}}|[{HAN_DIGITS}十]{{1,2}})月(?P<day>\d{{1,2}}|[{HAN_DIGITS}十]{{1,3}})[日号]"
)
_CHINESE_YEAR = re.compile(rf"(?<!\d)(?P<year>(?:1[5-9]|20)\d\d|[一二][{HAN_DIGITS}]{{3}})年(?!\d|间)")
_CHINESE_PERCENT = re.compile(
    rf"(?P<number>\d[\d,]*(?:\.\d+)?)%|百分之(?P<han>{_HAN}+|\d+(?:\.\d+)?)(?:点(?P<decimal>[{HAN_DIGITS}]+))?"
)
_CHINESE_NUMBER = re.compile(
    rf"(?P<money>新台币|人民币|美金|美元)?(?:(?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?P<scale>[十百千]?[万亿]|[百千](?![克米瓦]))?|(?P<han>{_HAN}+))"
)
_BESIDE = re.compile(r"[第条款项目.\-/A-Za-z]$")
_COUNTER = re.compile("[条款项目章节]|[A-Za-z_./-]?\\d")
_CURRENCY = re.compile("(?:新台币|美|欧|日|港|澳|加)?元|英镑|卢比|圆")


@dataclass(frozen=True, slots=True)
class Figure:
    """``text[start:end]`` is a number, with its unit in Chinese; ``values`` compares across the two languages."""

    start: int
    end: int
    kind: Kind
    values: tuple[Decimal, ...]
    """One number; for a date month, day and, where it is written, the year."""


def english_figures(text: str) -> list[Figure]:
    """Numbers of an English sentence in order; article numbers, list marks, versions and ordinals are left out.

    Examples
    --------
    >>> [(f.kind, int(f.values[0])) for f in english_figures("It paid NT$3.5 million to 12 people.")]
    [('money', 3500000), ('count', 12)]
    """
    found: list[Figure] = []
    for match in _ENGLISH_DATE.finditer(text):
        month = _month(match["month"] or match["month2"])
        parts = [month, match["day"] or match["day2"], match["year"]]
        found.append(Figure(*match.span(), "date", tuple(Decimal(part) for part in parts if part)))
    found += [Figure(*m.span("year"), "year", (Decimal(m["year"]),)) for m in _ENGLISH_YEAR.finditer(text)]
    for match in _ENGLISH_DIGITS.finditer(text):
        value = parse_arabic(re.sub(r"[,\s]", "", match["number"]) + (match["part"] or ""))
        value *= _SCALES[match["scale"].lower()] if match["scale"] else 1
        kind: Kind = "percent" if match["percent"] else "money" if match["money"] else "count"
        before = text[: match.start()]
        if kind == "count" and (_NUMBER_OF_SOMETHING.search(before) or _LIST_MARK.search(before)):
            continue
        found.append(Figure(*match.span(), kind, (value,)))
    for match in _ENGLISH_WORDS.finditer(text):
        spoken = _spoken(match.group().removesuffix(match["percent"] or ""))
        if spoken is not None and not _NUMBER_OF_SOMETHING.search(text[: match.start()]):
            found.append(Figure(*match.span(), "percent" if match["percent"] else "count", (spoken,)))
    return _longest(found)


def _month(name: str) -> str:
    return str([one[:3].lower() for one in MONTHS].index(name[:3].lower()) + 1)


def _spoken(words: str) -> Decimal | None:
    """Value of number words; a lone "one" is mostly a pronoun and gives None."""
    total = section = 0
    parts = re.findall(r"[a-z]+", words.lower().replace(" and ", " "))
    if parts == ["one"] or parts[:1] == ["zero"]:
        return None
    for word in parts:
        if word in _WORDS:
            if section % 100 and not (section % 10 == 0 and _WORDS[word] < 10):
                return None
            section += _WORDS[word]
        elif word == "hundred":
            section = max(section, 1) * 100
        else:
            total, section = total + max(section, 1) * _SCALES[word], 0
    return Decimal(total + section)


def chinese_figures(text: str) -> list[Figure]:
    """Numbers of a Chinese text in order, each with its currency and unit.

    Examples
    --------
    >>> text = "应于三十日内缴纳新台币三万元,占5.2%。"
    >>> [text[f.start : f.end] for f in chinese_figures(text)]
    ['三十日', '新台币三万元', '5.2%']
    """
    found: list[Figure] = []
    for match in _CHINESE_DATE.finditer(text):
        parts = [_value(match[name]) for name in ("month", "day", "year") if match[name]]
        if None not in parts:
            found.append(Figure(*match.span(), "date", tuple(part for part in parts if part is not None)))
    for match in _CHINESE_YEAR.finditer(text):
        year = _value(match["year"])
        if year is not None:
            found.append(Figure(*match.span(), "year", (year,)))
    for match in _CHINESE_PERCENT.finditer(text):
        share = _value(match["number"] or match["han"])
        if share is not None:
            decimal = "".join(str(_value(char)) for char in match["decimal"] or "")
            share += Decimal(f"0.{decimal}") if decimal else 0
            found.append(Figure(*match.span(), "percent", (share,)))
    found += _chinese_counts(text)
    return _longest(found)


def _chinese_counts(text: str) -> Iterator[Figure]:
    for match in _CHINESE_NUMBER.finditer(text):
        value = _value(match["number"] or match["han"])
        if value is None or _BESIDE.search(text[: match.start()]) or _COUNTER.match(text, match.end()):
            continue
        value *= scale_of(match["scale"]) if match["scale"] else 1
        unit = UNIT.match(text, match.end())
        end = unit.end() if unit else match.end()
        money = bool(match["money"]) or bool(_CURRENCY.match(text, match.end()))
        if match["han"] and not unit:
            continue
        yield Figure(match.start(), end, "money" if money else "count", (value,))


def _value(text: str) -> Decimal | None:
    return parse_arabic(text) if text[0].isdigit() and text[0].isascii() else parse_han(text)


def _longest(found: list[Figure]) -> list[Figure]:
    """Where figures overlap the first, then the longest one; "date" before what it holds."""
    kept: list[Figure] = []
    for figure in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return kept


def shared_figures(english: str, chinese: str) -> list[tuple[Figure, Figure]]:
    """Figures of equal value that stand exactly once on each side, as (English, Chinese)."""
    left, right = english_figures(english), chinese_figures(chinese)
    counts = [Counter(_key(one) for one in side) for side in (left, right)]
    pairs = []
    for figure in left:
        others = [one for one in right if _same(figure, one)]
        if len(others) == 1 and counts[0][_key(figure)] == 1 and counts[1][_key(others[0])] == 1:
            pairs.append((figure, others[0]))
    return pairs


def _key(figure: Figure) -> tuple[Decimal, ...]:
    return figure.values


def _same(english: Figure, chinese: Figure) -> bool:
    if english.kind == "date" or chinese.kind == "date":
        shorter = min(len(english.values), len(chinese.values))
        return english.kind == chinese.kind and english.values[:shorter] == chinese.values[:shorter]
    kinds = {english.kind, chinese.kind}
    return english.values == chinese.values and (len(kinds) == 1 or kinds == {"count", "money"})
