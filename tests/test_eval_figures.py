"""Figure accuracy: what a person would call the same figure."""

import pytest

from eval.measures.figures import figure_accuracy, gold_figure


@pytest.mark.parametrize(
    ("prediction", "references", "expected"),
    [
        pytest.param("16714.45 万元", ["1.671445 亿元"], 1, id="scale"),
        pytest.param("１，２００ 万吨", ["1200万吨"], 1, id="width and separator"),
        pytest.param("约1200万吨", ["1200 万吨"], 1, id="about"),
        pytest.param("一千二百万吨", ["1200 万吨"], 1, id="Chinese numerals"),
        pytest.param("百分之五点二", ["5.2%"], 1, id="per cent in words"),
        pytest.param("1200万吨", ["1200 吨"], 0, id="another scale"),
        pytest.param("100 万元", ["100 万美元"], 0, id="another currency"),
        pytest.param("5.2%", ["5.2 个百分点"], 0, id="points are not per cent"),
        pytest.param("5.2", ["5.2%"], 0, id="per cent lost"),
        pytest.param("-5.2%", ["5.2%"], 0, id="sign"),
        pytest.param("1638", ["1638个"], 1, id="a count without its measure word"),
        pytest.param("1638 项", ["1638个"], 1, id="another measure word"),
        pytest.param("2024 年投资 100 万元", ["100万元"], 1, id="a year beside it"),
        pytest.param("100 万元和 20 万元", ["100万元"], 0, id="two amounts"),
        pytest.param("转化煤炭1200万吨、产值30亿元", ["30亿元"], 0, id="an amount in another unit"),
        pytest.param("增长5.2%", ["下降5.2%"], 0, id="rise against fall"),
        pytest.param("增长5.2%", ["5.2%"], 1, id="rise against nothing said"),
        pytest.param("2024年6月", ["2024年7月"], 0, id="another month"),
        pytest.param("2024 年 6 月", ["2024年6月"], 1, id="date"),
        pytest.param(
            "由主要领导带队赴疆考察对接交流合作，一共投入100万元", ["100万元"], 0, id="a whole sentence"
        ),
        pytest.param("20万元", ["10万元", "20万元"], 1, id="any reference"),
        pytest.param("308分", ["308"], 1, id="the question names the unit"),
        pytest.param("308万分", ["308"], 0, id="but not the scale"),
        pytest.param("38岁时", ["38"], 1, id="a word after it"),
        pytest.param("六次", ["六"], 1, id="a lone Chinese numeral"),
        pytest.param("6", ["六"], 1, id="in digits"),
        pytest.param("六", ["六"], 1, id="both lone"),
        pytest.param("七次", ["六"], 0, id="another lone numeral"),
        pytest.param("六", ["6次"], 1, id="a lone numeral found"),
        pytest.param("19世纪", ["19世纪晚期"], 0, id="the century is not its end"),
        pytest.param("2024 年底", ["2024年底"], 1, id="the end of a year"),
        pytest.param("1944 年华沙起义后", ["1944 年"], 0, id="after a year"),
        pytest.param("", ["10万元"], 0, id="empty prediction"),
        pytest.param("😀", ["10万元"], 0, id="emoji"),
        pytest.param("GDP 5.2%", ["5.2%"], 1, id="mixed"),
        pytest.param("太原", ["晋城"], None, id="no figure asked for"),
        pytest.param("105团", ["105团中心医院门诊综合楼"], None, id="a name with a number in it"),
        pytest.param("晋能源提函〔2025〕18号", ["晋能源提函〔2025〕18号"], None, id="document number"),
        pytest.param("10万元", [], None, id="no reference"),
    ],
)
def test_figure_accuracy(prediction: str, references: list[str], expected: float | None) -> None:
    assert figure_accuracy(prediction, references) == expected


@pytest.mark.parametrize("text", ["", "😀", "新疆", "党的二十大", "2024 年投资 100 万元"])
def test_not_one_figure(text: str) -> None:
    assert gold_figure(text) is None
