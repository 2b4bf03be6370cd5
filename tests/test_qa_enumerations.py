"""Enumerations as people write them: the items, the whole items and nothing but the items."""

import pytest

from qa.enumerations import enumeration_items


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


def test_empty_text_has_no_items() -> None:
    assert enumeration_items("", 0, 0) == []


def test_a_long_text_without_end_is_quick() -> None:
    text = "“《(" * 3000 + "甲、乙" + "、丙(" * 2000
    assert enumeration_items(text, text.find("乙"), text.find("乙") + 1)
