"""Words beside a span that speak for a kind of answer."""

from __future__ import annotations

import pytest

from qa.cues import cue
from qa.question import analyse_question


@pytest.mark.parametrize(
    ("question", "text", "span", "expected"),
    [
        pytest.param("在哪里签约?", "7月28日在太原签订协议", "太原", 1.0, id="place after 在"),
        pytest.param("在哪里签约?", "推动太原经济发展", "太原", 0.0, id="place that only qualifies"),
        pytest.param("县长是谁?", "县长牛志强表示", "牛志强", 1.0, id="name behind a post"),
        pytest.param("为什么成本低?", "由于可享受优惠政策,成本低", "可享受优惠政策", 1.0, id="reason"),
        pytest.param("什么是冻干工艺?", "冻干是物理脱水技术", "物理脱水技术", 1.0, id="definition"),
        pytest.param("建基地为的是什么?", "项目建设,促进集约化发展", "促进集约化发展", 1.0, id="purpose"),
        pytest.param("Who is the mayor?", "市长王明说😀", "王明", 1.0, id="mixed, emoji"),
        pytest.param("多少?", "共100个", "100个", 0.0, id="no cue for figures"),
        pytest.param("", "甲", "甲", 0.0, id="empty"),
    ],
)
def test_cues(question: str, text: str, span: str, expected: float) -> None:
    start = text.index(span)
    assert cue(analyse_question(question), text, start, start + len(span)) == expected
