"""Passages in the order in which they speak of what is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from qa_corpus import indexed

from eval.__main__ import main
from eval.dataset import load_gold
from eval.gold_context import GoldBook
from index.corpus_index import CorpusIndex
from index.normalize import fold
from index.sync import sync
from index.types import Hit
from qa.document_facts import DocumentFacts
from qa.passage_ranking import BUNDLED_RANKING, RANKING_FEATURES, PassageRanker, RankingWeights
from qa.retriever import HybridRetriever, RetrieverConfig
from qa.word_vectors import CachedWordVectors

TEXTS = {
    "mine.txt": "煤矿每年开采煤炭300万吨。矿长是李建国。",
    "farm.txt": "农场在2023年收购棉花20万吨。场长是王小明。",
    "school.txt": "学校有教师85名。校长是陈红。",
    "heads.md": "# 棉花公司\n\n年报由张伟编写，共120页。\n",
    "marks.txt": "……！！\n",
    "grain.txt": "粮库收小麦1,200万吨。",
    "english.md": "Bella runs a mill. The bakery opened in Porto.\n",
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


def test_numbers_are_told_with_and_without_separators(corpus, ranker) -> None:
    found = hits(corpus, "grain.txt", "farm.txt")
    shown = told(ranker, "哪家收小麦1200万吨，2020年的20万吨呢", found)
    assert shown["numbers"] == pytest.approx([1 / 3, 1 / 3])  # 1200; and 20, which 2020 has in it
    assert shown["words"][0] > shown["words"][1]


def test_sentences_of_english_text_end_at_full_stops(corpus, ranker) -> None:
    shown = told(ranker, "Bella opened the bakery in Porto.", hits(corpus, "english.md", "farm.txt"))
    assert shown["sentence"][0] < shown["words"][0]  # the two halves stand in two sentences


def test_unknown_words_are_not_near_to_each_other(corpus) -> None:
    """The bundled vectors have one piece for all that they do not know."""
    vectors = CachedWordVectors.beside(corpus.embedder)
    unknown, other, known = vectors(["ქართული", "ಕನ್ನಡ", "煤炭"])
    assert not unknown.any() and not other.any()
    assert np.linalg.norm(known) == pytest.approx(1.0, abs=1e-5)


def test_a_passage_without_words_is_no_trouble(corpus, ranker) -> None:
    assert told(ranker, "购买棉花", hits(corpus, "marks.txt", "farm.txt"))["words"][0] == 0.0


def test_the_weights_that_ship_name_every_feature_and_none_speaks_against() -> None:
    weights = json.loads(BUNDLED_RANKING.read_text(encoding="utf-8"))
    assert set(weights) == {"same", "foreign"}
    for named in weights.values():
        assert tuple(named) == RANKING_FEATURES
        assert min(named.values()) >= 0 < max(named.values())


def test_what_is_said_in_other_words_is_found_first_more_often(tmp_path: Path) -> None:
    """Over the invented documents of the dev part: questions that put it in other words than the text does."""
    corpus, gold = tmp_path / "corpus", tmp_path / "dev.jsonl"
    assert main(["written-set", "dev", "--corpus", str(corpus), "--gold", str(gold)]) == 0
    sync(corpus, tmp_path / "index", workers=1)
    asked = [q for q in load_gold(gold) if "paraphrase" in q.tags and q.kind == "span"][:120]
    opened = CorpusIndex.open(tmp_path / "index")
    try:
        book = GoldBook(opened)
        plain, better = HybridRetriever(opened, RetrieverConfig(ranked=0)), HybridRetriever(opened)
        ranked = worse = 0
        for question in asked:
            relevant = book.relevant_passages(question)
            text = fold(question.question)
            ranked += better.retrieve(text, top_k=1)[0].passage_id in relevant
            worse += plain.retrieve(text, top_k=1)[0].passage_id in relevant
    finally:
        opened.close()
    assert len(asked) == 120
    assert ranked >= worse + 6


def test_a_depth_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="ranked must be 0 or more"):
        RetrieverConfig(ranked=-1)


def test_a_feature_that_is_not_named_counts_nothing() -> None:
    weights = RankingWeights.from_dict({"same": {"words": 1.5}})
    assert weights.same == (0, 0, 0, 1.5, 0, 0)
    assert not any(weights.foreign)
