"""The words that say which property is asked for."""

from __future__ import annotations

import pytest

from qa.question_focus import focus_words, object_word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("三一集团2022年营业收入多少?", ("收入",), id="before the asking word"),
        pytest.param("项目投产后能解决多少人就业?", ("解决", "就业"), id="both sides"),
        pytest.param("承办人是谁?", ("承办人",), id="who"),
        pytest.param("山西的煤炭产能", ("产能",), id="nothing asks"),
        pytest.param("KPI完成了多少😀?", ("完成",), id="mixed, emoji"),
        pytest.param("How many people?", (), id="English"),
        pytest.param("", (), id="empty"),
    ],
)
def test_focus(text: str, expected: tuple[str, ...]) -> None:
    assert focus_words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("种了多少亩黄芩?", "黄芩", id="thing that is counted"),
        pytest.param("看了多少家重点企业?", "企业", id="重点 says nothing of it"),
        pytest.param("产值是多少?", "", id="nothing follows"),
        pytest.param("有多少个App😀?", "", id="mixed, emoji"),
        pytest.param("", "", id="empty"),
    ],
)
def test_object(text: str, expected: str) -> None:
    assert object_word(text) == expected
