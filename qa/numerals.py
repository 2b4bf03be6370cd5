"""Chinese numerals and Arabic digits -> ``Decimal``. Pure; decides nothing about where a numeral stands in a text."""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["GROUPED", "HAN_DIGITS", "HAN_SCALES", "parse_arabic", "parse_han", "scale_of", "ungrouped"]

_GAP = "[ \u00a0\u2007\u2009\u202f]"
GROUPED = rf"[1-9]\d{{0,2}}(?P<gap>{_GAP})\d{{3}}(?:(?P=gap)\d{{3}})*(?!{_GAP}?\d)"
"""Pattern of a number in groups of three digits with a space of one kind between them: ``1 000 000``."""
_SEPARATED = re.compile(rf"(?<![\d,.])(?<!\d{_GAP})(?:{GROUPED}|\d{{1,3}}(?:,\d{{3}})+(?![\d,]))")
_SEPARATOR = re.compile(rf"{_GAP}|,")

_DIGITS = {
    char: value
    for value, chars in enumerate(
        ("〇零○", "一壹", "二贰两兩貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
HAN_DIGITS = "".join(_DIGITS)
HAN_SCALES = "".join((*_SMALL, *_LARGE))


def parse_arabic(text: str) -> Decimal:
    """Value of digits of any script, with thousands separators and a decimal point: ``1,169.5``, ``1 169.5``."""
    return Decimal(_SEPARATOR.sub("", text).replace("．", "."))


def ungrouped(text: str) -> str:
    """A text whose numbers have lost their thousands separators, commas or spaces.

    Examples
    --------
    >>> ungrouped("1,169人, 1 000 000元, 2024 100人")
    '1169人, 1000000元, 2024 100人'
    """
    return _SEPARATED.sub(lambda match: _SEPARATOR.sub("", match.group()), text)


def scale_of(text: str) -> Decimal:
    """Product of scale characters: ``万亿`` is 10**12; 1 for an empty string."""
    product = 1
    for char in text:
        product *= _SMALL.get(char) or _LARGE[char]
    return Decimal(product)


def parse_han(text: str) -> Decimal | None:
    """Value of a run of Chinese numerals; None where the run is not one number (``三四``, ``十五五``, ``万一``).

    Read are written-out numbers (一千二百, 一万零五十), strings of digits (二〇二五, 二二二), a single digit, a bare
    scale (百 = 100), and the spoken short form (两万五 = 25,000).

    Examples
    --------
    >>> parse_han("一千二百"), parse_han("二〇二五"), parse_han("三四")
    (Decimal('1200'), Decimal('2025'), None)
    """
    if not text:
        return None
    if all(char in _DIGITS for char in text):
        positional = len(text) == 1 or len(text) >= 3 or any(_DIGITS[char] == 0 for char in text)
        return Decimal("".join(str(_DIGITS[char]) for char in text)) if positional else None
    return _parse_written(text)


def _parse_written(text: str) -> Decimal | None:
    if text[0] in HAN_SCALES and _SMALL.get(text[0]) != 10 and any(char in _DIGITS for char in text):
        return None  # 万一, 百五: no coefficient
    total = section = 0
    digit: int | None = None
    zero = False  # a 零 stands just before, so that a last digit counts ones
    small_limit, large_limit, last_scale = 10**4, 10**12, 1
    for place, char in enumerate(text):
        if char in _DIGITS:
            if digit is not None:
                return None
            if _DIGITS[char] == 0 and place:
                zero = True
            else:
                digit = _DIGITS[char]
        elif char in _SMALL:
            scale = _SMALL[char]
            bare = digit is None
            if scale >= small_limit or (bare and (section or (total and scale > 10 and not zero))):
                return None
            section += (1 if digit is None else digit) * scale
            digit, zero, small_limit, last_scale = None, False, scale, scale
        else:
            scale = _LARGE.get(char, 0)
            section += digit or 0
            if scale == 10**8 and large_limit == 10**4 and total and not section:
                total *= scale  # 一万亿
            elif not scale or scale >= large_limit or (not section and place):
                return None
            else:
                total += (section or 1) * scale
            section, digit, zero = 0, None, False
            small_limit, large_limit, last_scale = 10**4, scale, scale
    if digit is not None:
        section += digit if zero or last_scale <= 10 else digit * last_scale // 10
    return Decimal(total + section)
