"""Enumerations as people write them: the items, the whole items and nothing but the items."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.enumerations import counted_items, enumeration_items, enumerations


def items(text: str, span: str) -> list[str]:
    start = text.find(span)
    assert start >= 0
    return [text[low:high] for low, high in enumeration_items(text, start, start + len(span))]


CITIES = "会议由太原、大同、阳泉和运城等市协办。"
BRACKETS = "主要产品有苹果、梨(含酥梨、雪梨)、红枣等10种。"


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        pytest.param(CITIES, "太原", ["太原", "大同", "阳泉", "运城"], id="from the first item"),
        pytest.param(CITIES, "大同", ["太原", "大同", "阳泉", "运城"], id="from the middle"),
        pytest.param(CITIES, "运城", ["太原", "大同", "阳泉", "运城"], id="from the last item"),
        pytest.param(CITIES, "太原、大同、阳泉和运城", ["太原", "大同", "阳泉", "运城"], id="from the whole"),
        pytest.param("A、B、C", "B", ["A", "B", "C"], id="nothing but a list"),
        pytest.param(
            "Beijing、Shanghai和Tianjin", "Shanghai", ["Beijing", "Shanghai", "Tianjin"], id="mixed"
        ),
        pytest.param("😀、👍、🎉", "👍", ["😀", "👍", "🎉"], id="emoji"),
        pytest.param("李明、王芳以及张三丰出席。", "王芳", ["李明", "王芳", "张三丰"], id="以及, verb after"),
        pytest.param("甲公司、乙公司及丙公司。", "甲公司", ["甲公司", "乙公司", "丙公司"], id="及"),
        pytest.param("太原、晋中等市", "太原", ["太原", "晋中"], id="等 after a name"),
        pytest.param("水费、电费等各类费用", "电费", ["水费", "电费"], id="what follows 等 is no item"),
        pytest.param(
            "普通教育、高等教育、职业教育和特殊教育",
            "普通教育",
            ["普通教育", "高等教育", "职业教育", "特殊教育"],
            id="等 inside a word",
        ),
        pytest.param("包头、呼和浩特和赤峰", "包头", ["包头", "呼和浩特", "赤峰"], id="和 inside a name"),
        pytest.param("煤炭、电力参与市场", "煤炭", ["煤炭", "电力"], id="与 inside a word"),
        pytest.param("一等奖、二等奖、三等奖", "二等奖", ["一等奖", "二等奖", "三等奖"], id="等 of a rank"),
        pytest.param(
            "总投资分别为10亿元、20亿元和30亿元。", "20亿元", ["10亿元", "20亿元", "30亿元"], id="figures"
        ),
        pytest.param(
            "包括《条例》《办法》和《细则》等文件。",
            "《办法》",
            ["《条例》", "《办法》", "《细则》"],
            id="titles",
        ),
        pytest.param("《甲》、《乙》两部", "《甲》", ["《甲》", "《乙》"], id="titles, words after the last"),
        pytest.param(
            "推动“煤炭、电力”“化工”“文旅、农业”四类",
            "化工",
            ["“煤炭、电力”", "“化工”", "“文旅、农业”"],
            id="commas inside quotes",
        ),
        pytest.param(BRACKETS, "红枣", ["苹果", "梨(含酥梨、雪梨)", "红枣"], id="after a bracket"),
        pytest.param(BRACKETS, "苹果", ["苹果", "梨(含酥梨、雪梨)", "红枣"], id="before a bracket"),
        pytest.param(BRACKETS, "雪梨", ["酥梨", "雪梨"], id="inside a bracket"),
        pytest.param("校训是“勤奋、求实、创新”。", "求实", ["勤奋", "求实", "创新"], id="inside a quotation"),
        pytest.param("晋城和长治获奖。", "长治", ["晋城", "长治"], id="pair from the right"),
        pytest.param("太原市与吉木乃县签约", "太原市", ["太原市", "吉木乃县"], id="pair from the left"),
        pytest.param("负责规划和建设", "规划", ["规划", "建设"], id="pair after a verb"),
        pytest.param(
            "甲队、乙队。丙队、丁队。", "丙队", ["丙队", "丁队"], id="the sentence before is another"
        ),
        pytest.param("太原、大同、", "大同", ["太原", "大同"], id="separator at the end"),
        pytest.param("我省粮食、药材、牲畜等", "我省粮食", ["粮食", "药材", "牲畜"], id="a pronoun before"),
        pytest.param(
            "从事纺织服装、光伏发电的企业", "光伏发电", ["纺织服装", "光伏发电"], id="从 inside a word"
        ),
        pytest.param(
            "做和平的守护者、发展的推动者,",
            "发展的推动者",
            ["和平的守护者", "发展的推动者"],
            id="a verb before",
        ),
        pytest.param("集交易、分拣、保鲜为一体", "分拣", ["交易", "分拣", "保鲜"], id="all begin with verbs"),
        pytest.param(
            "通过叩门招商、以商招商、产业链招商",
            "以商",
            ["叩门招商", "以商招商", "产业链招商"],
            id="end alike",
        ),
        pytest.param(
            "优势突出,煤炭产量、发电量、新能源占比三个单项",
            "优势突出,煤炭产量、发电量",
            ["煤炭产量", "发电量", "新能源占比"],
            id="a clause before, summed up after",
        ),
        pytest.param(
            "粮食、药材、酿酒五大集群", "药材", ["粮食", "药材", "酿酒五大集群"], id="another number is none"
        ),
    ],
)
def test_items_of_an_enumeration(text: str, span: str, expected: list[str]) -> None:
    assert items(text, span) == expected


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("这里没有列表。", "列表", id="no list"),
        pytest.param("甲、乙、丙。丁城很大。", "丁城", id="a list elsewhere"),
        pytest.param("呼和浩特很大", "浩特", id="和 inside a name"),
        pytest.param("、大同", "大同", id="one item"),
        pytest.param("😀", "😀", id="emoji"),
        pytest.param("2024年", "2024年", id="figure"),
    ],
)
def test_no_enumeration_no_items(text: str, span: str) -> None:
    assert items(text, span) == []


def test_one_item_is_no_enumeration() -> None:
    assert enumeration_items("。、太", 0, 1) == [] and enumerations("。、太") == []


def test_empty_text_has_no_items() -> None:
    assert enumeration_items("", 0, 0) == []


def test_a_long_text_without_end_is_quick() -> None:
    text = "“《(" * 3000 + "甲、乙" + "、丙(" * 2000
    assert enumeration_items(text, text.find("乙"), text.find("乙") + 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("没有列表😀。", []),
        ("由太原、阳泉等市协办。产煤、发电、炼钢。", [["太原", "阳泉"], ["产煤", "发电", "炼钢"]]),
        ("包括《甲法》《乙法》。", [["《甲法》", "《乙法》"]]),
        ("太原、", []),
        ("Beijing、Shanghai,太原、大同", [["Beijing", "Shanghai"], ["太原", "大同"]]),
    ],
)
def test_all_enumerations_of_a_text(text: str, expected: list[list[str]]) -> None:
    assert [[text[low:high] for low, high in one] for one in enumerations(text)] == expected


@given(st.text(alphabet="太原大同山西和与等、,。“”《》()的为做一二三五种 a1😀\n", max_size=60))
def test_items_stand_in_order_and_apart(text: str) -> None:
    for one in enumerations(text):
        assert len(one) > 1
        assert all(low < high for low, high in one)
        assert all(before[1] <= after[0] for before, after in pairwise(one))


FORMS = "完成40个品种引育试验和“粮药”“草药”“药药”三种形式的示范、推广"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, ["“粮药”", "“草药”", "“药药”"]),
        (0, 5),
        (2, 5),
    ],
)
def test_so_many_quotations_among_other_things(count: int, expected: list[str] | int) -> None:
    start = FORMS.find("草药")
    found = [FORMS[low:high] for low, high in counted_items(FORMS, start, start + 2, count)]
    if isinstance(expected, int):
        assert found == items(FORMS, "草药") and len(found) != 3
    else:
        assert found == expected
