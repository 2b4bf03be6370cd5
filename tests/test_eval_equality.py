"""When two answers are the same: pairs a person judged."""

import pytest

from eval.measures.equality import bare, same_answer, same_item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("，。", ""),
        ("《八篇書》", "八篇书"),
        ("－5.2 ％", "-5.2%"),
        ("１，２００ 万吨。", "1200万吨"),
        ("2020—2025年", "2020-2025年"),
        ("U.S.", "us"),
        ("卡万·肖特", "卡万肖特"),
        ("10:30", "10:30"),
        ("😀！", "😀"),
        ("A/B", "a/b"),
    ],
)
def test_bare(text: str, expected: str) -> None:
    assert bare(text) == expected


@pytest.mark.parametrize(
    ("prediction", "reference", "same"),
    [
        pytest.param("轉化煤炭", "转化煤炭", True, id="traditional"),
        pytest.param("1200 万吨", "１２００万吨", True, id="width and space"),
        pytest.param("“三化三制”", "三化三制", True, id="quotation marks"),
        pytest.param("晋中开发区", "山西晋中开发区", True, id="a little longer"),
        pytest.param("石油", "石油化工", False, id="much longer"),
        pytest.param("合格", "不合格", False, id="negation"),
        pytest.param("完成任务", "未完成任务", False, id="negation in a longer text"),
        pytest.param("兵团第六师五家渠市", "兵团第五师五家渠市", False, id="another division"),
        pytest.param(
            "新疆生产建设兵团第六师", "新疆生产建设兵团第五师", False, id="another last character but one"
        ),
        pytest.param("105团", "1105团", False, id="another number"),
        pytest.param("5.2%", "-5.2%", False, id="sign"),
        pytest.param("52", "5.2", False, id="decimal point"),
        pytest.param("1200", "1200万吨", False, id="unit lost"),
        pytest.param("五家渠经济技术开发区", "五家渠经济技术开发区2", False, id="added number"),
        pytest.param("The 2nd Army", "2nd army", True, id="article"),
        pytest.param("a machine to end war", "A machine to end the war", True, id="inner article"),
        pytest.param("A 类", "B 类", False, id="grade"),
        pytest.param("A", "the A", True, id="an article alone is no article"),
        pytest.param("由于糟糕的财务状况", "糟糕的财务状况", True, id="a conjunction before"),
        pytest.param("廿八歲時", "廿八歲", True, id="a particle after"),
        pytest.param("市镇 (gmina)", "市镇", True, id="foreign name in brackets"),
        pytest.param("江苏援疆(南通)产业园", "江苏援疆产业园", False, id="brackets that tell apart"),
        pytest.param("从", "到", False, id="a particle alone stays"),
        pytest.param("😀", "😀", True, id="emoji equal"),
        pytest.param("😀", "😁", False, id="emoji differ"),
        pytest.param("", "", False, id="empty"),
        pytest.param("，", "。", False, id="marks only"),
        pytest.param("张治立", "张治", False, id="half a name"),
    ],
)
def test_same_answer(prediction: str, reference: str, same: bool) -> None:
    assert same_answer(prediction, reference) is same
    assert same_answer(reference, prediction) is same


def test_an_answer_may_say_more_than_a_long_reference() -> None:
    reference = "煤炭作为不可再生资源，终将枯竭"
    longer = "他在各种场合讲，煤炭作为不可再生资源，终将枯竭"
    assert same_answer(longer, reference)
    assert not same_answer(reference, longer)  # but not less
    assert not same_answer("他在各种场合讲，煤炭作为可再生资源，终将枯竭", reference)
    assert not same_answer("郝云在各种会议和考察的场合都讲过，煤炭作为不可再生资源，终将枯竭", reference)


@pytest.mark.parametrize(
    ("unit", "item", "same"),
    [
        ("新疆喀什", "喀什", True),
        ("喀什", "新疆喀什", False),
        ("石油化工", "石油", False),
        ("不达标", "达标", False),
        ("第2产业园", "产业园", False),
        ("我省全部的杂粮", "杂粮", False),
        ("A😀", "😀", False),
        ("", "杂粮", False),
    ],
)
def test_same_item(unit: str, item: str, same: bool) -> None:
    assert same_item(unit, item) is same


def test_a_title_before_a_name() -> None:
    assert same_answer("端锋科尼·伊利", "科尼·伊利")
    assert not same_answer("科尼·伊利端锋", "科尼·伊利")
    assert not same_answer("卡卡", "女神卡卡")
