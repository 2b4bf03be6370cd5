"""Passages in the order in which they speak of what is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from qa_corpus import indexed

from index.corpus_index import CorpusIndex
from index.types import Hit
from qa.document_facts import DocumentFacts
from qa.passage_ranking import BUNDLED_RANKING, RANKING_FEATURES, PassageRanker, RankingWeights
from qa.retriever import HybridRetriever, RetrieverConfig

TEXTS = {
    "mine.txt": "煤矿每年开采煤炭300万吨。矿长是李建国。",
    "farm.txt": "农场在2023年收购棉花20万吨。场长是王小明。",
    "school.txt": "学校有教师85名。校长是陈红。",
    "heads.md": "# 棉花公司\n\n年报由张伟编写，共120页。\n",
    "marks.txt": "……！！\n",
}
MEANINGS = {"购买": (1.0, 0.0, 0.0), "收购": (0.8, 0.6, 0.0), "开采": (0.0, 0.0, 1.0)}
"""Words with vectors; the cosine of 购买 and 收购 is 0.8."""


def vectors(words: Sequence[str]) -> np.ndarray:
    return np.array([MEANINGS.get(word, (0.0, 0.0, 0.0)) for word in words], np.float32).reshape(-1, 3)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory):
    opened = CorpusIndex.open(indexed(tmp_path_factory.mktemp("ranking"), TEXTS))
    yield opened
    opened.close()


@pytest.fixture
def ranker(corpus: CorpusIndex) -> PassageRanker:
    return PassageRanker(corpus, DocumentFacts(corpus), vectors)


def hits(corpus: CorpusIndex, *names: str) -> list[Hit]:
    """The one passage of each document, with falling scores."""
    return [Hit(corpus.passages_of(name)[0].id, 1.0 - place / 10) for place, name in enumerate(names)]


def told(ranker: PassageRanker, question: str, found: Sequence[Hit]) -> dict[str, list[float]]:
    features = ranker.features(question, found, [])
    return {name: features[:, n].tolist() for n, name in enumerate(RANKING_FEATURES)}


def test_a_word_that_is_not_written_counts_by_the_nearest_one(corpus, ranker) -> None:
    shown = told(ranker, "购买", hits(corpus, "farm.txt", "mine.txt", "school.txt"))
    assert shown["words"] == pytest.approx([0.8, 0.0, 0.0])
    assert shown["sentence"] == pytest.approx([0.8, 0.0, 0.0])
    assert told(ranker, "收购", hits(corpus, "farm.txt"))["words"] == [1.0]


def test_words_count_by_how_rare_they_are(corpus, ranker) -> None:
    question = "棉花 场长"
    weights = corpus.term_weights(["棉花", "场长"])
    shown = told(ranker, question, hits(corpus, "farm.txt", "heads.md", "school.txt"))
    share = weights["棉花"] / sum(weights.values())
    assert weights["棉花"] < weights["场长"]  # two passages have it, counting the heading
    assert shown["words"] == pytest.approx([1.0, share, 0.0])
    assert shown["sentence"] == pytest.approx([max(share, 1 - share), share, 0.0])


def test_numbers_are_whole_numbers(corpus, ranker) -> None:
    found = hits(corpus, "farm.txt", "heads.md")
    assert told(ranker, "2023年的 20 万吨", found)["numbers"] == [1.0, 0.0]  # 120 is not 20
    assert told(ranker, "哪家公司", found)["numbers"] == [0.0, 0.0]


def test_the_fused_score_and_the_cosine_are_shares_of_the_best(corpus, ranker) -> None:
    found = hits(corpus, "farm.txt", "mine.txt", "school.txt")
    dense = [Hit(found[1].passage_id, 0.5), Hit(found[0].passage_id, 0.25)]
    features = ranker.features("购买", found, dense)
    assert features[:, RANKING_FEATURES.index("fused")] == pytest.approx([1.0, 0.9, 0.8])
    # a passage that the vectors did not list counts as the last that they did
    assert features[:, RANKING_FEATURES.index("dense")] == pytest.approx([0.5, 1.0, 0.5])


def test_the_first_are_ordered_and_the_rest_stay_behind_them(corpus, ranker) -> None:
    found = hits(corpus, "school.txt", "mine.txt", "farm.txt", "heads.md")
    weights = RankingWeights.from_dict({"same": {"words": 2.0, "fused": 0.5}})
    ranked = ranker.rank("购买", found, [], weights=weights, depth=3)
    order = [hit.passage_id for hit in ranked]
    assert order == [found[n].passage_id for n in (2, 0, 1, 3)]
    assert ranked[0].score == pytest.approx(2 * 0.8 + 0.5 * 0.8)
    scores = [hit.score for hit in ranked]
    assert scores == sorted(scores, reverse=True)


def test_a_question_in_another_script_has_weights_of_its_own(corpus, ranker) -> None:
    found = hits(corpus, "school.txt", "farm.txt")
    weights = RankingWeights.from_dict({"same": {"fused": 1.0}, "foreign": {"numbers": 1.0}})
    for question, first in (("2023年的棉花", "school.txt"), ("How much cotton in 2023?", "farm.txt")):
        ranked = ranker.rank(question, found, [], weights=weights, depth=5)
        assert ranked[0].passage_id == hits(corpus, first)[0].passage_id


def test_what_says_nothing_changes_nothing(corpus, ranker) -> None:
    weights = RankingWeights.bundled()
    found = hits(corpus, "school.txt", "farm.txt")
    for question in ("", "😀", "是什么？"):
        assert ranker.rank(question, found, [], weights=weights, depth=5) == found
    gone = [*found, Hit("gone.txt#1", 0.1)]
    assert ranker.rank("棉花", gone, [], weights=weights, depth=5) == gone
    assert ranker.rank("棉花", [], [], weights=weights, depth=5) == []


def test_a_passage_without_words_is_no_trouble(corpus, ranker) -> None:
    assert told(ranker, "购买棉花", hits(corpus, "marks.txt", "farm.txt"))["words"][0] == 0.0


def test_the_weights_that_ship_name_every_feature_and_none_speaks_against() -> None:
    weights = json.loads(BUNDLED_RANKING.read_text(encoding="utf-8"))
    assert set(weights) == {"same", "foreign"}
    for named in weights.values():
        assert tuple(named) == RANKING_FEATURES
        assert min(named.values()) >= 0 < max(named.values())


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("农场买了多少棉花？", "farm.txt"),
        ("谁管理这所学校？", "school.txt"),
        ("How much coal does the mine dig?", "mine.txt"),
    ],
)
def test_the_retriever_finds_what_is_said_in_other_words(corpus, question: str, first: str) -> None:
    found = HybridRetriever(corpus).lists(question)["fused"]
    assert found[0].passage_id == corpus.passages_of(first)[0].id
    plain = HybridRetriever(corpus, RetrieverConfig(ranked=0)).lists(question)["fused"]
    assert {hit.passage_id for hit in found} == {hit.passage_id for hit in plain}


def test_a_depth_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="ranked must be 0 or more"):
        RetrieverConfig(ranked=-1)


def test_a_feature_that_is_not_named_counts_nothing() -> None:
    weights = RankingWeights.from_dict({"same": {"words": 1.5}})
    assert weights.same == (0, 0, 0, 1.5, 0, 0)
    assert not any(weights.foreign)
