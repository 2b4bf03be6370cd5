"""Counts of list answers: what was found, what the text states, whether the two agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.list_count import ListCount, StatedCount, list_count, stated_count
from qa.types import Answer, Citation, CitedPassage, Span

COUNTS = {
    "before": ("抓好五项工作：甲、乙", "甲、乙", (5, "五项")),
    "after": ("甲、乙等十二家企业", "甲、乙", (12, "十二家")),
    "digits": ("有 14 家：甲、乙", "甲、乙", (14, "14家")),
    "ordinal is none": ("第三项：甲、乙", "甲、乙", None),
    "a year is none": ("2023年：甲、乙", "甲、乙", None),
    "the nearest one": ("三个市的四项工作：甲、乙", "甲、乙", (4, "四项")),
    "one is no list": ("一项：甲、乙", "甲、乙", None),
    "mixed": ("ABC 共 3 项：A、B、C", "A、B、C", (3, "3项")),
    "emoji": ("😀两类😀：😀、🎈", "😀、🎈", (2, "两类")),
    "a lead of a notice": ("提出以下三点要求，请认真贯彻执行：甲、乙", "甲、乙", (3, "三点")),
    "a sentence": ("现就有关事项提出三点要求。甲、乙", "甲、乙", (3, "三点")),
    "namely": ("有三家企业参加，分别是甲、乙", "甲、乙", (3, "三家")),
    "first": ("三项内容，一是甲、乙", "甲、乙", (3, "三项")),
    "by area": ("三个万亩示范区：甲、乙", "甲、乙", (3, "三个")),
    "a count of others": ("组织50名干部赴甲、乙", "甲、乙", None),
    "of another clause": ("共有120家企业参展,展品包括甲、乙", "甲、乙", None),
    "points": ("增长5个百分点,甲、乙", "甲、乙", None),
    "money": ("投资3个亿,甲、乙", "甲、乙", None),
    "months": ("用三个月走访甲、乙", "甲、乙", None),
    "with a word that announces": ("四个市分别是甲、乙", "甲、乙", (4, "四个")),
    "at once": ("建设两个园区甲、乙", "甲、乙", (2, "两个")),
    "empty": ("甲、乙", "甲、乙", None),
    "none": ("包括甲、乙", "甲、乙", None),
}


@pytest.mark.parametrize(("source", "items", "count"), COUNTS.values(), ids=COUNTS)
def test_the_count_the_text_states(source: str, items: str, count: tuple[int, str] | None) -> None:
    found = stated_count(source, source.index(items), source.index(items) + len(items))
    assert (found and (found.number, found.words)) == count


def answer(*passages: tuple[str, tuple[str, ...]], status: str = "answered") -> Answer:
    """A list answer whose items stand in passages, each given as its text and its items."""
    citations, spans, offset = [], [], 0
    for text, items in passages:
        for item in items:
            number, start = len(citations) + 1, offset + text.index(item)
            citations.append(
                Citation(number, "a.txt", "0" * 64, "题", None, (), start, start + len(item), item, CitedPassage(offset, offset + len(text), text))
            )  # fmt: skip
            spans.append(Span(item, number, 1.0))
        offset += len(text) + 7
    return Answer("？", status, "、".join(s.text for s in spans), 0.9, tuple(spans), tuple(citations))  # type: ignore[arg-type]


AGREEMENTS = {
    "agrees": ("抓好三项工作：甲、乙、丙。", ("甲", "乙", "丙"), True),
    "fewer were found": ("抓好五项工作：甲、乙、丙。", ("甲", "乙", "丙"), False),
    "more were found": ("抓好两项工作：甲、乙、丙。", ("甲", "乙", "丙"), False),
    "states none": ("抓好甲、乙、丙。", ("甲", "乙", "丙"), None),
    "mixed": ("Three 项目共3个：alpha、beta、gamma。", ("alpha", "beta", "gamma"), True),
    "emoji": ("😀两类：🎈、🎉。", ("🎈", "🎉"), True),
}


@pytest.mark.parametrize(("text", "items", "agrees"), AGREEMENTS.values(), ids=AGREEMENTS)
def test_the_text_agrees_or_not(text: str, items: tuple[str, ...], agrees: bool | None) -> None:
    count = list_count(answer((text, items)))
    assert count is not None
    assert (count.found, count.agrees) == (len(items), agrees)


def test_what_is_no_list_has_no_count() -> None:
    assert list_count(answer(("抓好五项工作：甲。", ("甲",)))) is None
    assert list_count(answer()) is None
    assert list_count(answer(("两项：甲、乙", ("甲", "乙")), status="related")) is None


def test_items_of_two_passages_are_compared_with_no_count() -> None:
    count = list_count(answer(("两项：甲、乙。", ("甲", "乙")), ("丙、丁。", ("丙", "丁"))))
    assert count == ListCount(4, None)
    assert count.agrees is None


def test_a_span_without_its_citation_still_counts() -> None:
    one = answer(("两项：甲、乙。", ("甲", "乙")))
    count = list_count(Answer(one.question, one.status, one.answer, 0.9, one.spans, ()))
    assert count == ListCount(2, None)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_any_text_is_read(text: str, start: int, end: int) -> None:
    found = stated_count(text, min(start, len(text)), min(end, len(text)))
    assert found is None or (isinstance(found, StatedCount) and found.number >= 2)
