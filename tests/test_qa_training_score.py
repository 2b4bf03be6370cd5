import pytest
from training_fakes import rows, write_rows

from qa.training.labelled import LabelledFile
from qa.training.score import (
    ReadingQuestion,
    best_score,
    character_f1,
    exact_match,
    mean_scores,
    reading_questions,
    score_reader,
)
from qa.types import SpanCandidate


@pytest.mark.parametrize(
    ("predicted", "answer", "exact", "f1"),
    [
        ("1200万吨", "1200万吨", 1, 1),
        ("《北京》", "北京。", 1, 1),
        ("在北京市", "北京", 0, 2 * 2 / 6),
        ("每年1200万吨", "1200万吨", 0, 2 * 3 / 8),
        ("GDP 增长", "gdp", 0, 2 * 1 / 4),
        ("up 5.2%", "5.2%", 0, 2 * 2 / 5),
        ("京北", "北京", 0, 2 * 1 / 4),
        ("😀", "😀", 1, 1),
        ("😀", "🎉", 0, 0),
        ("", "北京", 0, 0),
        ("", "", 1, 1),
    ],
    ids=[
        "chinese",
        "marks",
        "longer",
        "figure",
        "mixed",
        "english",
        "order",
        "emoji",
        "other emoji",
        "none",
        "empty",
    ],
)
def test_exact_match_and_f1_by_hand(predicted, answer, exact, f1):
    assert exact_match(predicted, answer) == exact
    assert character_f1(predicted, answer) == pytest.approx(f1)
    assert character_f1(answer, predicted) == pytest.approx(f1)


def test_the_best_of_the_accepted_answers_counts():
    score = best_score("北京市", ["上海", "北京市朝阳区", "北京市"])
    assert (score.exact, score.f1) == (1, 1)
    assert best_score("转化", ["轉化"]).exact == 1
    assert best_score("北京", []).f1 == 0
    assert mean_scores([]).f1 == 0
    assert mean_scores([score, best_score("", ["甲"])]).exact == 0.5


class Fake:
    """Reads the characters 3 to 5 of every passage that has them."""

    name, fingerprint = "fake", "0"

    def read(self, question, passages, *, top_k=5):
        return [[SpanCandidate(3, 5, 1.0)] if len(text) >= 5 else [] for text in passages]


def test_a_reader_is_scored_on_the_passage_it_is_given(tmp_path):
    given = [ReadingQuestion("谁?", "今天晴张三。", ("张三",)), ReadingQuestion("谁?", "短", ("短",))]
    assert [(one.exact, one.f1) for one in score_reader(Fake(), given)] == [(1, 1), (0, 0)]
    data = [*rows()[:1], {"ctx": "甲。", "qs": [["谁?", "", -1]]}]
    questions = reading_questions(LabelledFile(write_rows(tmp_path / "a.jsonl", data)))
    assert [one.answers for one in questions] == [(q[1],) for q in rows()[0]["qs"]]
