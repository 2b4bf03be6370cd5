"""How a spreadsheet shows a value: ``1,169``, ``5.2%``, ``2025-06-20``. Handles the simple number formats, no others.

Dates are written in ISO form whatever their format, so that they can be searched; a format with colours, conditions,
fractions or exponents shows the plain number, and so does a number too large for its format.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

__all__ = ["show_value"]

_PLAIN = ("", "General", "@", "G/通用格式")
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.')
_NUMBER = re.compile(r"([#0,]*[#0])(?:\.([0#]+))?(,*)")
_LITERAL = re.compile(r"[^#0?.,%@/EeGghHmMsSyYdDbBaApP\[\]]*")
_MAX_DIGITS = 15  # a spreadsheet stores no more
_EXACT = Context(prec=400)  # a number has up to 309 digits before its point, and a format 30 after it
# Halves of characters stay as they are: a text cannot hold them.
_ESCAPED = re.compile(r"_x(?![dD][89a-fA-F])([0-9a-fA-F]{4})_")


class _Shape(NamedTuple):
    before: str
    digits: int
    """Fewest digits before the point: codes keep their leading zeros."""
    grouped: bool
    least: int
    """Fewest and most decimals."""
    most: int
    thousands: int
    percent: bool
    after: str


def show_value(value: object, number_format: str = "General") -> str:
    """Return the text that stands for a cell's value, on one line.

    Examples
    --------
    >>> show_value(1169, "#,##0"), show_value(0.052, "0.0%"), show_value(0.1 + 0.2)
    ('1,169', '5.2%', '0.3')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return _show_number(value, number_format)
    if isinstance(value, datetime | date):
        return _show_date(value, number_format)
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return " ".join(_ESCAPED.sub(_unescape, str(value)).split())


def _unescape(match: re.Match[str]) -> str:
    """The character that a cell writes as ``_x000D_``; a space for one that a line cannot show."""
    char = chr(int(match[1], 16))
    return char if char.isprintable() else " "


def _show_date(value: date, number_format: str) -> str:
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    text = value.isoformat()[:10]
    codes = _QUOTED.sub("", number_format).split(";")[0].lower()
    if "y" in codes and "d" not in codes:
        return text[:7] if "m" in codes else text[:4]
    return text


def _show_number(value: float | Decimal, number_format: str) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return str(value)
    shape = _read_format(number_format)
    rounded = None if shape is None else _round(number, shape)
    if shape is None or rounded is None:
        number = +number if isinstance(value, int) else Decimal(f"{number:.{_MAX_DIGITS}g}")
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    text = f"{rounded.copy_abs():,f}" if shape.grouped else f"{rounded.copy_abs():f}"
    whole, _, decimals = text.partition(".")
    if not shape.grouped:
        whole = whole.zfill(shape.digits)
    decimals = decimals[: shape.least] + decimals[shape.least :].rstrip("0")
    sign = "-" if rounded < 0 else ""
    point = "." if decimals else ""
    return sign + shape.before + whole + point + decimals + "%" * shape.percent + shape.after


def _round(number: Decimal, shape: _Shape) -> Decimal | None:
    """The number as its format scales and rounds it; None where it would have too many digits."""
    try:
        scaled = number.scaleb((2 if shape.percent else 0) - 3 * shape.thousands, _EXACT)
        return scaled.quantize(Decimal(1).scaleb(-shape.most, _EXACT), ROUND_HALF_UP, _EXACT)
    except InvalidOperation:
        return None


@lru_cache(maxsize=1024)
def _read_format(number_format: str) -> _Shape | None:
    """Shape of the section for positive numbers; None for a format that is not simple."""
    if number_format in _PLAIN:
        return None
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(match[1] or match[2] or match[3] or "")
        return "\x00"

    section = _QUOTED.sub(keep, number_format).split(";")[0]
    match = _NUMBER.search(section)
    if match is None:
        return None
    before, after = section[: match.start()], section[match.end() :]
    percent = "%" in after
    after = after.replace("%", "", 1)
    if not (_LITERAL.fullmatch(before) and _LITERAL.fullmatch(after)):
        return None
    count = before.count("\x00")
    decimals = match[2] or ""
    return _Shape(
        before=_fill(before, literals[:count]).strip(),
        digits=match[1].count("0"),
        grouped="," in match[1],
        least=decimals.rfind("0") + 1,
        most=len(decimals),
        thousands=len(match[3]),
        percent=percent,
        after=_fill(after, literals[count:]).strip(),
    )


def _fill(text: str, literals: list[str]) -> str:
    """Put the quoted parts back where they stood."""
    remaining = iter(literals)
    return re.sub("\x00", lambda _: next(remaining), text)
