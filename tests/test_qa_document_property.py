"""Questions for what a document says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qa_corpus import check_answer, indexed

from index.metadata import parse_metadata
from index.types import DocumentMetadata
from qa.document_property import asked_property, property_places, speaks_of, without_property_words
from qa.pipeline import Pipeline

ENERGY = (
    "关于第 0183 号提案的\n答复\n\n晋能源提函［2025］18 号\n\n刘委员：\n您好。2024年6月，《关于促进消费的意见》印发。"
    "我局按照晋政发〔2023〕5号文件办理。\n\n山西省能源局\n2025 年 6 月 20 日\n"
)
NOTICE = (
    "大同市教育局文件\r\n\r\n同教发〔2024〕7号\r\n\r\n关于做好校园安全工作的通知\r\n\r\n各学校：\r\n现就有关事项通知如下。"
    "学校应当做好安全工作。\r\n\r\n大同市教育局\r\n二〇二四年三月五日\r\n"
)
TEXTS = {
    "energy.txt": ENERGY,
    "notice.txt": NOTICE,
    "news.md": "# 冻干大会😀开幕\n\n记者从会上获悉，大会有三百人参加。\n",
}


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("这份文件的文号是什么?", "number"),
        ("发文字号是多少", "number"),
        ("What is the document number?", "number"),
        ("这份通知的发文机关是谁?", "issuer"),
        ("这个答复是哪个单位出具的?", "issuer"),
        ("谁印发了这份关于校园安全的通知?", "issuer"),
        ("Who issued the notice about schools?", "issuer"),
        ("《关于做好校园安全工作的通知》是什么时候印发的?", "date"),
        ("该文件的成文日期是哪天", "date"),
        ("晋能源提函〔2025〕18号是哪天发的", "date"),
        ("When was this notice issued?", "date"),
        ("这篇报道的标题是什么?", "title"),
        ("晋政发〔2023〕5号文件的全称是什么", "title"),
        ("学校是哪一年创办的?", None),
        ("通知要求各学校做什么?", None),
        ("大会什么时候举行?", None),
        ("哪家公司发布了新产品?", None),
        ("谁提出了意见?", None),
        ("项目的名称是什么?", None),
        ("报告说产值是多少?", None),
        ("When was the school founded?", None),
        ("这份决定什么时候印发的?", "date"),
        ("该决定由哪个机关作出?", "issuer"),
        ("关于表彰的决定何时印发?", "date"),
        ("能源局的刘委员决定什么时候发布意见?", None),
        ("When was the reporter's first book published?", None),
        ("Who published the newsletter?", None),
        ("😀?", None),
        ("", None),
    ],
)
def test_what_is_asked_of_a_document(question, asked):
    assert asked_property(question) == asked


@pytest.mark.parametrize(
    ("question", "title", "spoken_of"),
    [
        ("行动方案是谁印发的?", "大同市促进就业行动方案(2023-2025年)", True),
        ("关于用水的意见是谁印发的?", "关于用水的意见(晋政发〔2024〕3号)", True),
        ("What is the reference number?", "关于用水的意见", True),
        ("Who issued the notice?", "关于用水的通知", True),
        ("这篇报道的标题是什么?", "冻干大会开幕", True),
        ("冻干大会报道的标题是什么?", "冻干大会开幕", True),
        ("关于用水的通知是谁印发的?", "2024-07.txt", True),
        ("检测报告由谁出具?", "关于用水的通知", False),
        ("申请材料由哪个部门出具?", "关于用水的通知(试行)", False),
    ],
)
def test_which_document_is_spoken_of(question, title, spoken_of):
    assert speaks_of(question, title) is spoken_of


def test_what_is_left_names_the_document():
    assert without_property_words("这份文件的文号是什么?").strip("的是?") == ""
    assert "校园安全" in without_property_words("谁印发了这份关于校园安全的通知?")
    assert "0183号提案" in without_property_words("0183号提案的答复发文机关是谁?")


@pytest.mark.parametrize(
    ("text", "asked", "quotes"),
    [
        pytest.param(ENERGY, "number", ["晋能源提函［2025］18 号"], id="other brackets"),
        pytest.param(ENERGY, "title", ["关于第 0183 号提案的\n答复"], id="a title over two lines"),
        pytest.param(ENERGY, "issuer", ["山西省能源局"], id="the signature"),
        pytest.param(ENERGY, "date", ["2025 年 6 月 20 日"], id="a date with spaces"),
        pytest.param(NOTICE, "date", ["二〇二四年三月五日"], id="a date in characters"),
        pytest.param(NOTICE, "number", ["同教发〔2024〕7号"], id="line ends of Windows"),
        pytest.param("今天晴😀。\n", "number", [], id="none"),
        pytest.param("", "title", [], id="empty"),
    ],
)
def test_places_in_the_text(text, asked, quotes):
    places = property_places(text, parse_metadata(text), asked)
    assert [text[start:end] for start, end in places] == quotes


def test_several_bodies_are_several_places():
    text = "甲市教育局\n乙市公安局\n"
    places = property_places(text, DocumentMetadata(issuer="甲市教育局、乙市公安局"), "issuer")
    assert [text[start:end] for start, end in places] == ["甲市教育局", "乙市公安局"]


@given(
    st.text(max_size=200),
    st.text(min_size=1, max_size=20),
    st.sampled_from(["title", "issuer", "number", "date"]),
)
def test_places_lie_in_any_text(text, value, asked):
    metadata = DocumentMetadata(**{asked: value})
    for start, end in property_places(text, metadata, asked):
        assert 0 <= start < end <= len(text)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    opened = Pipeline.open(indexed(tmp_path_factory.mktemp("property"), TEXTS), reader="overlap")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "document", "said"),
    [
        ("山西省能源局的答复文号是什么？", "energy.txt", "晋能源提函［2025］18 号"),
        ("晋能源提函〔2025〕18号是哪天发的？", "energy.txt", "2025 年 6 月 20 日"),
        ("0183号提案的答复是哪个单位出具的？", "energy.txt", "山西省能源局"),
        ("關於校園安全工作的通知是什麼時候印發的？", "notice.txt", "二〇二四年三月五日"),
        ("大同市教育局那份通知的标题是什么", "notice.txt", "关于做好校园安全工作的通知"),
        ("When was the document 0183 issued?", "energy.txt", "2025 年 6 月 20 日"),
    ],
)
def test_the_property_is_cited_where_it_stands(pipeline, question, document, said):
    answer = pipeline.ask(question)
    assert (answer.status, answer.answer) == ("answered", said)
    assert {citation.document_id for citation in answer.citations} == {document}
    check_answer(answer, pipeline.index)


@pytest.mark.parametrize(
    "question",
    [
        "这份文件的文号是什么？",  # which of three
        "《关于促进消费的意见》是什么时候印发的？",  # only spoken of
        "晋政发〔2023〕5号的标题是什么？",
        "2023年山西省能源局的答复是什么时候印发的？",
        "冻干大会那篇新闻的文号是什么？",  # it has none
        "火星局的通知是谁印发的？",
        "能源局的煤炭检测报告由谁出具？",  # no report
        "能源局的刘委员决定什么时候发布意见？",
        "大同市教育局的申请材料由哪个部门出具？",
    ],
)
def test_another_document_is_not_taken_for_it(pipeline, question):
    answer = pipeline.ask(question)
    assert answer.answer not in (
        "2025 年 6 月 20 日",
        "二〇二四年三月五日",
        "晋能源提函［2025］18 号",
        "山西省能源局",
        "同教发〔2024〕7号",
    )
    assert not answer.answer.startswith("关于第")
    check_answer(answer, pipeline.index)


def test_a_document_that_is_not_there_says_nothing(pipeline):
    assert pipeline.ask("这份文件的文号是什么？", document_ids=["gone.txt"]).status == "none"


def test_one_document_needs_no_name(pipeline):
    answer = pipeline.ask("这份文件的文号是什么？", document_ids=["notice.txt"])
    assert answer.answer == "同教发〔2024〕7号"
    check_answer(answer, pipeline.index)
