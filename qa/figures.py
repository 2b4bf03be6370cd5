"""Figures in a text: numbers with their units, percentages, dates, ordinals, document numbers, codes.

Pure and linear in the length of the text. A figure is what must not be cut: ``16714.45万元``, ``25-30%``, ``40多亿元``,
``〔2025〕18号``, with the words that bound it (约, 不足, 余, 以上). Every run of digits lies inside exactly one figure.
It does not know what a figure counts (企业, 煤炭): only the measure word belongs to it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from qa.figure_forms import (
    Figure,
    FigureKind,
    match_code,
    match_document_number,
    match_fraction,
    match_moment_figure,
    match_name,
    match_ordinal,
)
from qa.numerals import HAN_DIGITS, HAN_SCALES
from qa.quantities import Quantity, match_quantity
from qa.units import CLASSIFIERS, PERCENT_UNITS, canonical_unit

__all__ = ["Figure", "FigureKind", "find_figures", "same_figure"]

_S = "[ \u00a0\u3000]{0,2}"
_LETTERS = "A-Za-z"
_START = re.compile(rf"\d|[{HAN_DIGITS}{HAN_SCALES}半]|[几数](?=[{HAN_SCALES}])")
_HAN_RUN = re.compile(f"[{HAN_DIGITS}{HAN_SCALES}]++|.")
_CURRENCY_BEFORE = re.compile(rf"(?<![{_LETTERS}])(?P<unit>US\$|HK\$|[$¥￥€£]|USD|RMB|CNY|EUR|GBP){_S}\Z")
_LETTERS_BEFORE = re.compile(rf"(?:第{_S})?[{_LETTERS}]{{1,16}}[-_]?\Z")
_PLAIN_UNITS = frozenset({"元", "%", "吨", "人"})
_LEAD = re.compile(
    rf"(?P<word>大约|将近|接近|超过|至少|最少|最多|至多|不足|(?<![找看见听买])不到|不低于|不少于|不高于|不超过|不多于|低于|高于|少于|多于|"
    rf"(?<![签节合预契公条制特婚违赴盟缔邀集简租和续商履])约|(?<![附最靠邻临就远亲])近|(?<![反赶中高入出])超|逾|零下|正负){_S}\Z"
)
_SCALE_LEAD = re.compile(r"(?<![以之会晚早])[近超上过逾]\Z")
_SIGN = re.compile(r"(?:^|(?<=[\s(（:：,，、=<>为是至到达率幅降跌增长]))[-−－+＋±]\Z")
_TRAIL = re.compile(
    rf"(?:(?:多|余)(?=[\s,，。;；、!?！？)）来前后的]|$))?(?:{_S}(?:左右|上下|以上|以下|以内|之多|有余|开外|前后|有多))?"
)


@lru_cache(maxsize=512)
def find_figures(text: str) -> tuple[Figure, ...]:
    """All figures of ``text`` in order, none overlapping. The last 512 texts are remembered.

    Examples
    --------
    >>> [text[f.start : f.end] for text in ["同比增长5.2%，投资约16714.45万元"] for f in find_figures(text)]
    ['5.2%', '约16714.45万元']
    """
    figures: list[Figure] = []
    position = limit = 0
    while (match := _START.search(text, position)) is not None:
        figure = _figure_at(text, match.start(), limit)
        if figure is None:
            run = _HAN_RUN.match(text, match.start())
            position = run.end() if run else match.end()
            continue
        trail = _TRAIL.match(text, figure.end)
        if trail is not None and trail.end() > figure.end and figure.kind not in ("code", "document-number"):
            figure = _extended(figure, figure.start, trail.end())
        figures.append(figure)
        position = limit = figure.end
    return tuple(figures)


def same_figure(first: Figure, second: Figure) -> bool:
    """Whether two figures state the same: value x scale and unit, or the same date, number or code.

    Words that bound a figure (约, 以上) are not compared. A count without a measure word equals one with any (16, 16人), and
    measure words that only count equal each other (16人, 16名); 5% and 5个百分点 differ.
    """
    if first.form or second.form:
        return first.form == second.form
    if first.value is None or first.value != second.value or first.high != second.high:
        return False
    units = {first.unit, second.unit}
    return len(units) == 1 or all(not unit or unit in CLASSIFIERS for unit in units)


def _figure_at(text: str, position: int, limit: int) -> Figure | None:
    """The figure whose first numeral stands at ``position``; words before it are taken from ``limit`` on."""
    before = text[max(limit, position - 6) : position]
    digit = text[position].isdecimal()
    figure = (
        (match_document_number(text, position, before) if digit else None)
        or match_ordinal(text, position, before)
        or match_moment_figure(text, position, limit)
        or match_fraction(text, position)
        or (match_name(text, position) if digit else None)
        or (_code_after_letters(text, position, limit) if digit else None)
    )
    if figure is not None:
        return (
            _with_lead(text, figure, limit)
            if figure.kind in ("year", "date", "time", "percent", "fraction")
            else figure
        )
    quantity = match_quantity(text, position)
    if quantity is None:
        return None
    scale_lead = _SCALE_LEAD.search(before) if not digit and text[position] in HAN_SCALES else None
    if quantity.bare and not (scale_lead and quantity.value and quantity.value >= 10):
        return None
    figure = _from_quantity(text, quantity, before)
    return _extended(figure, figure.start - 1, figure.end) if scale_lead else _with_lead(text, figure, limit)


def _extended(figure: Figure, start: int, end: int) -> Figure:
    """The figure with the words around it; beside a date these stand as parts of their own (``2000年`` | ``前后``)."""
    if figure.kind not in ("year", "date", "time"):
        return replace(figure, start=start, end=end)
    around = ((start, figure.start), *(figure.parts or ((figure.start, figure.end),)), (figure.end, end))
    return replace(figure, start=start, end=end, parts=tuple(part for part in around if part[0] < part[1]))


def _with_lead(text: str, figure: Figure, limit: int) -> Figure:
    lead = _LEAD.search(text[max(limit, figure.start - 6) : figure.start])
    if lead is None:
        return figure
    extended = _extended(figure, figure.start - len(lead.group()), figure.end)
    if lead["word"] == "零下" and figure.value is not None:
        return replace(extended, value=-figure.value)
    return extended


def _code_after_letters(text: str, position: int, limit: int) -> Figure | None:
    """PM2.5, COVID-19, TA0207号; but GDP100亿元 and CPI2.1% are amounts."""
    low = max(limit, position - 18)
    letters = _LETTERS_BEFORE.search(text[low:position])
    if letters is None or _CURRENCY_BEFORE.search(text[low:position]):
        return None
    quantity = match_quantity(text, position)
    if quantity is not None and (quantity.unit in _PLAIN_UNITS or len(quantity.unit) > 1):
        return None
    return match_code(text, low + letters.start(), position)


def _from_quantity(text: str, quantity: Quantity, before: str) -> Figure:
    start, end, value, high = quantity.start, quantity.end, quantity.value, quantity.high
    unit, kind = quantity.unit, _kind(text, quantity)
    if kind == "code":
        return match_code(text, start, end)
    currency = _CURRENCY_BEFORE.search(before)
    if currency is not None and unit in ("", "元"):
        return Figure(
            start - len(currency.group()),
            end,
            value,
            canonical_unit(currency["unit"])[0],
            "amount",
            high=high,
        )
    sign = _SIGN.search(text[max(0, start - 2) : start]) if before else None
    if sign is not None:
        start -= 1
        value = -value if value is not None and sign.group() in "-−－" else value
    if unit == "‰":
        unit = "%"
        value, high = (None if number is None else number / 10 for number in (value, high))
    if unit == "成":
        unit = "%"
        value, high = (None if number is None else number * 10 for number in (value, high))
    return Figure(start, end, value, unit, kind, high=high)


def _kind(text: str, quantity: Quantity) -> FigureKind:
    unit, value = quantity.unit, quantity.value
    written = text[quantity.start : quantity.end]
    if unit in PERCENT_UNITS:
        return "percent"
    if unit in ("世纪", "年代"):
        return "date"
    if unit == "年" and quantity.plain and value is not None and 1000 <= value < 2200 and quantity.high:
        return "year"
    if quantity.high is not None and unit in ("月", "天"):
        return "date" if text[quantity.end - 1] in "月日" else "amount"
    if quantity.high is not None and unit in ("时", "点"):
        return "time"
    if unit == "号":
        return "ordinal"
    if unit:
        return "amount"
    if quantity.plain and re.match(f"[{_LETTERS}]", text[quantity.end : quantity.end + 1]):
        return "code"
    digits = sum(char.isdecimal() for char in written)
    if quantity.plain and (digits >= 7 or (written[0] == "0" and digits > 1)):
        return "code"
    if (
        quantity.plain
        and quantity.high is None
        and digits == 4
        and value is not None
        and 1900 <= value < 2100
    ):
        return "year"
    return "number"
