"""Families of units: what a question's nouns ask for, and what a span counts in."""

from __future__ import annotations

import pytest

from qa.question_measures import asked_measure, measure_agreement


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        pytest.param("营业收入多少?", "", "money", id="noun of money"),
        pytest.param("投了多少钱?", "", "money", id="money"),
        pytest.param("多少万元?", "元", "money", id="the unit itself"),
        pytest.param("能解决多少人就业?", "", "people", id="people"),
        pytest.param("占地面积多大?", "", "area", id="area"),
        pytest.param("海拔是多少?", "", "length", id="length"),
        pytest.param("财政收入有多大比例靠煤电?", "", "percent", id="a share of money is a share"),
        pytest.param("收入增长多少?", "", "", id="a change may be told in many ways"),
        pytest.param("How much revenue does it earn?", "", "money", id="English"),
        pytest.param("GDP多少😀?", "", "", id="mixed, emoji, not known"),
        pytest.param("负责人是谁?", "", "", id="no measure"),
        pytest.param("有多少列?", "列", "", id="a unit of no family"),
        pytest.param("", "", "", id="empty"),
    ],
)
def test_what_is_asked(text: str, unit: str, expected: str) -> None:
    assert asked_measure(text, unit) == expected


@pytest.mark.parametrize(
    ("asked", "span", "expected"),
    [
        pytest.param("money", "12.5亿元", 1.0, id="agrees"),
        pytest.param("money", "500余家", -1.0, id="counts in something else"),
        pytest.param("money", "山西", -1.0, id="counts nothing"),
        pytest.param("money", "1234567.5", -0.2, id="no unit"),
        pytest.param("percent", "42%", 1.0, id="share"),
        pytest.param("", "42%", 0.0, id="nothing asked for"),
        pytest.param("money", "😀", -1.0, id="emoji"),
        pytest.param("money", "", -1.0, id="empty"),
    ],
)
def test_agreement(asked: str, span: str, expected: float) -> None:
    assert measure_agreement(asked, span) == expected
