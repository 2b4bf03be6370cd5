"""What is asked for by name has to be told: the words that tell it, and none that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.attributes import ATTRIBUTES, asked_attributes, attribute_absent, wrong_value
from qa.question import analyse_question

TOLD = [
    ("王明是哪年出生的?", "王明,1970年生于太原。", "王明2023年任省长。"),
    ("王明毕业于哪所大学?", "王明在山西大学求学。", "王明到山西大学视察。"),
    ("甲公司是哪一年上市的?", "甲公司2020年在上海挂牌。", "甲公司2020年种谷子。"),
    ("甲公司成立于哪一年?", "甲公司创建于1998年。", "甲公司1998年获奖。"),
    ("甲公司的总部在哪里?", "甲公司总部设在太原。", "甲公司与太原签约。"),
    ("甲公司有多少名员工?", "甲公司职工300人。", "甲公司资助9人。"),
    ("长治市市长是谁?", "长治市市长李刚出席。", "长子县县长李刚出席。"),
    ("商务厅厅长是谁?", "厅长王明表示。", "副厅长王明表示。"),
    ("提案的负责人是谁?", "由杨强负责。", "承办人:杨强"),
    ("王明哪一年当选省长?", "王明2022年当选。", "省长王明2022年出席。"),
    ("甲县的人口是多少?", "甲县常住30万人。", "甲县种菜40万亩。"),
    ("人均收入是多少?", "村民每人收入2万元。", "村里收入2万元。"),
    ("Who is the mayor of Datong?", "大同市市长李刚。", "大同市李刚主持。"),
    ("In which year was 甲 founded?", "甲创立于1998年。", "甲1998年获奖。"),
    ("Who founded 甲?", "甲由王明创办。", "甲董事长王明来访。"),
]


@pytest.mark.parametrize(("question", "told", "silent"), TOLD, ids=[one[0] for one in TOLD])
def test_an_attribute_is_told_or_not(question: str, told: str, silent: str) -> None:
    asked = analyse_question(question)
    assert attribute_absent(asked, told, "", told) == 0.0
    assert attribute_absent(asked, silent, "", silent) == 1.0
    assert attribute_absent(asked, silent, "", f"{told}{silent}") == 0.5


def test_a_label_right_before_tells_it_too() -> None:
    asked = analyse_question("杨强的电话是多少?")
    assert attribute_absent(asked, "139", "联系电话:\n", "联系电话:\n139") == 0.0
    assert attribute_absent(asked, "139", f"联系电话{'。' * 40}", "联系电话139") == 0.5


@pytest.mark.parametrize(
    "question",
    ["会议在哪里召开?", "每年转化煤炭多少万吨?", "What does 甲 produce?", "", "🙂", "电影的导演风格如何?"],
)
def test_most_questions_ask_for_none(question: str) -> None:
    assert asked_attributes(question) == []
    assert attribute_absent(analyse_question(question), "甲。", "", "甲。") == 0.0


@pytest.mark.parametrize(
    ("question", "span", "wrong"),
    [
        ("杨强担任什么职务?", "市发展和改革委员会", True),
        ("杨强担任什么职务?", "委员会主任", False),
        ("杨强担任什么职务?", "2024年", True),
        ("杨强在哪个单位?", "市发展和改革委员会", False),
        ("", "", False),
    ],
)
def test_an_office_is_no_post(question: str, span: str, wrong: bool) -> None:
    assert wrong_value(question, span) is wrong


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text(question: str, sentence: str, lead: str) -> None:
    assert attribute_absent(analyse_question(question), sentence, lead, lead + sentence) in (0.0, 0.5, 1.0)


def test_a_question_that_names_an_attribute_tells_it_to_itself() -> None:
    """The patterns of asking are narrower than those of telling, but for the few whose telling has other words."""
    own = {one.asked.pattern for one in ATTRIBUTES if not one.told.search(one.asked.pattern)}
    assert len(own) < len(ATTRIBUTES) / 10, own
