"""Each feature by a case made by hand, where all words weigh the same unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import normalize
from index.types import Passage
from qa.question import Question, analyse_question
from qa.question_match import match_passage
from qa.question_terms import QuestionTerms, question_terms
from qa.span_features import FEATURES, Found, span_features
from qa.word_spans import WordSpan
from qa.words import words_of

ABSENT = 9.0
FOUND_WEIGHT = 2.0


def vectors(words: Sequence[str]) -> np.ndarray:
    """Unlike words are at right angles; 煤 words are all alike, at a cosine of 0.6."""
    rows = np.zeros((len(words), 64), np.float32)
    for row, word in zip(rows, words, strict=True):
        row[1 + sum(map(ord, word)) % 63] = 1.0
        if word.startswith("煤"):
            row[:] = 0
            row[0], row[1 + ord(word[-1]) % 63] = np.sqrt(0.6), np.sqrt(0.4)
    return rows


def terms_of(question: Question, absent: Sequence[str] = ()) -> QuestionTerms:
    def weigh(words: Sequence[str]) -> Mapping[str, float]:
        return {word: ABSENT if word in absent else FOUND_WEIGHT for word in words}

    return question_terms(question.text, weigh, ABSENT, vectors)


def features_of(
    asked: str, text: str, span: str, *, context: str = "", absent: Sequence[str] = (), exact: float = 3.0,
    mass: float = 4.0, best_mass: float = 6.0, lexical: float = 0.5, dense: float = 0.25, rank: int = 2,
) -> dict[str, float]:  # fmt: skip
    question = analyse_question(asked)
    terms = terms_of(question, absent)
    passage = Passage("甲#0", "甲", 0, len(text), 0, len(text), text)
    match = match_passage(terms, passage, context, vectors)
    start = text.find(span)
    assert start >= 0
    end = start + len(span)
    touching = [n for n, word in enumerate(words_of(text)) if word.start < end and start < word.end]
    word_span = WordSpan(start, end, touching[0], touching[-1], exact, mass)
    row = span_features(question, terms, Found(match, lexical, dense, rank), word_span, best_mass)
    assert row.shape == (len(FEATURES),)
    return dict(zip(FEATURES, row.tolist(), strict=True))


COAL = "太原市转化煤炭1200万吨,同比增长5.2%。大同市转化石油300万吨。"


def test_the_scores_of_reader_and_retrieval_are_passed_on() -> None:
    found = features_of("太原市转化煤炭多少万吨?", COAL, "1200万吨")
    assert found["reader_exact"] == pytest.approx(0.3)
    assert found["reader_mass"] == pytest.approx(0.4)
    assert found["reader_gap"] == pytest.approx(-0.2)
    assert (found["lexical"], found["dense"], found["rank"]) == (0.5, 0.25, 0.5)


def test_coverage_counts_words_of_clause_sentence_and_passage() -> None:
    asked = "转化石油增长多少?"
    words = terms_of(analyse_question(asked)).words
    assert set(words) == {"转化", "石油", "增长"}
    growth = features_of(asked, COAL, "5.2%")
    assert growth["clause_coverage"] == pytest.approx(1 / 3)  # 增长
    assert growth["sentence_coverage"] == pytest.approx(2 / 3)  # 转化, 增长
    assert growth["passage_coverage"] == pytest.approx(1.0)
    oil = features_of(asked, COAL, "300万吨")
    assert oil["clause_coverage"] == oil["sentence_coverage"] == pytest.approx(2 / 3)


def test_a_word_of_like_meaning_counts_by_its_cosine() -> None:
    found = features_of("煤矿", "生产煤炭。", "生产")
    assert found["sentence_coverage"] == pytest.approx(0.6, abs=1e-4)
    assert features_of("煤炭", "生产煤炭。", "生产")["sentence_coverage"] == 1.0


def test_the_text_above_a_passage_counts_for_the_passage_only() -> None:
    found = features_of("石油、钢铁", "去年上涨。", "上涨", context="石油简报")
    assert found["sentence_coverage"] == 0.0
    assert found["passage_coverage"] == pytest.approx(0.5)


def test_the_weakest_word_is_the_one_that_is_missing() -> None:
    assert features_of("转化煤炭", COAL, "1200万吨")["weakest_word"] == 0.0
    assert features_of("转化钢铁", COAL, "1200万吨")["weakest_word"] == 1.0
    # the missing word weighs 2 of at most 9
    rare = features_of("太原钢铁", "太原有钢。", "钢", absent=["太原"])
    assert rare["weakest_word"] == pytest.approx(FOUND_WEIGHT / ABSENT)


def test_names_that_are_not_written_there() -> None:
    here = features_of("太原市转化煤炭多少?", COAL, "1200万吨")
    assert here["names_absent_sentence"] == here["names_absent_passage"] == 0.0
    next_sentence = features_of("太原市转化石油多少?", COAL, "300万吨")
    assert next_sentence["names_absent_sentence"] == 1.0
    assert next_sentence["names_absent_passage"] == 0.0
    nowhere = features_of("吕梁市转化石油多少?", COAL, "300万吨")
    assert nowhere["names_absent_sentence"] == nowhere["names_absent_passage"] == 1.0


def test_words_that_no_document_holds() -> None:
    assert features_of("转化煤炭多少?", COAL, "1200万吨")["absent_from_corpus"] == 0.0
    found = features_of("转化氢能多少?", COAL, "1200万吨", absent=["氢能"])
    assert found["absent_from_corpus"] == pytest.approx(ABSENT / (ABSENT + FOUND_WEIGHT))


YEARS = "2023年转化300吨,2024年转化400吨。去年转化500吨。"


@pytest.mark.parametrize(
    ("asked", "text", "span", "context", "absent", "conflict"),
    [
        ("2024年转化多少?", YEARS, "400吨", "", 0.0, 0.0),
        ("2024年转化多少?", YEARS, "300吨", "", 0.0, 1.0),
        ("2024年转化多少?", YEARS, "500吨", "", 0.5, 0.0),
        ("2022年转化多少?", YEARS, "400吨", "", 1.0, 1.0),
        ("2022年转化多少?", YEARS, "500吨", "2022年公报", 0.5, 0.0),
        ("转化多少?", YEARS, "300吨", "", 0.0, 0.0),
        ("2024年还是2021年?", YEARS, "400吨", "", 0.5, 0.0),
    ],
    ids=["right year", "other year", "year nearby", "no such year", "year above", "none asked", "one of two"],
)
def test_years(asked: str, text: str, span: str, context: str, absent: float, conflict: float) -> None:
    found = features_of(asked, text, span, context=context)
    assert (found["year_absent"], found["year_conflict"]) == (absent, conflict)


def test_numbers_ordinals_and_titles_the_question_holds_to() -> None:
    text = "第九批干部1,169人。第十批干部50人,见《管理办法》。"
    near = features_of("第九批1169人来自哪里?", text, "干部")
    assert (near["number_absent"], near["ordinal_absent"]) == (0.0, 0.0)
    other = features_of("第九批1169人来自哪里?", text, "50人")
    assert (other["number_absent"], other["ordinal_absent"]) == (0.5, 0.5)
    gone = features_of("第八批200人来自哪里?", text, "50人")
    assert (gone["number_absent"], gone["ordinal_absent"]) == (1.0, 1.0)
    assert features_of("《管理办法》说什么?", text, "50人")["quoted_absent"] == 0.0
    assert features_of("《管理办法》说什么?", text, "1,169人")["quoted_absent"] == 0.5
    assert features_of("《实施细则》说什么?", text, "50人")["quoted_absent"] == 1.0
    assert features_of("说什么?", text, "50人")["quoted_absent"] == 0.0


def test_the_kind_asked_for() -> None:
    number = features_of("太原市转化煤炭多少万吨?", COAL, "1200万吨")
    assert (number["figure_kind"], number["name_kind"], number["unit"]) == (1.0, 0.0, 1.0)
    assert number["kind_coverage"] == pytest.approx(number["sentence_coverage"])
    place = features_of("太原市转化煤炭多少万吨?", COAL, "大同市")
    assert (place["figure_kind"], place["unit"]) == (-1.0, -1.0)
    where = features_of("哪个城市转化石油?", COAL, "大同市")
    assert (where["figure_kind"], where["name_kind"]) == (0.0, 1.0)
    assert features_of("如何转化?", COAL, "大同市")["kind_coverage"] == 0.0


def test_an_answer_that_only_repeats_the_question() -> None:
    assert features_of("太原市转化什么?", COAL, "太原市")["echo"] == 1.0
    assert features_of("太原市转化什么?", COAL, "煤炭")["echo"] == 0.0
    assert features_of("太原市转化什么?", COAL, "太原市转化煤炭")["echo"] == pytest.approx(4 / 6)
    assert features_of("A?", "A、B", "A")["echo"] == 1.0
    assert features_of("A?", "A、B", "B")["echo"] == 0.0


def test_length_is_counted_in_logarithms() -> None:
    assert features_of("多少?", COAL, "1200万吨")["length"] == pytest.approx(log(7) / 5)


def test_several_things() -> None:
    text = "产品有苹果、梨和枣,见《甲、乙》。"
    assert features_of("有哪些产品?", text, "苹果、梨和枣")["several"] == 1.0
    assert features_of("哪个产品最好?", text, "苹果、梨和枣")["several"] == -1.0
    assert features_of("哪个产品最好?", text, "苹果")["several"] == 0.0
    assert features_of("哪个产品最好?", text, "《甲、乙》")["several"] == 0.0


def test_a_span_that_cuts_a_name_in_two() -> None:
    text = "在经济合作区,"
    whole = features_of("在哪里?", text, "经济合作区")
    assert (whole["cut_left"], whole["cut_right"]) == (0.0, 0.0)
    assert features_of("在哪里?", text, "经济")["cut_right"] == 1.0
    assert features_of("在哪里?", text, "合作区")["cut_left"] == 1.0


def test_a_question_without_han_is_in_another_script() -> None:
    assert features_of("How much coal?", COAL, "1200万吨")["other_script"] == 1.0
    assert features_of("煤炭KPI多少?", COAL, "1200万吨")["other_script"] == 0.0


def test_a_question_without_words_has_no_coverage() -> None:
    for asked in ("", "😀", "的了是"):
        found = features_of(asked, COAL, "1200万吨")
        assert found["sentence_coverage"] == found["passage_coverage"] == found["weakest_word"] == 0.0
        assert all(np.isfinite(list(found.values())))


def test_a_passage_of_function_words_is_no_crash() -> None:
    assert features_of("煤炭多少?", "的了、和。", "和")["passage_coverage"] == 0.0


PIECES = [
    *"太原市转化煤炭的和。,、!?()《》“”abc 😀\n",
    "1200万吨",
    "2024年",
    "第九批",
    "5.2%",
    "多少",
    "哪些",
]
TEXTS = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join).map(lambda t: normalize(t).text)
)


@given(TEXTS, TEXTS, TEXTS, st.data())
def test_features_of_anything_are_small_numbers(
    asked: str, text: str, context: str, data: st.DataObject
) -> None:
    words = words_of(text)
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    question = analyse_question(asked)
    terms = terms_of(question)
    match = match_passage(terms, Passage("甲#0", "甲", 0, len(text), 0, len(text), text), context, vectors)
    span = WordSpan(words[first].start, words[last].end, first, last, 1.0, 2.0)
    row = span_features(question, terms, Found(match, 0.5, 0.5, 1), span, 3.0)
    assert np.isfinite(row).all()
    assert (np.abs(row) <= 1.5).all(), dict(zip(FEATURES, row, strict=True))
    # what is remembered of a range does not change what is found the second time
    assert np.array_equal(row, span_features(question, terms, Found(match, 0.5, 0.5, 1), span, 3.0))
