"""Normalisation: the search text of real shapes, and the way back to the source for any text at all."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.folding import fold_characters
from index.normalize import OffsetMap, fold, normalize

TRICKY = [
    *"晋能源提函汉字转化轉煤炭的了。,、;:!?()“”《》〔〕—…·％０９：，。",
    *"abcXYZ 0123456789.,%-#|/\t\n\r\v\f\x00\x1b\x85\u2028",
    *"\u3000\u00a0\u2003\u200b\u200d\ufeff\u00ad\ufe0f\ufe00",
    *"e\u0301\u0323\u0327é½²³⁴㎡㈠①⑳⒈ﬁﷺｶﾞがÅİß",
    *"👨👩👧👍🏽🇨🇳❤1\u20e3🎉𠮷𠀀\U000e0100",
    *"\u1100\u1161\u11a8가각ㅎㅏﾡ\u0915\u093f\u0e01\u0e33",
    "\r\n",
    "👨\u200d👩\u200d👧",
    "\n- 3 -\n",
    "\n第 4 页\n",
    "# ",
    "1,169",
    "5.2%",
    "\ud800",
    "\udfff",
]
TEXTS = st.lists(st.sampled_from(TRICKY), max_size=60).map("".join) | st.text(max_size=80)
LONG_LINES = st.lists(
    st.sampled_from([*"促进经济发展合作区一二", ",", "。", "\n", "\n\n", " ", "\r\n"]), max_size=200
).map("".join)


@pytest.mark.parametrize(
    ("source", "search"),
    [
        pytest.param("", "", id="empty"),
        pytest.param(" \n\t ", "", id="white space alone"),
        pytest.param("轉化煤炭 １２００ 万吨", "转化煤炭1200万吨", id="width, script, spaces before units"),
        pytest.param("第 0183 号提案的 答复", "第0183号提案的答复", id="typographic spaces"),
        pytest.param("增长 5.2 ％", "增长5.2%", id="percent sign"),
        pytest.param("GDP 增长 of the year", "GDP增长of the year", id="mixed"),
        pytest.param("the  end", "the end", id="latin words keep a space"),
        pytest.param("# 标题", "# 标题", id="the space of a markdown heading"),
        pytest.param("甲      乙", "甲 乙", id="a column's gap stays a space"),
        pytest.param("姓名\t\t电话", "姓名\t\t电话", id="empty cells stay"),
        pytest.param("姓名 \t 电话", "姓名\t电话", id="a padded tab is a tab"),
        pytest.param(
            "附表\n\t产值(亿元)\t增速\n晋城\t1169\t5",
            "附表\n\t产值(亿元)\t增速\n晋城\t1169\t5",
            id="an empty corner stays a cell",
        ),
        pytest.param("\n\t\t甲\t乙\t\n丙", "\t\t甲\t乙\n丙", id="empty cells at the start of the text"),
        pytest.param("甲。\t\n \t\r\n\n\tKPI\t😀", "甲。\n\tKPI\t😀", id="lines of tabs alone go"),
        pytest.param("甲。\n\t \t乙\t丙", "甲。\n\t乙\t丙", id="a padded tab before a row is a tab"),
        pytest.param("  \t甲\t乙", "\t甲\t乙", id="a padded tab at the start of the text"),
        pytest.param(
            "\t各市能源局：\n\t现将有关事项通知如下。\t\n\t\t一、总则",
            "各市能源局:\n现将有关事项通知如下。\n一、总则",
            id="indented paragraphs are no rows",
        ),
        pytest.param("促进经济合\n\t作区发展", "促进经济合作区发展", id="an indented line that goes on"),
        pytest.param("甲。\r\n\r\n乙。", "甲。\n乙。", id="CRLF"),
        pytest.param("甲。\r乙。", "甲。\n乙。", id="CR"),
        pytest.param("甲。\f乙。\v丙。\u2028丁。", "甲。\n乙。\n丙。\n丁。", id="form feed and its like"),
        pytest.param("a\u200bb\ufeff\x00c\u00ad", "abc", id="unseen characters"),
        pytest.param("cafe\u0301", "caf\u00e9", id="combining mark"),
        pytest.param("ｶﾞ", "\u30ac", id="half-width voice mark"),
        pytest.param("👨\u200d👩\u200d👧很好", "👨👩👧很好", id="emoji family"),
        pytest.param("葛\U000e0100城", "葛城", id="variation selector"),
        pytest.param("①2024年", "(1)2024年", id="a circled number stays apart from the year"),
        pytest.param("10⁴ m² 3½", "10⁴ m2 3½", id="powers and fractions are not digits"),
        pytest.param("㈠总⑴分⒈", "(一)总(1)分1.", id="composed list marks"),
        pytest.param("坏\ud800字", "坏\ufffd字", id="lone surrogate"),
        pytest.param("肉\n\n品", "肉品", id="a word cut by a page break"),
        pytest.param(
            "乌鲁木齐市的肉\n- 3 -\n品供应", "乌鲁木齐市的肉品供应", id="a page number inside a word"
        ),
        pytest.param("一、总则。\n二、分则。", "一、总则。\n二、分则。", id="clauses"),
        pytest.param("他说,\n走吧", "他说,走吧", id="a comma before the break"),
        pytest.param("one,\ntwo", "one, two", id="a latin comma before the break"),
        pytest.param("1,\n169", "1,169", id="a number cut at its separator"),
        pytest.param("12\n34", "12\n34", id="a column of numbers"),
    ],
)
def test_search_text(source: str, search: str) -> None:
    assert normalize(source).text == search
    assert fold(source) == search


def assert_sound(source: str, search: str, offsets: OffsetMap) -> None:
    assert len(offsets) == len(search) == len(offsets.starts) == len(offsets.ends)
    assert offsets.starts.dtype == offsets.ends.dtype == np.int32
    if search:
        assert (offsets.starts < offsets.ends).all(), "an empty source range"
        assert (np.diff(offsets.starts) >= 0).all() and (np.diff(offsets.ends) >= 0).all(), "not in order"
        assert offsets.starts[0] >= 0 and offsets.ends[-1] <= len(source)


@given(TEXTS)
def test_every_search_character_has_a_source(source: str) -> None:
    normalized = normalize(source)
    assert_sound(source, normalized.text, normalized.offsets)
    folded, offsets = fold_characters(source)
    assert_sound(source, folded, offsets)


@given(TEXTS)
def test_search_text_is_clean(source: str) -> None:
    search = normalize(source).text
    search.encode("utf-8")
    assert search == search.strip(" \n").rstrip("\t") and "\t\n" not in search
    assert not set(search) & set("\r\v\f\x00\u200b\u3000\u00a0\ufeff")
    assert "  " not in search and "\n\n" not in search and " \n" not in search and "\n " not in search


@given(TEXTS, st.data())
def test_a_character_maps_to_what_folds_to_it(source: str, data: st.DataObject) -> None:
    """A visible character of the search text stands in the folded form of its own source slice; ``²`` after a letter becomes ``2`` (m²), so
    the character before the slice is looked at too."""
    normalized = normalize(source)
    if not normalized.text:
        return
    at = data.draw(st.integers(0, len(normalized.text) - 1))
    char = normalized.text[at]
    start, end = normalized.offsets.to_source(at, at + 1)
    if not char.isspace():
        alone, behind = (fold_characters(source[at:end])[0] for at in (start, max(0, start - 1)))
        assert char in alone or (source[start:end] in ("²", "³") and char in behind)


def test_a_power_after_a_letter_maps_to_itself() -> None:
    normalized = normalize("晋晋a²")
    assert (normalized.text, normalized.offsets.to_source(3, 4)) == ("晋晋a2", (3, 4))


@given(
    st.lists(
        st.sampled_from([*"晋能轉化Ａ１，。《》〔〕ab1\u0301🎉㎡", "👨\u200d👩", "\u200b"]), max_size=40
    ).map("".join),
    st.data(),
)
def test_a_span_maps_to_a_slice_that_folds_to_the_span(source: str, data: st.DataObject) -> None:
    normalized = normalize(source)
    start = data.draw(st.integers(0, len(normalized.text)))
    end = data.draw(st.integers(start, len(normalized.text)))
    source_start, source_end = normalized.offsets.to_source(start, end)
    assert normalized.text[start:end] in fold(source[source_start:source_end])


@given(TEXTS | LONG_LINES)
def test_bytes_round_trip(source: str) -> None:
    offsets = normalize(source).offsets
    again = OffsetMap.from_bytes(offsets.to_bytes())
    assert (again.starts == offsets.starts).all() and (again.ends == offsets.ends).all()
    assert again.starts.dtype == again.ends.dtype == np.int32


@given(TEXTS | LONG_LINES, st.data())
def test_to_search_finds_what_overlaps(source: str, data: st.DataObject) -> None:
    offsets = normalize(source).offsets
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    low, high = offsets.to_search(start, end)
    expected = [i for i in range(len(offsets)) if offsets.starts[i] < end and offsets.ends[i] > start]
    if start < end:
        assert list(range(low, high)) == expected
    if expected:
        covered = offsets.to_source(low, high)
        assert covered[0] < end and covered[1] > start


@given(TEXTS | LONG_LINES, st.data())
def test_to_search_inverts_to_source(source: str, data: st.DataObject) -> None:
    offsets = normalize(source).offsets
    start = data.draw(st.integers(0, len(offsets)))
    end = data.draw(st.integers(start, len(offsets)))
    low, high = offsets.to_search(*offsets.to_source(start, end))
    if start < end:
        assert low <= start and end <= high
        # more only where one source character became several
        assert all(offsets.ends[i] > offsets.starts[start] for i in range(low, start))
    else:
        assert low <= high


@given(TEXTS)
@example("ㅎำ")
@example("ㅎ\u0301하ㅏ")
def test_folding_twice_changes_nothing(source: str) -> None:
    once = fold_characters(source)[0]
    if not any(unicodedata.combining(char) or char in "²³" for char in once):
        assert fold_characters(once)[0] == once


@given(LONG_LINES)
def test_joining_lines_loses_white_space_only(source: str) -> None:
    def visible(text: str) -> str:
        return "".join(text.split())

    assert visible(normalize(source).text) == visible(source)


def test_a_range_outside_the_text_is_an_error() -> None:
    offsets = normalize("汉字").offsets
    for start, end in [(-1, 1), (1, 0), (0, 3)]:
        with pytest.raises(ValueError, match="not inside a search text of 2 characters"):
            offsets.to_source(start, end)


@pytest.mark.parametrize(("at", "expected"), [(0, (1, 1)), (1, (3, 3)), (2, (4, 4))])
def test_an_empty_range_maps_to_an_empty_range(at: int, expected: tuple[int, int]) -> None:
    assert normalize(" 汉 字 ").offsets.to_source(at, at) == expected


def test_an_empty_text_has_an_empty_map() -> None:
    offsets = normalize("").offsets
    assert len(offsets) == 0
    assert offsets.to_source(0, 0) == (0, 0)
    assert offsets.to_search(0, 5) == (0, 0)


PATHOLOGICAL = {
    "spaces": " ",
    "marks": "\u0301\u0323\u0327",
    "newlines": "\n",
    "carriage returns": "\r",
    "one line": "汉",
    "letters and breaks": "a\n",
    "Han and breaks": "汉\n",
    "tabs": "a\t",
    "only tabs": "\t",
    "zero width": "\u200b",
    "page numbers": "- 1 -\n",
    "open brackets": "(汉\n",
    "emoji": "👨\u200d👩\u200d👧",
    "Hangul letters": "\u1112\u1161",
    "spaced Han": "汉 ",
}


@pytest.mark.parametrize("unit", PATHOLOGICAL.values(), ids=PATHOLOGICAL.keys())
@pytest.mark.timeout(60)
def test_time_is_linear(unit: str) -> None:
    """Any text of this size takes a fraction of a second; a quadratic step would take an hour."""
    size = 200_000
    normalize("x" + unit * (size // len(unit)) + "x")


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        pytest.param("项目,经济合\n作区,20万元", "项目,经济合作区,20万元", id="a word crosses the row"),
        pytest.param("name,KPI😀\n甲,5", "name,KPI😀\n甲,5", id="mixed, emoji"),
        pytest.param("", "", id="empty"),
    ],
)
def test_rows_of_a_table_stay_lines(rows: str, joined: str) -> None:
    assert normalize(rows).text == joined
    assert normalize(rows, join_lines=False).text == rows


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param("\n\t2024\t1200", "\t2024\t1200", id="the first row"),
        pytest.param("年份\t产值\n\t😀", "年份\t产值\n\t😀", id="one cell, not in the first column"),
        pytest.param("a\t甲\t\n\t\n b\t乙", "a\t甲\nb\t乙", id="tabs at the end, and alone"),
    ],
)
def test_rows_of_a_table_keep_their_empty_cells(rows: str, kept: str) -> None:
    assert normalize(rows, join_lines=False).text == kept


def test_an_empty_cell_maps_to_its_tab() -> None:
    normalized = normalize("表\r\n\r\n\t\t产值\t增速")
    assert normalized.text == "表\n\t\t产值\t增速"
    assert [normalized.offsets.to_source(at, at + 1) for at in range(1, 5)] == [
        (1, 5),
        (5, 6),
        (6, 7),
        (7, 8),
    ]
