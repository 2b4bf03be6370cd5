"""What a candidate is, and whether it is what the question asks for."""

import pytest

from qa.answer_kinds import agreement, span_kinds, unit_agreement
from qa.question import analyse_question


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1200万吨", {"number"}),
        ("约1,169人", {"number"}),
        ("5.2%", {"percent", "number"}),
        ("百分之五", {"percent", "number"}),
        ("2024年", {"date", "year"}),
        ("2024年5月20日", {"date", "year"}),
        ("5月20日", {"date"}),
        ("〔2025〕18号", {"code"}),
        ("山西省能源局", {"organisation"}),
        ("李建国", {"person"}),
        ("图木舒克·阿里木", {"person"}),
        ("太原市", {"place"}),
        ("推动煤炭产业转型升级", {"text"}),
        ("The Museum", {"text"}),
        ("😀", {"text"}),
        ("", {"text"}),
    ],
)
def test_kinds_of_a_span(text: str, kinds: set[str]) -> None:
    assert span_kinds(text) >= kinds
    if kinds == {"text"}:
        assert span_kinds(text) == kinds


def test_a_figure_in_a_long_clause_does_not_make_it_a_figure() -> None:
    assert "number" not in span_kinds("在十二个月内把全部煤炭转化项目建成并且投入使用的那家公司")


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("转化了多少煤炭?", "1200万吨", 1.0),
        ("转化了多少煤炭?", "山西省能源局", -1.0),
        ("转化了多少煤炭?", "2024年", -1.0),
        ("占比是多少?", "5.2%", 1.0),
        ("占比是多少?", "1200万吨", -0.5),
        ("占比是多少?", "太原市", -1.0),
        ("哪一年创办?", "1902年", 1.0),
        ("哪一年创办?", "5月20日", -1.0),
        ("何时发布?", "5月20日", 1.0),
        ("负责人是谁?", "李建国", 1.0),
        ("负责人是谁?", "1200万吨", -1.0),
        ("总部在哪里?", "太原市", 1.0),
        ("哪家公司承建?", "山西煤炭集团", 1.0),
        ("为什么延期?", "5.2%", -0.5),
        ("为什么延期?", "因为下雨", 0.0),
        ("如何申请?", "1200万吨", 0.0),
        ("", "", 0.0),
        ("😀", "😀", 0.0),
    ],
)
def test_agreement_with_the_question(question: str, text: str, expected: float) -> None:
    assert agreement(analyse_question(question), text) == expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("多少万吨?", "1200万吨", 1.0),
        ("多少万吨?", "1200万元", -1.0),
        ("How many people live there?", "3,200 People", 1.0),
        ("转化了多少煤炭?", "1200万吨", 0.0),
        ("", "", 0.0),
    ],
)
def test_agreement_in_the_unit(question: str, text: str, expected: float) -> None:
    assert unit_agreement(analyse_question(question), text) == expected
