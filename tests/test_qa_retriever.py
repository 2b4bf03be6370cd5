"""The hybrid retriever: how much each list counts."""

from contextlib import nullcontext

import pytest
from qa_corpus import indexed

from index.corpus_index import CorpusIndex
from index.types import Hit
from qa.retriever import HybridRetriever, RetrieverConfig


class _Index:
    """Lists and a share of known words that the test decides on."""

    def __init__(self, share: float) -> None:
        self.share = share

    def pinned(self):
        return nullcontext()

    def search_lexical(self, query, *, top_k, document_ids=None):
        return [Hit("words", 9.0), Hit("both", 6.0)][:top_k]

    def search_dense(self, query, *, top_k, document_ids=None):
        return [Hit("meaning", 0.8), Hit("both", 0.6)][:top_k]

    def known_share(self, query):
        return self.share

    def passages(self, ids):
        return []


@pytest.mark.parametrize(("share", "first"), [(1.0, "words"), (0.5, "words"), (0.0, "meaning")])
def test_the_lexical_list_counts_by_the_words_that_the_corpus_knows(share, first):
    hits = HybridRetriever(_Index(share), RetrieverConfig(dense_weight=0.2, ranked=0)).retrieve(
        "问题", top_k=3
    )
    assert hits[0].passage_id == first
    assert {hit.passage_id for hit in hits} == {"words", "both", "meaning"}


def test_scores_are_the_weighted_sum():
    hits = HybridRetriever(
        _Index(0.5), RetrieverConfig(lexical_weight=2.0, dense_weight=0.4, ranked=0)
    ).lists("问题")
    scores = {hit.passage_id: hit.score for hit in hits["fused"]}
    # lexical weight 2 × ½ × ½; a list's least score for a passage it lacks
    expected = {"words": 0.5 + 0.4 * 0.75, "both": 0.5 * 6 / 9 + 0.4 * 0.75, "meaning": 0.5 * 6 / 9 + 0.4}
    assert scores == pytest.approx(expected)


def test_an_unknown_script_keeps_the_lexical_list_as_a_tie_break():
    index = _Index(0.0)
    index.search_dense = lambda query, *, top_k, document_ids=None: []
    hits = HybridRetriever(index, RetrieverConfig(ranked=0)).retrieve("¿qué?", top_k=2)
    assert [hit.passage_id for hit in hits] == ["words", "both"]


def test_the_share_of_known_words(tmp_path):
    with_words = CorpusIndex.open(indexed(tmp_path))
    try:
        assert with_words.known_share("太原市转化煤炭多少万吨?") == 1.0
        weights = with_words.term_weights(["太原市", "太原", "转化", "石油", "万吨"])
        known = sum(weights.values()) - weights["石油"]
        assert with_words.known_share("太原市转化石油多少万吨?") == pytest.approx(
            known / sum(weights.values())
        )
        taiyuan, tonnes = with_words.term_weights(["taiyuan", "tonnes"]).values()
        assert taiyuan < tonnes  # English words that no passage has weigh most
        share = taiyuan / (taiyuan + 3 * tonnes)
        assert with_words.known_share("How many tonnes of coal does Taiyuan convert?") == pytest.approx(share)
        assert with_words.known_share("") == with_words.known_share("😀?") == 0.0
    finally:
        with_words.close()
