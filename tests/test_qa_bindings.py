"""The values a question binds its answer to, and whether another value of the kind stands in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.bindings import Around, conflict
from qa.bound_values import bound_values, values_of


def kinds(text: str) -> list[tuple[str, str]]:
    return [(bound.kind, bound.value) for bound in bound_values(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2024年", [("year", "2024")], id="year"),
        pytest.param("面积1950亩", [], id="a number of mu is no year"),
        pytest.param("第九批和首批", [("批", "9"), ("批", "1")], id="ordinals of batches"),
        pytest.param("第二十次与第20次会议", [("次", "20"), ("次", "20")], id="Han and Arabic numerals"),
        pytest.param("一期和二期工程", [("期", "1"), ("期", "2")], id="phases without 第"),
        pytest.param("召开7次会议", [], id="a count is no ordinal"),
        pytest.param("湖南省和运城市", [("province", "湖南"), ("city", "运城")], id="province and city"),
        pytest.param("前八个月与1-8月", [("month", "1-8"), ("month", "1-8")], id="months from the first on"),
        pytest.param("太谷经开区", [("zone", "太谷")], id="zone"),
        pytest.param("The Xinjiang 2023 report: 第3届😀", [("year", "2023"), ("届", "3")], id="mixed, emoji"),
        pytest.param("😀👍", [], id="emoji"),
        pytest.param("", [], id="empty"),
    ],
)
def test_values_of_a_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_a_place_in_a_company_name_is_owned_by_it() -> None:
    owned = {bound.value: bound.owned for bound in bound_values("山西振东药材开发有限公司在新疆种植红花")}
    assert owned == {"山西": True, "新疆": False}


def held(question: str, text: str, span: str, *, above: str = "", lead: str = "", document: str = ""):
    start = text.index(span)
    low = max(text.rfind("。", 0, start) + 1, 0)
    high = text.find("。", start) + 1 or len(text)
    around = Around(values_of(above), lead, document or text)
    return conflict(bound_values(question), text, start, start + len(span), low, high, around)


BATCH = "第十批援疆干部实施项目1344个。"


@pytest.mark.parametrize(
    ("question", "text", "span", "rival"),
    [
        pytest.param("第十批援疆实施多少个项目?", BATCH, "1344个", 0.0, id="the asked one of a series"),
        pytest.param("第九批援疆实施多少个项目?", BATCH, "1344个", 1.0, id="another one of the series"),
        pytest.param("2022年产值?", "2023年产值160亿元。", "160亿元", 1.0, id="another year"),
        pytest.param(
            "2023年产值?", "2022年为1亿元。2023年产值160亿元。", "160亿元", 0.0, id="own sentence counts"
        ),
        pytest.param("运城指数第几?", "太原指数排名第二。", "第二", 1.0, id="another city"),
        pytest.param("项目有多少个?", BATCH, "1344个", 0.0, id="a question that binds nothing"),
        pytest.param(
            "山西企业在新疆收购多少?",
            "山西汾谷香农业有限公司年收购量2.5万吨。",
            "2.5万吨",
            0.7,
            id="a company's name is no rival",
        ),
        pytest.param("", BATCH, "1344个", 0.0, id="empty question"),
        pytest.param("第9批 emoji 😀?", "😀第10批共3个。", "3个", 1.0, id="mixed, emoji"),
    ],
)
def test_rivals(question: str, text: str, span: str, rival: float) -> None:
    assert held(question, text, span).rival == pytest.approx(rival)


def test_what_stands_above_or_before_the_passage_binds_it() -> None:
    question, text = "2022年产值是多少?", "产值为3亿元。"
    alone = held(question, text, "3亿元")
    assert alone.rival == pytest.approx(0.7) and alone.absent == 1.0
    assert held(question, text, "3亿元", above="2022年报告").rival == 0.0
    assert held(question, text, "3亿元", lead="2022年情况如下").rival == 0.0
    assert held(question, text, "3亿元", lead="2021年情况如下").rival > alone.rival


def test_our_province_stands_for_its_name() -> None:
    question, text = "山西建成多少个?", "我省建成100个。"
    assert held(question, text, "100个", document="山西省100个").rival == 0.0
    assert held(question, text, "100个", document="100个").rival > 0.5


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gives_shares(question: str, text: str) -> None:
    if not text:
        return
    found = conflict(bound_values(question), text, 0, 1, 0, len(text), Around(values_of(question), "", text))
    assert 0 <= found.rival <= 1 and 0 <= found.absent <= 1
