"""Example questions made from sentences with a figure, and the check that the corpus answers them."""

import re

import pytest

from index.types import Passage
from qa.suggestions import Suggestion, suggest, verified
from qa.types import Answer, Span


def passage(text: str) -> Passage:
    return Passage("d#0", "d", 0, len(text), 0, len(text), text)


MADE = {
    "clause with its time": ("2024年,晋中开发区援建100万元。", "2024年晋中开发区援建多少万元？", "100万元"),
    "subject in the clause before": (
        "新疆准东产业园煤炭分质利用项目,每年转化煤炭1200万吨。",
        "新疆准东产业园煤炭分质利用项目，每年转化煤炭多少万吨？",
        "1200万吨",
    ),
    "percentage": ("太原市森林覆盖率达到26.5%。", "太原市森林覆盖率达到百分之多少？", "26.5%"),
}


@pytest.mark.parametrize(("text", "question", "answer"), MADE.values(), ids=MADE)
def test_a_figure_becomes_a_question(text: str, question: str, answer: str) -> None:
    assert [(s.question, s.answer) for s in suggest([passage(text)])] == [(question, answer)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀",
        "其中援建100万元。",
        "同比增长5.2%。",
        "晋中开发区帮助一批企业。",
        "面积105亩。",
        "“晋中援建100万元”",
    ],
    ids=["empty", "emoji", "no subject", "compared to what", "no digits", "of what", "quotation"],
)
def test_what_cannot_stand_alone_is_left_out(text: str) -> None:
    assert list(suggest([passage(text)])) == []


def test_every_question_comes_once() -> None:
    text = "2024年,晋中开发区援建100万元。"
    assert len(list(suggest([passage(text), passage(text)]))) == 1


def test_only_answered_ones_are_kept() -> None:
    made = [Suggestion(f"问{i}？", f"{i}万元", "d", "d#0") for i in range(5)]

    def ask(question: str) -> Answer:
        number = re.sub(r"\D", "", question)
        status = "related" if number == "1" else "answered"
        said = "9万元" if number == "2" else f"{number} 万元"
        return Answer(question, status, said, 0.9, (Span(said, 1, 1.0),))  # type: ignore[arg-type]

    assert [s.question for s in verified(made, ask, limit=2, tries=5)] == ["问0？", "问3？"]
    assert [s.question for s in verified(made, ask, limit=5, tries=2)] == ["问0？"]
