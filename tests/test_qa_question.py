"""What a question asks for, read off questions as people ask them."""

import pytest

from index.normalize import normalize
from qa.question import analyse_question


@pytest.mark.parametrize(
    ("text", "kind", "unit", "many"),
    [
        pytest.param("2024年晋中开发区援建了多少万元?", "number", "元", False, id="amount with scale"),
        pytest.param("共有多少平方公里?", "number", "平方公里", False, id="area"),
        pytest.param("学校有几名教师?", "number", "名", False, id="few"),
        pytest.param("面积有多大?", "number", "", False, id="how large"),
        pytest.param("哪一年创办?", "year", "", False, id="which year"),
        pytest.param("何时发布?", "date", "", False, id="when"),
        pytest.param("同比增长多少?", "percent", "", False, id="growth"),
        pytest.param("占比是多少?", "percent", "", False, id="share"),
        pytest.param("负责人是谁?", "person", "", False, id="who"),
        pytest.param("总部在哪里?", "place", "", False, id="where"),
        pytest.param("哪家公司承建?", "organisation", "", False, id="which company"),
        pytest.param("为什么延期?", "reason", "", False, id="why"),
        pytest.param("哪些市协办?", "list", "", True, id="which ones"),
        pytest.param("两个项目分别投资多少亿元?", "number", "元", False, id="figures of several"),
        pytest.param("如何申请?", "other", "", False, id="how"),
        pytest.param("几乎所有人都来了吗?", "other", "", False, id="几乎 counts nothing"),
        pytest.param("备忘录的签约双方是谁?", "organisation", "", True, id="two parties"),
        pytest.param("双方签约的项目有多少个?", "number", "个", False, id="what two parties did"),
        pytest.param("How many people live in Taiyuan?", "number", "people", False, id="English number"),
        pytest.param("Who wrote the report?", "person", "", False, id="English who"),
        pytest.param("Which cities are listed?", "list", "", True, id="English list"),
        pytest.param("煤炭KPI是多少%😀?", "number", "", False, id="mixed, emoji"),
        pytest.param("😀👍", "other", "", False, id="emoji"),
        pytest.param("", "other", "", False, id="empty"),
    ],
)
def test_kind_unit_and_number_of_things(text: str, kind: str, unit: str, many: bool) -> None:
    question = analyse_question(text)
    assert (question.kind, question.unit, question.many) == (kind, unit, many)
    assert question.text == text


@pytest.mark.parametrize(
    ("text", "years", "numbers", "quoted", "ordinals"),
    [
        pytest.param("2024年和2025年各多少?", {"2024", "2025"}, set(), (), (), id="years"),
        pytest.param("2023-2024学年有多少人?", {"2023", "2024"}, set(), (), (), id="span of years"),
        pytest.param("20245号和120241", set(), {"20245", "120241"}, (), ("20245号",), id="no year inside"),
        pytest.param("1,169人中有5.2%", set(), {"1169", "5.2"}, (), (), id="separators removed"),
        pytest.param("〔2025〕18号是谁发的", {"2025"}, {"18"}, (), ("18号",), id="document number"),
        pytest.param("第九批和二期有多少", set(), set(), (), ("第九批", "二期"), id="ordinals"),
        pytest.param(
            "《管理办法》与“三北”工程", set(), set(), ("管理办法", "三北"), (), id="titles and quotations"
        ),
        pytest.param('"Steel Museum"在哪', set(), set(), ("Steel Museum",), (), id="straight quotes"),
        pytest.param("《甲》“”《", set(), set(), (), (), id="too short, empty, unpaired"),
        pytest.param("", set(), set(), (), (), id="empty"),
    ],
)
def test_what_a_question_holds_to(
    text: str, years: set[str], numbers: set[str], quoted: tuple[str, ...], ordinals: tuple[str, ...]
) -> None:
    question = analyse_question(text)
    assert (question.years, question.numbers, question.quoted) == (years, numbers, quoted)
    assert question.ordinals == ordinals


def test_traditional_script_and_full_width_ask_the_same() -> None:
    plain = analyse_question(normalize("2024年轉化煤炭多少萬噸？").text)
    wide = analyse_question(normalize("２０２４年转化煤炭多少万吨?").text)
    assert plain == wide
    assert (plain.kind, plain.unit, plain.years) == ("number", "吨", {"2024"})


@pytest.mark.parametrize("piece", ["多少", "2024", "第一", "《", "“", "a ", "哪", "几", "一", "which is "])
def test_a_long_question_is_read_in_linear_time(piece: str) -> None:
    assert analyse_question((piece * 2000)[:2000]).text
