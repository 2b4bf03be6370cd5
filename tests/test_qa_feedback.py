"""Opinions on answers: stored once for each person and question, and exported as gold questions that eval takes."""

import json
import sqlite3
from pathlib import Path

import pytest

from eval.dataset import load_gold
from qa.feedback import Feedback, FeedbackError, FeedbackStore, MarkedSpan, gold_questions
from qa.types import Answer, Citation, CitedPassage, Span


def answer(question: str, *texts: str, status: str = "answered") -> Answer:
    citations = tuple(
        Citation(i, "a.txt", "0" * 64, "题", None, (), 0, len(t), t, CitedPassage(0, len(t), t))
        for i, t in enumerate(texts, start=1)
    )
    spans = tuple(Span(t, i, 1.0) for i, t in enumerate(texts, start=1))
    return Answer(question, status, "、".join(texts), 0.9, spans, citations)  # type: ignore[arg-type]


def test_a_later_opinion_replaces_the_earlier(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "new" / "feedback.sqlite")
    assert store.all() == []
    store.add(Feedback("问？", "right", answer("问？", "甲"), user="张"))
    store.add(Feedback("问？", "wrong", answer("问？", "乙😀"), user="张"))
    store.add(Feedback("问？", "right", answer("问？", "丙"), user="李"))
    found = store.all()
    assert [(one.user, one.verdict, one.answer.answer) for one in found] == [
        ("张", "wrong", "乙😀"),
        ("李", "right", "丙"),
    ]
    assert all(one.said_at.endswith("+00:00") for one in found)


def test_marked_words_outlive_the_same_opinion_said_again(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    marked = MarkedSpan("b.txt", "1" * 64, 4, 9, "100😀\n万元")
    said = Feedback("问？", "wrong", answer("问？", "甲"), marked, user="张")
    again = Feedback("问？", "wrong", answer("问？", "甲"), user="张")
    store.add(said)
    store.add(again)
    store.add(again)
    assert [one.marked for one in store.all()] == [marked]
    other = MarkedSpan("c.txt", "2" * 64, 0, 2, "别的")
    store.add(Feedback("问？", "wrong", answer("问？", "甲"), other, user="张"))
    assert [one.marked for one in store.all()] == [other]
    store.add(Feedback("问？", "wrong", answer("问？", "甲"), user="李"))
    assert [(one.user, one.marked) for one in store.all()] == [("张", other), ("李", None)]


@pytest.mark.parametrize(
    "later",
    [
        Feedback("问？", "right", answer("问？", "甲")),
        Feedback("问？", "wrong", answer("问？", "乙")),
        Feedback("问？", "wrong", answer("问？", "甲", status="related")),
    ],
    ids=["another verdict", "another answer", "another kind of answer"],
)
def test_marked_words_go_with_the_opinion_they_belong_to(tmp_path: Path, later: Feedback) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    marked = MarkedSpan("b.txt", "1" * 64, 4, 9, "100万元")
    store.add(Feedback("问？", "wrong", answer("问？", "甲"), marked))
    store.add(later)
    assert [one.marked for one in store.all()] == [None]


def test_the_marked_words_become_the_answer() -> None:
    marked = MarkedSpan("b.txt", "1" * 64, 4, 9, "100\n万元")
    rows = gold_questions([Feedback("援建多少？", "wrong", answer("援建多少？", "十万"), marked)])
    assert rows == [
        {"id": "f001", "question": "援建多少？", "answers": ["100万元"], "items": [], "documents": ["b.txt"], "tags": ["feedback", "wrong"]}
    ]  # fmt: skip
    assert (
        gold_questions([Feedback("援建多少？", "wrong", answer("", "十万"), marked)], lambda _: False) == []
    )


def test_answers_called_right_become_their_own_gold() -> None:
    opinions = [
        Feedback("一？", "right", answer("一？", "甲")),
        Feedback("二？", "right", answer("二？", "甲", "乙")),
        Feedback("三？", "right", answer("三？", status="none")),
        Feedback("四？", "wrong", answer("四？", "甲")),
    ]
    rows = gold_questions(opinions)
    assert [row["question"] for row in rows] == ["一？", "二？", "三？"]
    assert [row["id"] for row in rows] == ["f001", "f002", "f003"]
    assert (rows[0]["answers"], rows[1]["items"], rows[2]["answers"]) == (["甲"], ["甲", "乙"], [])
    assert (rows[0]["documents"], rows[2]["documents"]) == (["a.txt"], [])


def test_the_export_is_a_gold_file(tmp_path: Path) -> None:
    rows = gold_questions(
        [
            Feedback("一？", "right", answer("一？", "甲")),
            Feedback("二？", "right", answer("二？", status="none")),
        ]
    )
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assert [(q.question, q.kind) for q in load_gold(path)] == [("一？", "span"), ("二？", "none")]


def test_what_is_no_store_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite"
    path.write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(FeedbackError, match=r"feedback\.sqlite"):
        FeedbackStore(path).add(Feedback("问？", "right", answer("问？", "甲")))


def test_quotes_in_texts_are_only_text(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    nasty = "'); DROP TABLE feedback; --"
    store.add(Feedback(nasty, "right", answer(nasty, nasty), user=nasty))
    assert store.all()[0].question == nasty
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (1,)
    connection.close()


def test_over_long_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="4000"):
        FeedbackStore(tmp_path / "f.sqlite").add(Feedback("长" * 4001, "right", answer("", "甲")))
