"""Rows judged by hand, with the fake pipeline's answers."""

from collections.abc import Sequence

import pytest
from eval_fakes import QUESTIONS, FakePipeline

from eval.dataset import Question
from eval.gold_context import GoldBook
from eval.judge import Row, is_chinese, judge
from qa.types import Answer, Span, Status

PIPELINE = FakePipeline()
BOOK = GoldBook(PIPELINE.index)


def judged(number: int) -> Row:
    question = QUESTIONS[number - 1]
    answer = PIPELINE.ask(question.question)
    return judge(question, answer, BOOK.context(question, answer))


def made(question: Question, status: Status, texts: Sequence[str]) -> dict[str, float]:
    spans = tuple(Span(text, 1, 1.0) for text in texts)
    answered = status == "answered"
    answer = Answer("?", status, "", 0.5, spans if answered else (), (), () if answered else spans)
    measures: dict[str, float] = judge(question, answer, BOOK.context(question, answer))["measures"]
    return measures


def test_a_right_figure() -> None:
    row = judged(1)
    assert row["measures"] == {
        "em": 1, "f1": 1, "correct": 1, "figure": 1,
        "guess_em": 1, "guess_f1": 1, "guess_correct": 1,
        "citation_document": 1, "citation_quote": 1, "citation_overlap": 1, "citation_hit": 1,
    }  # fmt: skip
    assert (row["question_word"], row["kind"], row["cited"], row["confidence"]) == (
        "多少",
        "span",
        ["甲.txt"],
        0.9,
    )


def test_a_right_span_that_was_not_trusted() -> None:
    row = judged(2)
    assert row["guess"] == "新疆"
    assert row["measures"] == {
        "em": 0,
        "f1": 0,
        "correct": 0,
        "guess_em": 1,
        "guess_f1": 1,
        "guess_correct": 1,
    }


def test_half_of_a_list() -> None:
    measures = judged(3)["measures"]
    assert (measures["list_recall"], measures["list_precision"], measures["list_count"]) == (0.5, 1, 0)
    assert (measures["em"], measures["correct"]) == (0, 0)
    assert measures["f1"] == pytest.approx(2 / 3)


def test_a_due_refusal() -> None:
    assert judged(4)["measures"] == {"em": 1, "f1": 1, "correct": 1, "guess_correct": 0}


def test_a_wrong_figure_from_the_wrong_document() -> None:
    measures = judged(5)["measures"]
    assert (measures["em"], measures["correct"], measures["figure"]) == (0, 0, 0)
    assert (measures["citation_document"], measures["citation_quote"], measures["citation_hit"]) == (0, 1, 0)


def test_answering_an_unanswerable_question_is_wrong() -> None:
    measures = made(QUESTIONS[3], "answered", ["100 万元"])
    assert (measures["em"], measures["f1"], measures["correct"], measures["guess_correct"]) == (0, 0, 0, 0)


def test_a_figure_in_other_words_is_correct_but_no_exact_match() -> None:
    measures = made(QUESTIONS[0], "answered", ["0.01 亿元"])
    assert (measures["em"], measures["correct"], measures["figure"]) == (0, 1, 1)


def test_an_answer_without_text_is_wrong() -> None:
    question = Question("q", "?", ("新疆",), (), ("乙.txt",))
    for texts in ([], [""], ["，"]):
        measures = made(question, "answered", texts)
        assert (measures["em"], measures["f1"], measures["correct"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("山西", True),
        ("GDP 增长很快", True),
        ("The Norman Conquest (诺曼)", False),
        ("😀", True),
        ("5.2", True),
    ],
)
def test_is_chinese(text: str, expected: bool) -> None:
    assert is_chinese(text) is expected


def test_english_documents_are_judged_by_words() -> None:
    book = GoldBook(FakePipeline(texts={"a.txt": "The Norman Conquest took place in 1066."}).index)
    question = Question("q", "When?", ("the Norman Conquest",), (), ("a.txt",))
    answer = Answer("?", "answered", "", 0.5, (Span("Norman Conquest took place", 1, 1.0),))
    measures = judge(question, answer, book.context(question, answer))["measures"]
    assert measures["f1"] == pytest.approx(2 * 0.5 * 1 / 1.5)


def test_relevant_passages_hold_the_whole_answer() -> None:
    assert BOOK.relevant_passages(QUESTIONS[0]) == ["甲.txt#0"]
    assert BOOK.relevant_passages(QUESTIONS[2]) == ["甲.txt#0", "甲.txt#1"]
    assert BOOK.relevant_passages(QUESTIONS[3]) == []
    across = Question("q", "?", ("100 万元。大同经开区",), (), ("甲.txt",))
    assert BOOK.relevant_passages(across) == ["甲.txt#0", "甲.txt#1"]


def test_relevant_passages_of_a_list_are_those_that_hold_most() -> None:
    text = "甲乙和丙。甲在这里。丁在这里。乙也在。"
    book = GoldBook(FakePipeline(texts={"a.txt": text}).index)
    question = Question("q", "?", (), ("甲", "乙", "丙", "丁"), ("a.txt",))
    assert book.relevant_passages(question) == ["a.txt#0", "a.txt#2"]


def test_a_page_break_inside_a_word_is_no_mistake() -> None:
    text = "晋城援建了四\n\n连基层党组织活动场所。"
    book = GoldBook(FakePipeline(texts={"a.txt": text}).index)
    question = Question("q", "哪个连？", ("四连",), (), ("a.txt",))
    answer = Answer("?", "answered", "四连", 0.5, (Span("四\n\n连", 1, 1.0),))
    measures = judge(question, answer, book.context(question, answer))["measures"]
    assert (measures["em"], measures["f1"], measures["correct"]) == (1, 1, 1)
