"""Passages: lossless, of a bounded size, never cut inside what must stay whole."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from growth import LINEAR, slowdown
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import normalize
from index.passages import _HELD, _HELD_STOP, _mask_line, make_passages, split_text
from index.types import Document, Page

WHOLE = [
    "5.2%", "1,169", "1,234,567.89", "12.5‰", "-3.1", "1200万吨", "2.31亿元", "500余家", "第0183号", "105团", "2—3", "8:30",
    "2025年6月20日", "10月17日", "2025-06-20", "二〇二五年六月二十日", "2024年12月", "1998年",
    "〔2025〕18号", "晋能源提函〔2025〕18号", "[2019]7号",
    "《关于加强晋疆两地经济合作的建议》", "《中华人民共和国行政许可法》", "《" + "题" * 250 + "》",
    "“造血功能”", "“要久久为功。”", "“平鲁能源大区的发展定位不能丢”",
    "GDP", "kfjzsk@163.com", "index.html", "TA0207",
]  # fmt: skip
LOOSE = [
    *"我们坚持把做优营商环境摆在突出位置发展产业合作",
    "。",
    ",",
    ";",
    "、",
    ":",
    "!",
    "?",
    " ",
    "🎉",
    "👨👩👧",
    "é",
    "\n",
    "(",
    ")",
]
ROWS = ["姓名\t朱国胜\t电话\t18903561885", "| 项目 | 金额 | 说明。其他。 |", "年份\t2023\t2024\t增长,比重"]

PATTERNS = {
    "number": re.compile(r"\d+(?:[.,]\d+)*[%‰]?"),
    "date": re.compile(r"\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{4}-\d\d-\d\d"),
    "date in characters": re.compile(
        r"[二〇五]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}日"
    ),
    "document number": re.compile(r"[〔\[]\d{4}[〕\]]\d{1,4}号"),
    "title": re.compile(r"《[^《》\n]+》"),
    "short quotation": re.compile(r"“[^“”\n]{1,60}”"),
    "table row": re.compile(r"(?m)^[^\n]*\t[^\n]*$|^\|[^\n]*$"),
    "word": re.compile(r"[A-Za-z]+"),
}

units = st.sampled_from(WHOLE) | st.sampled_from(LOOSE)
lines = st.lists(units, max_size=60).map("".join) | st.sampled_from(ROWS)
texts = st.lists(lines, max_size=12).map("\n".join)
sizes = st.sampled_from([1, 5, 20, 60, 300])


def pieces(text: str, max_chars: int) -> list[str]:
    starts = split_text(text, max_chars=max_chars)
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)] if starts else []


@given(texts, sizes)
def test_pieces_give_back_the_text(text: str, max_chars: int) -> None:
    starts = split_text(text, max_chars=max_chars)
    assert starts == sorted(set(starts))
    assert starts[:1] == ([0] if text else [])
    assert "".join(pieces(text, max_chars)) == text


@given(st.text(max_size=400), sizes)
def test_any_text_at_all_is_cut_without_loss(text: str, max_chars: int) -> None:
    assert "".join(pieces(text, max_chars)) == text


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
@given(text=texts, max_chars=sizes)
def test_no_boundary_falls_inside(pattern: re.Pattern[str], text: str, max_chars: int) -> None:
    starts = set(split_text(text, max_chars=max_chars))
    for match in pattern.finditer(text):
        inside = set(range(match.start() + 1, match.end()))
        assert not starts & inside, f"{match.group()!r} is cut"


@given(texts, sizes)
def test_only_a_single_protected_run_is_longer(text: str, max_chars: int) -> None:
    for piece in pieces(text, max_chars):
        if len(piece) > max_chars:
            assert set(_mask_line(piece.removesuffix("\n"), False)[1:]) <= {_HELD, _HELD_STOP}, piece


@given(texts)
def test_a_protected_run_is_not_endless(text: str) -> None:
    assert all(len(piece) <= 1010 for piece in pieces(text, 20))


PATHOLOGICAL = {
    "open titles": "《",
    "open quotations": "“",
    "open years": "〔2025",
    "tabs": "a\t",
    "bars": "|a",
    "digits": "1",
    "digits and commas": "1,",
    "letters": "a",
    "letters and dots": "a.",
    "Han": "汉",
    "sentences": "汉字。",
    "newlines": "\n",
    "spaces": " ",
    "long open titles": "《" + "汉" * 900,
    "held marks": _HELD,
}


@pytest.mark.parametrize("unit", PATHOLOGICAL.values(), ids=PATHOLOGICAL.keys())
def test_time_and_size_are_bounded(unit: str) -> None:
    def text_of(characters: int) -> str:
        return (unit * (characters // len(unit))) + "x" * 1001

    assert slowdown(lambda characters: pieces(text_of(characters), 300), 25_000) < LINEAR
    text = text_of(200_000)
    cut = pieces(text, 300)
    assert max(map(len, cut)) <= 1010
    assert "".join(cut) == text


def test_a_boundary_prefers_the_end_of_a_line_then_of_a_sentence() -> None:
    assert pieces("甲" * 15 + "\n" + "乙" * 15, 20) == ["甲" * 15 + "\n", "乙" * 15]
    assert pieces("甲乙丙。" * 4 + "丁,戊己", 12) == ["甲乙丙。" * 3, "甲乙丙。丁,戊己"]
    assert pieces("甲乙丙丁戊,己庚辛壬癸", 8) == ["甲乙丙丁戊,", "己庚辛壬癸"]
    assert pieces("他说:“好。”大家笑了。", 9) == ["他说:“好。”", "大家笑了。"]
    assert pieces("幼苗茁壮生长......村民很高兴", 13) == ["幼苗茁壮生长......", "村民很高兴"]


def test_closing_marks_stay_with_their_sentence() -> None:
    assert pieces("他说(这很好。)”" + "我们" * 6, 12)[0] == "他说(这很好。)”"
    assert pieces("好吗?!好。” " + "我们" * 6, 12)[0] == "好吗?!好。” "


def test_a_heading_is_not_left_alone_by_a_long_paragraph() -> None:
    paragraph = "我们坚持把做优营商环境摆在突出位置。" * 5
    assert (
        pieces(f"各位委员:\n{paragraph}", 60)[0] == "各位委员:\n" + "我们坚持把做优营商环境摆在突出位置。" * 3
    )


def test_a_last_sentence_is_not_left_alone() -> None:
    assert pieces("甲乙丙丁戊己庚辛。" * 3 + "好。\n下一段的话。", 29) == [
        "甲乙丙丁戊己庚辛。" * 3,
        "好。\n下一段的话。",
    ]


@given(texts, st.sampled_from([60, 300]))
def test_neighbours_that_fit_together_are_not_crumbs(text: str, max_chars: int) -> None:
    cut = pieces(text, max_chars)
    for before, after in pairwise(cut):
        assert min(len(before), len(after)) >= max_chars // 3 or len(before) + len(after) > max_chars


def test_rows_of_a_table_file_are_whole() -> None:
    row = "山西综改示范区,“数字地热示范园”,2024年,总投资25.91亿元。已签约;已开工"
    text = "\n".join([row] * 10)
    document = Document("a.csv", text, "", format="csv")
    for passage in make_passages(document, normalize(text), max_chars=20):
        assert passage.text.rstrip("\n") == row


def test_size_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        split_text("汉", max_chars=0)


@given(texts, st.sampled_from([20, 60, 300]))
def test_passages_rebuild_the_search_text(text: str, max_chars: int) -> None:
    normalized = normalize(text)
    passages = make_passages(Document("甲/乙.txt", text, ""), normalized, max_chars=max_chars)
    assert "".join(p.text for p in passages) == normalized.text
    end = 0
    for number, passage in enumerate(passages):
        assert passage.id == f"甲/乙.txt#{number}"
        assert passage.start == end < passage.end
        assert normalized.text[passage.start : passage.end] == passage.text
        assert (passage.source_start, passage.source_end) == normalized.offsets.to_source(
            passage.start, passage.end
        )
        end = passage.end


@pytest.mark.parametrize("text", ["", " \n\t\u200b"], ids=["empty", "unseen"])
def test_a_text_of_nothing_gives_no_passages(text: str) -> None:
    assert make_passages(Document("a", text, ""), normalize(text)) == []


def test_passages_begin_at_headings_and_carry_their_path() -> None:
    section = "我们坚持把做优营商环境摆在突出位置。" * 10
    text = f"# 工作综述\n## 产业\n{section}\n## 合作\n{section}{section}"
    passages = make_passages(Document("a.md", text, ""), normalize(text), max_chars=200)
    assert [p.heading for p in passages] == [("工作综述", "产业")] + [("工作综述", "合作")] * 2
    assert passages[1].text.startswith("## 合作\n")


def test_a_crumb_of_a_section_stays_with_its_neighbour() -> None:
    text = "# 甲\n短。\n# 乙\n短。"
    assert len(make_passages(Document("a.md", text, ""), normalize(text))) == 1


@given(
    st.lists(st.sampled_from(["第一页。", "\n", "第二页很长的话。", "🎉"]), max_size=30).map("".join),
    st.data(),
)
def test_page_is_that_of_the_first_character(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text))), max_size=4)))
    starts = [0, *cuts]
    pages = tuple(
        Page(number, start, end)
        for number, (start, end) in enumerate(zip(starts, [*cuts, len(text)], strict=True), start=1)
    )
    document = Document("a.pdf", text, "", pages=pages)
    for passage in make_passages(document, normalize(text), max_chars=20):
        assert passage.page == document.page_at(passage.source_start)


def test_a_format_without_pages_has_none() -> None:
    (passage,) = make_passages(Document("a.txt", "汉字", ""), normalize("汉字"))
    assert passage.page is None
