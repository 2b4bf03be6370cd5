"""Retrieval measures: ir_measures against values worked by hand."""

from math import log2

import pytest

from eval.measures.retrieval import MEASURES, retrieval_scores


def test_values_worked_by_hand() -> None:
    scores = retrieval_scores({"问": ["乙", "甲", "丁", "丙"]}, {"问": ["甲", "丙"]})["问"]
    assert set(scores) == set(MEASURES)
    assert (scores["Success@1"], scores["Success@3"]) == (0, 1)
    assert (scores["R@1"], scores["R@3"], scores["R@5"]) == (0, 0.5, 1)
    assert scores["RR@10"] == 0.5
    gained = 1 / log2(2 + 1) + 1 / log2(4 + 1)
    assert scores["nDCG@10"] == pytest.approx(gained / (1 / log2(2) + 1 / log2(3)))


def test_a_relevant_id_after_place_ten_counts_nowhere() -> None:
    ranking = [f"p{number}" for number in range(15)]
    assert set(retrieval_scores({"q": ranking}, {"q": ["p10"]})["q"].values()) == {0.0}
    assert retrieval_scores({"q": ranking}, {"q": ["p9"]})["q"]["RR@10"] == pytest.approx(0.1)


def test_order_and_repetition() -> None:
    # the same document through two passages stands at its first place only
    scores = retrieval_scores({"q": ["a", "a", "b"]}, {"q": ["b"]})["q"]
    assert scores["RR@10"] == 0.5
    # many ids: the library must not reorder equal or long lists
    ranking = [str(number) for number in range(100, 120)]
    assert retrieval_scores({"q": ranking}, {"q": ["103"]})["q"]["RR@10"] == 0.25


def test_questions_without_hits_and_without_relevant_ids() -> None:
    scores = retrieval_scores({"q": []}, {"q": ["甲"], "😀": ["a"], "no answer": []})
    assert set(scores) == {"q", "😀"}
    assert set(scores["q"].values()) == {0.0} == set(scores["😀"].values())
    assert retrieval_scores({}, {}) == {}
