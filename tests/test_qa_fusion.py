"""Fusion, by hand: ranks from 1, scores by the best of each list."""

import pytest

from index.types import Hit
from qa.fusion import reciprocal_rank_fusion, score_fusion


def hits(**scores: float) -> list[Hit]:
    return [Hit(name, score) for name, score in scores.items()]


def fused(found: list[Hit]) -> dict[str, float]:
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
    return {hit.passage_id: hit.score for hit in found}


def test_reciprocal_ranks_count_from_one() -> None:
    found = reciprocal_rank_fusion(
        {"lexical": hits(a=9, b=5, c=1), "dense": hits(b=0.9, d=0.2)}, {"lexical": 1.0, "dense": 0.5}, k=60
    )
    assert fused(found) == pytest.approx({"b": 1 / 62 + 0.5 / 61, "a": 1 / 61, "c": 1 / 63, "d": 0.5 / 62})
    assert [h.passage_id for h in found] == ["b", "a", "c", "d"]


def test_reciprocal_ranks_do_not_see_scores() -> None:
    weights = {"one": 1.0}
    assert reciprocal_rank_fusion({"one": hits(a=9, b=1)}, weights) == reciprocal_rank_fusion(
        {"one": hits(a=0.2, b=0.1)}, weights
    )


def test_scores_are_shares_of_the_best_and_a_missing_passage_gets_the_least() -> None:
    found = score_fusion(
        {"lexical": hits(a=8, b=4, c=2), "dense": hits(b=0.5, d=0.4)}, {"lexical": 1.0, "dense": 0.5}
    )
    # dense: b 0.5/0.5, d 0.4/0.5, a and c the least, 0.8; lexical: d the least, 2/8
    expected = {"a": 1 + 0.4, "b": 0.5 + 0.5, "c": 0.25 + 0.4, "d": 0.25 + 0.4}
    assert fused(found) == pytest.approx(expected)
    assert [h.passage_id for h in found] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("fuse", [reciprocal_rank_fusion, score_fusion])
def test_ties_go_by_passage_id(fuse) -> None:
    found = fuse({"one": hits(b=1), "two": hits(a=1)}, {"one": 1.0, "two": 1.0})
    assert [h.passage_id for h in found] == ["a", "b"]


@pytest.mark.parametrize("fuse", [reciprocal_rank_fusion, score_fusion])
@pytest.mark.parametrize("lists", [{}, {"one": []}, {"one": [], "two": []}])
def test_nothing_found_is_nothing_fused(fuse, lists) -> None:
    assert fuse(lists, {"one": 1.0, "two": 1.0}) == []


def test_a_list_without_a_positive_score_says_nothing() -> None:
    only = score_fusion({"lexical": hits(a=2, b=1)}, {"lexical": 1.0, "dense": 1.0})
    assert (
        score_fusion({"lexical": hits(a=2, b=1), "dense": hits(b=0.0, a=-0.5)}, {"lexical": 1, "dense": 1})
        == only
    )


def test_being_listed_low_is_never_worse_than_not_being_listed() -> None:
    found = fused(
        score_fusion(
            {"lexical": hits(a=2, b=2, c=2), "dense": hits(x=0.9, b=-0.2, a=-0.4)}, {"lexical": 1, "dense": 1}
        )
    )
    assert found["a"] == found["b"] == found["c"]


def test_scaling_a_list_changes_nothing() -> None:
    weights = {"lexical": 1.0, "dense": 0.3}
    once = score_fusion({"lexical": hits(a=8, b=4), "dense": hits(b=0.5, a=0.25)}, weights)
    scaled = score_fusion({"lexical": hits(a=80, b=40), "dense": hits(b=0.5, a=0.25)}, weights)
    assert scaled == once
