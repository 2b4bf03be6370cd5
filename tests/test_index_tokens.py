"""Lexical terms, against jieba itself."""

from __future__ import annotations

import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import normalize
from index.tokens import QUESTION_WORDS, Terms, check_dictionary, lexical_terms, query_terms

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))


@cache
def jieba_tokenizer(dictionary: str = "") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's sources hold invalid escape sequences
        import jieba

    jieba.setLogLevel("ERROR")
    tokenizer = jieba.Tokenizer()
    if dictionary:
        tokenizer.load_userdict(io.StringIO(dictionary))
    return tokenizer


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_words_are_those_of_jieba(path: Path) -> None:
    """rjieba does the work; jieba, the declared segmenter, must agree on every Han run of real documents."""
    import re

    for run in re.findall(r"[\u4e00-\u9fff]+", normalize(path.read_text(encoding="utf-8")).text):
        assert list(lexical_terms(run).words) == list(jieba_tokenizer().cut_for_search(run, HMM=False)), run


@given(st.text(st.sampled_from("山西省能源局长城市发展改革开放大学生产业园区的和国民中华人共"), max_size=12))
def test_words_are_those_of_jieba_on_any_run(run: str) -> None:
    words = "".join(lexical_terms(run).words)
    assert set(words) == set(run)
    assert list(lexical_terms(run).words) == list(jieba_tokenizer().cut_for_search(run, HMM=False))


def test_user_dictionary_acts_as_in_jieba() -> None:
    dictionary = "三化三制 100000 n\n综改示范区\n冻干赛道 5000\n"
    text = "开发区三化三制改革和综改示范区建设与冻干赛道"
    expected = list(jieba_tokenizer(dictionary).cut_for_search(text, HMM=False))
    assert list(lexical_terms(text, dictionary=dictionary).words) == expected
    assert {"三化三制", "综改示范区", "冻干赛道"} <= set(expected)
    assert "三化三制" not in lexical_terms(text).words, "one dictionary must not leak into another"


def test_user_words_may_hold_letters_and_digits() -> None:
    terms = lexical_terms("5G基站和A股,5G", dictionary="5G基站 5\nA股\nB股\n")
    assert {"5g基站", "a股"} <= set(terms.words)
    assert {"5", "g", "基站", "a", "股"} <= set(terms.words), "the parts are found too"
    assert "b股" not in terms.words


@pytest.mark.parametrize("line", ["两个 词 100", "词 100 n 多余", "词 -5"])
def test_a_dictionary_line_that_is_none_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the dictionary"):
        check_dictionary(f"好词 5\n{line}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("。,!?《》_", [], id="marks alone"),
        pytest.param("增长5.2%", ["增长", "5.2"], id="decimals"),
        pytest.param("共1,169户", ["共", "1169", "户"], id="thousands separator"),
        pytest.param("增长,1,169户...5.2", ["增长", "1169", "户", "5.2"], id="numbers after marks"),
        pytest.param("1,234,567.89元", ["1234567.89", "元"], id="large number"),
        pytest.param("2021,2022,2023年", ["2021", "2022", "2023", "年"], id="years in a row"),
        pytest.param("2025.6.20", ["2025", "6", "20"], id="dotted date"),
        pytest.param("〔2025〕18号", ["2025", "18", "号"], id="document number"),
        pytest.param("GDP增长", ["gdp", "增长"], id="mixed"),
        pytest.param("kfjzsk@163.com", ["kfjzsk", "163", "com"], id="address"),
        pytest.param("5G网络", ["5", "g", "网络"], id="digit and letter"),
        pytest.param("好🎉很好", ["好", "很", "好"], id="emoji"),
        pytest.param("🎉👨👩👧", [], id="emoji alone"),
        pytest.param("北京大学", ["北京", "大学", "北京大学"], id="search mode gives the parts too"),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert list(lexical_terms(text).words) == words


def test_bigrams_and_characters_are_of_one_run() -> None:
    terms = lexical_terms("煤炭ABC转化,吨")
    assert terms.bigrams == ("煤炭", "转化")
    assert terms.characters == ("煤", "炭", "转", "化", "吨")
    assert lexical_terms("カナ,한글,ไทย").bigrams == ("カナ", "한글", "ไท", "ทย")


def test_query_loses_the_words_that_ask() -> None:
    terms = query_terms("请问2025年山西省的煤炭产量是多少?煤炭")
    assert terms.words == ("2025", "年", "山西", "山西省", "煤炭", "产量")
    assert "多少" not in terms.bigrams
    assert len(set(terms.characters)) == len(terms.characters)


@pytest.mark.parametrize(
    "query", ["", "是什么?", "how many", "🎉"], ids=["empty", "Chinese", "English", "emoji"]
)
def test_a_query_of_nothing_has_no_words(query: str) -> None:
    assert query_terms(query).words == ()


def test_documents_keep_the_words_that_ask() -> None:
    assert "多少" in lexical_terms("多少").words and "多少" in QUESTION_WORDS


@given(st.text(max_size=100))
def test_terms_hold_no_white_space(text: str) -> None:
    """They are handed to the lexical index in one string, separated by spaces."""
    terms = lexical_terms(normalize(text).text)
    assert isinstance(terms, Terms)
    for term in (*terms.words, *terms.bigrams, *terms.characters):
        assert term and term.split() == [term]
