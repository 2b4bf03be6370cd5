"""Labels of forms and the values behind them."""

from __future__ import annotations

import pytest

from qa.labels import is_label, label_agreement

ROW = "面商时间\t2024年7月9日\t面商地点\t市政协办公楼\n承办人: 杨国强"


@pytest.mark.parametrize(
    ("question", "text", "value", "kind", "expected"),
    [
        pytest.param("承办人是谁?", ROW, "杨国强", "person", 1.0, id="the label asked for"),
        pytest.param("负责人是谁?", ROW, "杨国强", "person", -1.0, id="another label"),
        pytest.param("面商地点在哪里?", ROW, "市政协办公楼", "place", 1.0, id="cell of a row"),
        pytest.param(
            "谁提的?", "委员姓名\t朱国胜\t单位\t", "朱国胜", "person", 0.3, id="a label that fits any person"
        ),
        pytest.param("投稿邮箱是什么?", "Email投稿邮箱:a@b.cn", "a@b.cn", "email", 1.0, id="mixed"),
        pytest.param("姓名?", "姓名😀", "😀", "person", 0.0, id="emoji, no colon"),
        pytest.param("多少?", "共有100个。", "100个", "number", 0.0, id="running text"),
        pytest.param("", "人: 甲", "甲", "", 0.0, id="empty question, label of one character"),
    ],
)
def test_agreement_with_the_label(question: str, text: str, value: str, kind: str, expected: float) -> None:
    assert label_agreement(question, text, text.index(value), kind) == pytest.approx(expected)


def test_a_salutation_is_no_label() -> None:
    text = "朱国胜委员:\n您提出的《关于加强交流共谋发展的建议》收悉。"
    assert label_agreement("委员是谁?", text, text.index("您")) == 0.0


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        pytest.param(ROW, "面商地点", True, id="cell that another follows"),
        pytest.param(ROW, "承办人", True, id="before a colon"),
        pytest.param(ROW, "市政协办公楼", False, id="value"),
        pytest.param("太原\t100\n大同\t90", "太原", False, id="a table's cell is no label"),
        pytest.param("Name😀: 甲", "Name😀", True, id="mixed, emoji"),
        pytest.param("甲", "甲", False, id="nothing around"),
    ],
)
def test_labels(text: str, span: str, expected: bool) -> None:
    start = text.index(span)
    assert is_label(text, start, start + len(span)) is expected


def test_an_empty_text_has_no_label() -> None:
    assert not is_label("", 0, 0)
    assert label_agreement("承办人是谁?", "", 0) == 0.0
