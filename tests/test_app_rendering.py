"""Answers, evidence and source text as HTML: what is shown, in which order, in both languages."""

import re

import numpy as np
import pytest
from test_app_markup import HOSTILE, read

from index.normalize import normalize
from index.types import Document, DocumentMetadata, Page
from qa.question_parts import Part
from qa.types import Answer, Citation, CitedPassage, Span
from qa.web.answer_html import answer_html, copy_text
from qa.web.evidence_html import DocumentFacts, evidence_html
from qa.web.markup import Mark
from qa.web.sentences import sentence_around
from qa.web.source_html import repairs, source_html, window_around
from qa.web.strings import LANGUAGES, table, text
from qa.web.turn import CitationScores, Turn

TEXT = "今年开工。山西援建的项目，每年转化煤炭 1200 万吨；累计吸引 80 家企业。\n\n下一段。"


def citation(number: int, quote: str, source: str = TEXT, **values: object) -> Citation:
    start = source.index(quote)
    fields = {
        "id": number, "document_id": "a.txt", "sha256": "0" * 64, "title": "答复", "page": None,
        "heading": ("一、能源",), "start": start, "end": start + len(quote), "quote": quote,
        "passage": CitedPassage(0, len(source), source),
    }  # fmt: skip
    return Citation(**{**fields, **values})  # type: ignore[arg-type]


def answered(*quotes: str, source: str = TEXT, confidence: float = 0.93) -> Answer:
    spans = tuple(Span(quote, i, 5.0) for i, quote in enumerate(quotes, start=1))
    cited = tuple(citation(i, quote, source) for i, quote in enumerate(quotes, start=1))
    return Answer("问？", "answered", "、".join(quotes), confidence, spans, cited)


def facts(document_id: str) -> DocumentFacts | None:
    if document_id == "gone.txt":
        return None
    return DocumentFacts(
        "0" * 64, "晋能源提函〔2025〕18号", "山西省能源局", "2025-06-20", False, lambda offset: 7
    )


def test_the_short_answer_stands_first_then_its_sentence_with_it_in_bold() -> None:
    html = answer_html(answered("1200 万吨"), "zh")
    short, sentence = re.findall(r"<p class=.*?</p>", html)
    assert "<strong>1200 万吨</strong>" in short
    assert 'data-cite="1"' in short
    assert "很确定" in short
    assert 'title="这个答案正确的概率约为 93%"' in short
    assert read(sentence).text.startswith("山西援建的项目，每年转化煤炭 1200 万吨；")
    assert 'wj-bold">1200 万吨' in sentence


@pytest.mark.parametrize(
    ("confidence", "words"), [(0.8, "很确定"), (0.79, "较确定"), (0.6, "较确定"), (0.3, "不太确定")]
)
def test_confidence_is_said_in_words(confidence: float, words: str) -> None:
    assert f">{words}<" in answer_html(answered("80 家", confidence=confidence), "zh")


def test_a_list_is_counted_and_compared_with_the_text() -> None:
    source = "重点抓好三项工作：产业、就业、教育。"
    html = answer_html(answered("产业", "就业", "教育", source=source), "zh")
    assert html.count("<li>") == 3
    assert "共找到 3 项" in html
    assert "与原文所说的“三项”一致" in html
    fewer = answer_html(answered("产业", "就业", source=source), "zh")
    assert "原文说“三项”，请核对是否有遗漏" in fewer


def test_refusals_say_what_was_done_and_what_helps() -> None:
    nothing = answer_html(Answer("问？", "none", "", 0.1), "zh")
    assert "文档里没有这个问题的答案" in nothing
    assert "wj-refusal-none" in nothing
    related = Answer(
        "问？", "related", "", 0.3, (), (citation(1, TEXT), citation(2, "80 家")), (Span("80 家", 2, 0.1),)
    )
    html = answer_html(related, "zh")
    assert "没有找到可以确定的答案" in html
    assert html.index('data-cite="1"') < html.index("<details") < html.index('data-cite="2"')


def test_alternatives_are_folded() -> None:
    one = answered("1200 万吨", "80 家")
    html = answer_html(
        Answer("问？", "answered", "1200 万吨", 0.9, one.spans[:1], one.citations, one.spans[1:]), "en"
    )
    assert '<details class="wj-alternatives"><summary>Other possible answers (1)' in html


def test_line_breaks_of_the_page_are_not_shown_in_the_answer() -> None:
    source = "主要是肉\n\n品加工。"
    assert "肉品加工" in read(answer_html(answered("肉\n\n品加工", source=source), "zh")).text


BROKEN = {
    "between words": ("The city of\nNew\nHaven.", "New\nHaven", "The city of |New Haven|."),
    "behind the quote": ("City of New Haven\nis old.", "New Haven", "City of |New Haven| is old."),
    "figure and word": ("Made in\n1998\nby 3\nmen.", "1998", "Made in |1998| by 3 men."),
    "inside a number": ("It cost 12\n500 in all.", "12\n500", "It cost |12500| in all."),
    "Chinese": ("每年转化\n煤炭 12\n00 万\n\n吨。", "12\n00 万\n\n吨", "每年转化煤炭 |1200 万吨|。"),
    "mixed": ("采用\nGPT\n模型，由 Open\nAI 研制。", "GPT", "采用|GPT|模型，由 Open AI 研制。"),
    "emoji": ("It is 😀\nNew\n😀 Haven.", "New", "It is 😀 |New| 😀 Haven."),
    "carriage return": ("It is New\r\nHaven.", "New\r\nHaven", "It is |New Haven|."),
    "heading": ("New\nHaven\n## Its past\nlong", "Its past", "New Haven |Its past| long"),
}


@pytest.mark.parametrize(("source", "quote", "shown"), BROKEN.values(), ids=BROKEN)
def test_a_line_break_is_a_space_where_words_have_spaces(source: str, quote: str, shown: str) -> None:
    html = answer_html(answered(quote, source=source), "zh")
    sentence = re.findall(r'<p class="wj-sentence">(.*?)</p>', html)[0]
    assert read(re.sub(r"</?strong.*?>", "|", sentence)).text == shown
    assert f"<strong>{shown.split('|')[1]}</strong>" in html
    assert f"“{shown.replace('|', '')}”" in copy_text(answered(quote, source=source), "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nasty", [text for text in HOSTILE if text])
def test_hostile_documents_stay_text(nasty: str, language: str) -> None:
    answer = answered(nasty, source=f"前。{nasty}后。")
    hostile = [citation(1, nasty, f"前。{nasty}后。", document_id=nasty, title=nasty, heading=(nasty,))]
    one = Answer(nasty, "answered", nasty, 0.9, answer.spans, tuple(hostile), answer.spans)
    scores = {1: CitationScores(((nasty, 2.0),), 1, None, -0.5)}
    turn = Turn(nasty, one, (Part(nasty, "rest", True),), scores)
    for html in (answer_html(one, language), evidence_html(turn, facts, language)):  # type: ignore[arg-type]
        tags = read(html).tags
        assert {tag for tag, _ in tags} <= {
            "p",
            "strong",
            "button",
            "span",
            "ul",
            "li",
            "ol",
            "details",
            "summary",
            "mark",
            "blockquote",
            "div",
            "meter",
            "i",
        }
        assert not any(
            name.startswith("on") or name in ("href", "src", "style") for _, attrs in tags for name in attrs
        )
        assert not re.search("[\u202a-\u202e\u200b]", html)


def test_evidence_opens_the_cited_and_marks_the_words() -> None:
    one = answered("1200 万吨", "80 家")
    elsewhere = CitedPassage(TEXT.index("80"), len(TEXT), TEXT[TEXT.index("80") :])
    cited = (one.citations[0], citation(2, "80 家", passage=elsewhere))
    turn = Turn("问？", Answer("问？", "answered", "1200 万吨", 0.9, one.spans[:1], cited, one.spans[1:]))
    html = evidence_html(turn, facts, "zh")
    first, second = re.findall(r'<details class="wj-card".*?</blockquote>', html, re.S)
    assert " open>" in first.split("<summary>")[0]
    assert " open>" not in second.split("<summary>")[0]
    assert '<mark class="wj-quote wj-whole" data-anchor="c1">1200 万吨</mark>' in first
    assert all(
        words in first
        for words in ("晋能源提函〔2025〕18号", "山西省能源局", "2025-06-20", "第 7 行", "一、能源")
    )
    assert 'wj-break" title="原文此处换行"' in first


def test_citations_of_one_passage_share_a_card() -> None:
    one = answered("1200 万吨", "80 家")
    turn = Turn(
        "问？", Answer("问？", "answered", "1200 万吨", 0.9, one.spans[:1], one.citations, one.spans[1:])
    )
    html = evidence_html(turn, facts, "zh")
    assert html.count("<blockquote") == 1
    assert 'data-citations="1 2"' in html
    assert '<mark class="wj-quote wj-whole" data-anchor="c1">1200 万吨</mark>' in html
    assert '<mark class="wj-hit wj-whole" data-anchor="c2">80 家</mark>' in html


def test_scores_are_told_in_words() -> None:
    turn = Turn(
        "问？", answered("80 家"), (), {1: CitationScores((("企业", 3.2), ("吸引", 1.6)), 2, None, 4.25, 3)}
    )
    html = evidence_html(turn, facts, "zh")
    assert "逐词比较后，排第 3" in html
    assert "Compared word by word: no. 3" in evidence_html(turn, facts, "en")
    assert all(
        words in html for words in ("按用词，排第 2", "按意思没有排在前列", "答案评分 +4.2", 'value="0.50"')
    )


def test_evidence_tells_what_became_of_its_document() -> None:
    changed = Answer(
        "问？", "answered", "80 家", 0.9, (Span("80 家", 1, 1.0),), (citation(1, "80 家", sha256="1" * 64),)
    )
    assert "文档在回答之后已更新" in evidence_html(Turn("问？", changed), facts, "zh")
    deleted = Answer(
        "问？",
        "answered",
        "80 家",
        0.9,
        (Span("80 家", 1, 1.0),),
        (citation(1, "80 家", document_id="gone.txt"),),
    )
    assert "文档已删除" in evidence_html(Turn("问？", deleted), facts, "zh")


def test_copied_text_names_its_source() -> None:
    copied = copy_text(answered("1200 万吨"), "zh")
    assert copied.splitlines()[:2] == ["问？", "1200 万吨"]
    assert "【1】“山西援建的项目，每年转化煤炭 1200 万吨；”——《答复》（a.txt）" in copied
    assert "[1] “山西援建的项目，每年转化煤炭 1200 万吨；” — 答复 (a.txt)" in copy_text(
        answered("1200 万吨"), "en"
    )


def test_a_figure_is_kept_with_its_unit_and_a_sentence_is_not() -> None:
    assert '<strong class="wj-whole"><span class="wj-bold">1200 万吨' in answer_html(
        answered("1200 万吨"), "zh"
    )
    long = "山西援建的项目，每年转化煤炭 1200 万吨"
    assert "wj-whole" not in answer_html(answered(long), "zh")
    assert "wj-whole" not in evidence_html(Turn("问？", answered(long)), facts, "zh")


def test_turns_survive_the_browser_and_nothing_else_passes() -> None:
    turn = Turn(
        "那？",
        answered("80 家"),
        (Part("那", "rest", False),),
        {1: CitationScores((("企", 1.0),), None, 3, None)},
        2,
    )
    assert Turn.from_dict(turn.to_dict()) == turn
    older = turn.to_dict()
    del older["scores"]["1"]["rank"]  # as an older page kept it
    assert Turn.from_dict(older) == turn
    broken = [{}, {"typed": 1}, None, []]
    data = turn.to_dict()
    broken += [
        {**data, "answer": {**data["answer"], "confidence": "<b>"}},
        {**data, "answer": {**data["answer"], "status": "x"}},
    ]
    broken += [
        {
            **data,
            "answer": {
                **data["answer"],
                "citations": [{**data["answer"]["citations"][0], "id": '1" onclick="'}],
            },
        }
    ]
    for one in broken:
        with pytest.raises(ValueError, match="stored exchange"):
            Turn.from_dict(one)  # type: ignore[arg-type]


SENTENCES = {
    "chinese": ("一。二三四。五。", "三", "二三四。"),
    "question mark and quote": ("他说：“好！”随后走了。", "随后", "随后走了。"),
    "decimal point is no end": ("增长5.2%左右。", "5.2%", "增长5.2%左右。"),
    "across a blank line": ("经济合\n\n作区建设。", "作区", "经济合\n\n作区建设。"),
    "emoji": ("😀。好😀。", "好", "好😀。"),
}


@pytest.mark.parametrize(("source", "quote", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_the_sentence_around_a_quote(source: str, quote: str, sentence: str) -> None:
    start = source.index(quote)
    low, high = sentence_around(source, start, start + len(quote))
    assert source[low:high] == sentence


def document(source: str, pages: tuple[Page, ...] = ()) -> Document:
    return Document("a.txt", source, "0" * 64, DocumentMetadata(title="题"), pages)


@pytest.mark.parametrize("source", ["", "一行", "一\n\n二\r\n三", "😀甲\u202e乙\n<b>", "表\t格\n", "\n\n"])
def test_source_lines_keep_every_character(source: str) -> None:
    html = source_html(document(source), [], "zh")
    lines = re.findall(r'<div class="wj-line[^"]*" data-start="(\d+)">(.*?)</div>', html, re.S)
    assert "\n".join(read(line).text for _, line in lines) == source.removesuffix("\n")
    assert all(source.startswith(read(line).text, int(start)) for start, line in lines)


def test_pages_begin_where_they_begin() -> None:
    source = "第一页\n还是第一页\n第二页"
    html = source_html(document(source, (Page(1, 0, 10), Page(2, 10, 13))), [], "zh")
    assert list(re.findall(r'role="separator">(.*?)<|data-start="(\d+)"', html)) == [
        ("第 1 页", ""), ("", "0"), ("", "4"), ("第 2 页", ""), ("", "10"),
    ]  # fmt: skip


ANCHORED = {
    "three lines": ("一行\n二行\n三行", (1, 7), 0, "行"),
    "begins with a break": ("一行\n\n二行\n三行", (2, 9), 0, "二行"),
    "began before the window": ("一行\n二行\n三行", (1, 7), 3, "二行"),
    "break at the window's edge": ("一行\n\n二行\n三行", (1, 9), 3, "二行"),
    "over a page": ("一行二行\n三行", (1, 6), 0, "行"),
    "emoji": ("😀a\n😀b", (1, 5), 0, "a"),
}


@pytest.mark.parametrize(("source", "place", "start", "begins"), ANCHORED.values(), ids=ANCHORED)
def test_a_mark_over_several_lines_is_one_place_to_go_to(
    source: str, place: tuple[int, int], start: int, begins: str
) -> None:
    marks = [Mark(*place, "quote", anchor="quote"), Mark(place[0], place[0] + 1, "removed", "略")]
    html = source_html(document(source, (Page(1, 0, 2), Page(2, 2, len(source)))), marks, "zh", start)
    assert re.findall(r'data-anchor="quote">(.*?)<', html) == [begins]
    pieces = re.findall(r'<mark class="[^"]*wj-quote[^>]*>(.*?)</mark>', html)
    assert "".join(pieces) == source[max(start, place[0]) : place[1]].replace("\n", "")
    assert len(pieces) > 1


def test_repairs_are_visible() -> None:
    source = "经济合\n\n作区 １００ 萬元"
    made = normalize(source)
    marks = repairs(document(source), made.offsets, made.text, "zh", 0, len(source))
    told = {source[mark.start : mark.end]: mark.title for mark in marks}
    assert told["\n\n"] == "检索时略去这里的空白或换行"
    assert told["萬"] == "检索时作“万”"
    assert told["１００"] == "检索时作“100”"


@pytest.mark.parametrize("source", ["", "只有一行没有换行" * 50, "短\n" * 500, "😀\n" * 100])
@pytest.mark.parametrize("offset", [0, 7, 10_000])
def test_a_window_is_whole_lines_around_its_offset(source: str, offset: int) -> None:
    low, high = window_around(source, offset, size=60)
    assert 0 <= low <= min(offset, len(source)) <= high <= len(source) or high == len(source)
    assert low == 0 or source[low - 1] == "\n" or "\n" not in source
    assert high == len(source) or source[high - 1] == "\n" or "\n" not in source


def test_every_string_is_there_in_both_languages() -> None:
    zh, en = table("zh"), table("en")
    assert zh.keys() == en.keys()
    for key, words in zh.items():
        assert words, key
        assert en[key], key
        assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", en[key])), key
        assert (
            key == "header.language"
            or key == "header.language.hint"
            or not re.search("[\u4e00-\u9fff]", en[key])
            or "问题" in en[key]
        ), key
    assert text("zh", "batch.progress", done=1, total=2) == "已回答 1/2"
    assert np.all([key in zh for key in ("state.ready", "stage.reading")])
