"""Years, and four digits that are none."""

from __future__ import annotations

import pytest

from qa.years import YEAR


@pytest.mark.parametrize(
    ("text", "years"),
    [
        pytest.param("2024年和〔2025〕18号", ["2024", "2025"], id="years"),
        pytest.param("2025-06-20", ["2025"], id="ISO date"),
        pytest.param("占地1950亩", [], id="area"),
        pytest.param("投资2000万元,招商2012家", [], id="amounts"),
        pytest.param("20245号", [], id="inside a longer number"),
        pytest.param("in 1998 😀", ["1998"], id="mixed, emoji"),
        pytest.param("", [], id="empty"),
    ],
)
def test_years(text: str, years: list[str]) -> None:
    assert YEAR.findall(text) == years
