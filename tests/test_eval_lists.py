"""List recall, precision and count on lists worked by hand."""

import pytest

from eval.measures.lists import list_score, units


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([""], [], id="empty"),
        pytest.param(["石油、煤炭；水"], ["石油", "煤炭", "水"], id="enumeration marks"),
        pytest.param(
            ["《水，土》", "甲（乙、丙）、丁"], ["《水,土》", "甲(乙、丙)", "丁"], id="inside brackets"
        ),
        pytest.param(["1,169 家,GDP"], ["1,169家", "GDP"], id="comma in a number"),
        pytest.param(["😀、😁"], ["😀", "😁"], id="emoji"),
        pytest.param(["甲）、乙"], ["甲)", "乙"], id="bracket never opened"),
        pytest.param(["投资规模、融合深\n\n度"], ["投资规模", "融合深度"], id="page break inside a word"),
        pytest.param(["甲、乙等", "等"], ["甲", "乙", "等"], id="and so on"),
        pytest.param(["甲、乙", "“甲”"], ["甲", "乙"], id="said twice"),
    ],
)
def test_units(spans: list[str], expected: list[str]) -> None:
    assert units(spans) == expected


@pytest.mark.parametrize(
    ("spans", "items", "recall", "precision", "count"),
    [
        pytest.param(["石油", "煤炭"], ["煤炭", "石油"], 1, 1, 1, id="all, order free"),
        pytest.param(["石油、煤炭"], ["石油", "煤炭"], 1, 1, 1, id="one span that enumerates"),
        pytest.param(["石油、煤炭和水"], ["石油", "煤炭", "水"], 1, 1, 1, id="last two joined by 和"),
        pytest.param(["刘成根 谢宏"], ["刘成根", "谢宏"], 1, 1, 1, id="names with a space between"),
        pytest.param(["New York"], ["New York"], 1, 1, 1, id="a space inside an item"),
        pytest.param(["煤炭和水"], ["煤炭和水"], 1, 1, 1, id="an item that holds 和"),
        pytest.param(["和平区", "煤炭"], ["和平区", "煤炭"], 1, 1, 1, id="和 inside a name"),
        pytest.param(["石油"], ["石油", "煤炭", "水", "气"], 0.25, 1, 0, id="one of four"),
        pytest.param(["石油", "风"], ["石油", "煤炭"], 0.5, 0.5, 1, id="right number, one wrong"),
        pytest.param(["石油", "石油"], ["石油", "煤炭"], 0.5, 1, 0, id="a repeated unit counts once"),
        pytest.param(["石油化工"], ["石油"], 0, 0, 1, id="another thing"),
        pytest.param(["新疆喀什、库尔勒"], ["喀什", "库尔勒"], 1, 1, 1, id="words before an item"),
        pytest.param(["不合格", "非公企业"], ["合格", "企业"], 0, 0, 1, id="words before that change it"),
        pytest.param(["引进了上海艾特海浦"], ["海浦"], 0, 0, 1, id="too many words before"),
        pytest.param([], ["石油"], 0, 0, 0, id="nothing found"),
        pytest.param(["A, B and C"], ["A", "B", "C"], 1, 1, 1, id="english"),
        pytest.param(["😀、GDP"], ["😀", "gdp"], 1, 1, 1, id="emoji and mixed"),
        pytest.param(
            ["推动产业、就业、稳定", "造血"], ["推动产业、就业、稳定", "造血"], 1, 1, 1, id="items with marks"
        ),
        pytest.param(["105团", "106团"], ["105团", "107团"], 0.5, 0.5, 1, id="numbers differ"),
    ],
)
def test_list_score(
    spans: list[str], items: list[str], recall: float, precision: float, count: float
) -> None:
    score = list_score(spans, items)
    assert (score.recall, score.precision, score.count) == (recall, precision, count)
    expected = 2 * recall * precision / (recall + precision) if recall else 0
    assert score.f1 == pytest.approx(expected)


def test_pairing_is_the_largest() -> None:
    # 晋中开发区 fits both items, 山西晋中开发区 only the first: a greedy pairing would find one.
    score = list_score(["晋中开发区", "山西晋中开发区办"], ["山西晋中开发区办", "晋中开发区"])
    assert score.recall == 1


def test_no_items_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one gold item"):
        list_score(["石油"], [])
