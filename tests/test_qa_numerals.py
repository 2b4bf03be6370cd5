from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.numerals import parse_arabic, parse_han, scale_of
from qa.units import canonical_unit

DIGITS = "零一二三四五六七八九"


def written(number: int) -> str:
    """An independent writer of numbers below 10**12, by the school rules."""
    if number == 0:
        return "零"

    def four(value: int) -> str:
        text, gap = "", False
        for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = value // scale % 10
            if digit:
                text += ("零" if gap and text else "") + DIGITS[digit] + name
                gap = False
            else:
                gap = True
        return text

    groups = [number // 10**8, number // 10**4 % 10**4, number % 10**4]
    text = ""
    for place, (group, name) in enumerate(zip(groups, "亿万 ", strict=True)):
        if group:
            text += (
                ("零" if text and (group < 1000 or not groups[place - 1]) else "")
                + four(group)
                + name.strip()
            )
    return text


@given(st.integers(0, 9999_9999_9999))
def test_written_numbers_parse_back(number):
    assert parse_han(written(number)) == number


@given(st.integers(100, 10**9))
def test_strings_of_digits_parse_back(number):
    assert parse_han("".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("两万五", 25_000),
        ("一百五", 150),
        ("一百零五", 105),
        ("三亿五千万", 350_000_000),
        ("一万亿", 10**12),
        ("百", 100),
        ("千万", 10**7),
        ("伍佰", 500),
        ("两", 2),
        ("三四", None),
        ("十五五", None),
        ("万一", None),
        ("千百", None),
        ("万万", None),
        ("", None),
    ],
)
def test_han_numerals(text, value):
    assert parse_han(text) == value


def test_arabic_and_scales():
    assert parse_arabic("1,169.50") == Decimal("1169.5")
    assert parse_arabic("１２") == 12
    assert scale_of("") == 1
    assert scale_of("万亿") == 10**12


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("公里", ("米", 1000)),
        ("kilometres", ("米", 1000)),
        ("GW", ("千瓦", 1_000_000)),
        ("个百分点", ("百分点", 1)),
        ("years old", ("岁", 1)),
        ("亩", ("亩", 1)),
        ("Mbps", ("Mbps", 1)),
        ("", ("", 1)),
    ],
)
def test_canonical_units(unit, expected):
    assert canonical_unit(unit) == expected
