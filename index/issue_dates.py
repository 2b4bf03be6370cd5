"""Dates of issue as documents write them (``2025年6月20日``, ``二〇二五年六月二十日``, ``20 June 2025``) -> ISO form. Pure.

Finds whole dates with a year of 1900-2099; knows nothing of ``last year`` or ``9月21日``.
"""

from __future__ import annotations

import re
from datetime import date

__all__ = ["DATE", "DATE_LINE", "iso_date", "iso_of_match"]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_HAN = "〇○ＯOo０0零一二三四五六七八九"
_DIGIT_OF_HAN = dict(zip("〇○ＯOo０0零一二三四五六七八九", "00000000123456789", strict=True))

DATE = (
    # 2025年6月20日, 2025年6月
    r"(?:(?P<year>(?:19|20|１９|２０)\d{2})[ \u3000]?年[ \u3000]?(?P<month>\d{1,2})[ \u3000]?月(?:[ \u3000]?(?P<day>\d{1,2})[ \u3000]?日)?"
    # 2025-06-20, 2025.6.20, 2025/6/20
    r"|(?P<year2>(?:19|20)\d{2})(?P<mark>[-./])(?P<month2>\d{1,2})(?P=mark)(?P<day2>\d{1,2})(?!\d)"
    # 二〇二五年六月二十日
    rf"|(?P<year3>[一二][{_HAN}]{{3}})年(?P<month3>[一二三四五六七八九十]{{1,2}})月(?:(?P<day3>[一二三四五六七八九十廿卅]{{1,3}})日)?"
    # 20 June 2025, June 20, 2025, June 2025
    rf"|(?:(?P<day4>\d{{1,2}})[ ])?\b(?P<month4>{_MONTH})[ ](?:(?P<day5>\d{{1,2}}),?[ ])?(?P<year4>(?:19|20)\d{{2}})\b)"
)
"""Pattern of one date; its named groups are read by ``iso_of_match``. May stand once in a larger pattern."""

DATE_LINE = re.compile(
    rf"(?P<before>.*?)\s*[（(]?{DATE}[）)]?(?:\s*(?:星期|周)[一二三四五六日天])?(?:\s*\d{{1,2}}:\d\d(?::\d\d)?)?(?:\s*[（(].{{0,8}}[）)])?"
)
"""A whole line that is a date, perhaps with ``before`` it a name, and after it a weekday, a time or a remark."""

_DATE = re.compile(DATE)


def iso_date(text: str) -> str:
    """Return the first date in ``text`` in ISO form, ``2025-06`` where no day stands; empty if there is none.

    Examples
    --------
    >>> iso_date("二〇二五年六月二十日"), iso_date("印发于 2024年7月")
    ('2025-06-20', '2024-07')
    """
    match = _DATE.search(text)
    return iso_of_match(match) if match else ""


def iso_of_match(match: re.Match[str]) -> str:
    """Return the ISO form of a match of ``DATE``; empty for a day that no calendar has."""
    groups = match.groupdict()
    if groups["year3"]:
        year = int("".join(_DIGIT_OF_HAN[digit] for digit in groups["year3"]))
        month, day = _han_number(groups["month3"]), _han_number(groups["day3"] or "")
    elif groups["year4"]:
        year = int(groups["year4"])
        month = _MONTHS.index(groups["month4"][:3].lower()) + 1
        day = int(groups["day4"] or groups["day5"] or 0)
    else:
        year = int(groups["year"] or groups["year2"])
        month = int(groups["month"] or groups["month2"])
        day = int(groups["day"] or groups["day2"] or 0)
    if not 1900 <= year <= 2099:
        return ""
    try:
        whole = date(year, month, day or 1)
    except ValueError:
        return ""
    return whole.isoformat() if day else f"{year:04d}-{month:02d}"


def _han_number(text: str) -> int:
    """Value of 一 … 三十一, also 廿一 and 卅一; 0 for an empty text."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    units = "一二三四五六七八九".find(ones) + 1 if ones else 0
    if not ten:
        return units
    return 10 * ("一二三四五六七八九".find(tens) + 1 if tens else 1) + units
