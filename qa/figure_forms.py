"""What a figure is, and the forms of figures that are more than a number with a unit: each tried at one place of a text.

Pure. ``figures`` decides in which order they are tried and what stands around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qa.dates import match_moment
from qa.numerals import HAN_DIGITS, HAN_SCALES, parse_arabic, parse_han
from qa.quantities import match_quantity

__all__ = [
    "Figure",
    "FigureKind",
    "match_code",
    "match_document_number",
    "match_fraction",
    "match_moment_figure",
    "match_name",
    "match_ordinal",
]

FigureKind = Literal[
    "amount",
    "number",
    "percent",
    "fraction",
    "ratio",
    "year",
    "date",
    "time",
    "ordinal",
    "document-number",
    "code",
]
"""``amount`` has a unit or measure word, ``number`` has none; ``code`` is a name with digits (5G, a telephone number)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``text[start:end]``, half-open, with the words that bound it (约, 以上).

    ``value`` (and ``high``, the upper end of a range) counts canonical ``unit``s: ``16714.45万元`` is 167144500 元. It is
    None where the words give no number (数十家) or where ``form`` says what a number cannot: ``2025-06-20``, ``--06-20``,
    ``10:30``, ``2025-18`` for 〔2025〕18号, or the text of a code.
    """

    start: int
    end: int
    value: Decimal | None
    unit: str
    kind: FigureKind
    high: Decimal | None = None
    form: str = ""
    parts: tuple[tuple[int, int], ...] = ()
    """Ranges that may stand alone (year, month and day of a date, 前后 beside it); empty where only the whole may."""


_S = "[ \u00a0\u3000]{0,2}"
_LETTERS = "A-Za-z"
_DOCUMENT = re.compile(
    rf"[〔\[(（【]{_S}(?P<year>[12]\d{{3}}){_S}[〕\])）】]{_S}第?{_S}(?P<number>\d{{1,5}}){_S}号"
)
_OPEN_BEFORE = re.compile(rf"[〔\[(（【]{_S}\Z")
_ORDINAL_BEFORE = re.compile(rf"第{_S}\Z")
_CODE_REST = re.compile(rf"(?:[-._/]?(?:\d++|[{_LETTERS}]++))*+(?:{_S}号)?")
_CODE = re.compile(r"\d++(?:\.\d++){2,}|\d++(?:[-–]\d++){2,}|0\d++-\d++|\d{1,4}[·•+]\d{1,4}(?!\d)|\d++\+N")
_FRACTION = re.compile(
    rf"(?P<below>\d++|[{HAN_DIGITS}{HAN_SCALES}]++)分之(?P<above>\d++(?:\.\d++)?|[{HAN_DIGITS}{HAN_SCALES}]++)"
    rf"(?:点(?P<point>[{HAN_DIGITS}]++))?"
)
_ONE_HALF = re.compile("一半(?![天年个日月])")
_SLASH = re.compile(r"(?P<above>\d{1,3})/(?P<below>\d{1,4})(?![\d/])")
_RATIO = re.compile(r"\d++(?:\.\d++)?(?:[:：]\d++(?:\.\d++)?)++")
_ENGLISH_ORDINAL = re.compile(rf"(?P<number>\d++)(?:st|nd|rd|th)(?P<unit> century)?(?![{_LETTERS}])")
_DECADE = re.compile(r"(?P<number>\d{4}|\d0)s(?![A-Za-z])")


def match_document_number(text: str, position: int, before: str) -> Figure | None:
    """``〔2025〕18号`` whose year stands at ``position``; ``before`` is the text just before it."""
    bracket = _OPEN_BEFORE.search(before)
    if bracket is None:
        return None
    start = position - len(bracket.group())
    match = _DOCUMENT.match(text, start)
    if match is None:
        return None
    form = f"{int(match['year'])}-{int(match['number'])}"
    return Figure(start, match.end(), None, "号", "document-number", form=form)


def match_ordinal(text: str, position: int, before: str) -> Figure | None:
    """第十批, 第13届, 3rd, 21st century."""
    english = _ENGLISH_ORDINAL.match(text, position)
    if english is not None:
        unit = english["unit"] or ""
        kind: FigureKind = "date" if unit else "ordinal"
        return Figure(position, english.end(), parse_arabic(english["number"]), "世纪" if unit else "", kind)
    word = _ORDINAL_BEFORE.search(before)
    quantity = match_quantity(text, position, ordinal=True) if word else None
    if word is None or quantity is None:
        return None
    return Figure(
        position - len(word.group()),
        quantity.end,
        quantity.value,
        quantity.unit,
        "ordinal",
        high=quantity.high,
    )


def match_moment_figure(text: str, position: int, limit: int) -> Figure | None:
    """A year, a date, a time of day or a decade (1990s)."""
    moment = match_moment(text, position, limit)
    if moment is None:
        decade = _DECADE.match(text, position)
        return (
            Figure(position, decade.end(), parse_arabic(decade["number"]), "年代", "date") if decade else None
        )
    parts = moment.parts if len(moment.parts) > 1 else ()
    if moment.kind == "year":
        return Figure(moment.start, moment.end, Decimal(moment.form), "年", "year")
    return Figure(moment.start, moment.end, None, "", moment.kind, form=moment.form, parts=parts)


def match_fraction(text: str, position: int) -> Figure | None:
    """三分之一, 1/3, 一半; 百分之五 as a percentage."""
    if _ONE_HALF.match(text, position):
        return Figure(position, position + 2, Decimal("0.5"), "", "fraction")
    match = _FRACTION.match(text, position) or _SLASH.match(text, position)
    if match is None:
        return None
    below, above = _any_number(match["below"]), _any_number(match["above"])
    if not below or above is None:
        return None
    if match.re is _FRACTION and match["point"]:
        above += Decimal("0." + "".join(str(parse_han(char)) for char in match["point"]))
    if match.re is _FRACTION and below in (100, 1000, 10000):
        return Figure(position, match.end(), above * 100 / below, "%", "percent")
    return Figure(position, match.end(), above / below, "", "fraction")


def _any_number(text: str) -> Decimal | None:
    return parse_han(text) if text[0] in HAN_DIGITS + HAN_SCALES else parse_arabic(text)


def match_name(text: str, position: int) -> Figure | None:
    """Digits that are a name by themselves (192.168.1.1, 6·18), or numbers set against each other (3:2)."""
    code = _CODE.match(text, position)
    if code is not None:
        return match_code(text, position, code.end())
    ratio = _RATIO.match(text, position)
    if ratio is None:
        return None
    return Figure(position, ratio.end(), None, "", "ratio", form=ratio.group().replace("：", ":"))


def match_code(text: str, start: int, end: int) -> Figure:
    """The code that begins with ``text[start:end]``, with the letters and digits that go on from there."""
    rest = _CODE_REST.match(text, end)
    end = rest.end() if rest else end
    return Figure(start, end, None, "", "code", form=text[start:end].replace(" ", ""))
