"""English questions: passages are ordered anew by how many of the question's words they say in Chinese."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Document, DocumentMetadata, Hit, Passage
from qa.retriever import HybridRetriever, RetrieverConfig
from qa.translated_ranking import translated_shares
from qa.translations import Translations

TABLE = Translations(
    {
        "product line": "生产线 产线",
        "product": "产量 生产",
        "coal": "煤 煤炭",
        "built": "建成 建造",
        "cost": "花费 成本",
    }
)
TEXTS = ["煤炭成本", "大同建成生产线20条", "苹果", "煤炭"]


def shares(question: str, texts: list[str] = TEXTS) -> list[float]:
    return translated_shares(question, texts, translations=TABLE)


def test_the_text_that_says_most_of_the_words_has_the_largest_share() -> None:
    assert shares("Which production lines were built?")[1] == max(
        shares("Which production lines were built?")
    )
    assert shares("What does coal cost?") == pytest.approx([1.0, 0.0, 0.0, shares("What does coal cost?")[3]])


def test_a_word_that_fewer_texts_say_weighs_more() -> None:
    coal, cost = (
        shares("coal cost", ["煤", "煤", "成本", "无"])[0],
        shares("coal cost", ["煤", "煤", "成本", "无"])[2],
    )
    assert 0 < coal < cost < 1


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("coal", ["煤", "煤炭"]),  # all say it: nothing to choose by
        ("coal", ["苹果", "梨"]),
        ("coal", []),
        ("", TEXTS),
        ("？？？", TEXTS),
        ("the of and", TEXTS),
    ],
)
def test_what_tells_no_text_from_another_counts_nothing(question: str, texts: list[str]) -> None:
    assert shares(question, texts) == [0.0] * len(texts)


def test_names_in_chinese_and_numbers_are_words_too() -> None:
    assert shares("大同 built 20?")[1] == 1.0
    assert shares("20 built", ["20条", "建成", "无"])[0] == shares("20 built", ["20条", "建成", "无"])[1]


def test_a_number_is_not_said_by_a_longer_one_nor_a_date_by_its_parts() -> None:
    assert shares("coal 20?", ["2024年", "20条"]) == [0.0, 1.0]
    dated = shares("in 2024年6月?", ["2016年第6号", "2024年6月", "2024年"])
    assert dated == [0.0, 1.0, 0.0]


def test_a_word_said_twice_weighs_once() -> None:
    assert shares("coal coal cost") == shares("coal cost")


def test_a_third_language_is_left_alone_but_for_the_words_it_shares() -> None:
    german = shares("Wie viele coal Passagierflugzeuge wurden gebaut")
    assert german == pytest.approx([share / 6 for share in shares("coal")])


@given(
    st.text(alphabet="coal built 大同煤建成20?é🙂", max_size=30),
    st.lists(st.text(alphabet="煤建成大同20无🙂", max_size=8), max_size=6),
)
def test_shares_are_between_nothing_and_all(question: str, texts: list[str]) -> None:
    found = shares(question, texts)
    assert len(found) == len(texts)
    assert all(0 <= share <= 1 + 1e-9 for share in found)


class _Index:
    """Two dense hits, the second of which says what the question asks."""

    fingerprint = "f"

    def __init__(self, **titles: str) -> None:
        self.texts = {"first": "大同有很多苹果。", "second": "大同生产煤炭。"}
        self.titles = titles

    def document(self, document_id: str) -> Document:
        metadata = DocumentMetadata(title=self.titles.get(document_id, ""))
        return Document(document_id, "", "", metadata)

    def pinned(self) -> AbstractContextManager[None]:
        return nullcontext()

    def search_lexical(self, query: str, **_: object) -> list[Hit]:
        return []

    def search_dense(self, query: str, *, top_k: int, **_: object) -> list[Hit]:
        return [Hit("first", 0.8), Hit("second", 0.7)][:top_k]

    def known_share(self, query: str) -> float:
        return 0.0

    def passages(self, ids: object) -> list[Passage]:
        return [Passage(i, f"of_{i}", 0, 9, 0, 9, self.texts[i]) for i in ids]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("question", "weight", "first"),
    [
        ("How much coal is there?", 1.0, "second"),
        ("How much coal is there?", 0.0, "first"),
        ("有多少煤炭？", 1.0, "first"),
        ("Combien?", 1.0, "first"),
    ],
)
def test_the_retriever_orders_what_an_english_question_found(
    question: str, weight: float, first: str
) -> None:
    retriever = HybridRetriever(_Index(), RetrieverConfig(translated_weight=weight, ranked=0))  # type: ignore[arg-type]
    hits = retriever.retrieve(question, top_k=2)
    assert hits[0].passage_id == first
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_what_the_title_of_a_document_says_counts_for_its_passages() -> None:
    question = "How much agriculture in 榆次?"
    plain = RetrieverConfig(ranked=0)
    assert HybridRetriever(_Index(), plain).retrieve(question, top_k=2)[0].passage_id == "first"  # type: ignore[arg-type]
    index = _Index(of_second="榆次农业公报")
    assert HybridRetriever(index, plain).retrieve(question, top_k=2)[0].passage_id == "second"  # type: ignore[arg-type]


def test_nothing_found_stays_nothing() -> None:
    index = _Index()
    index.search_dense = lambda query, *, top_k, **_: []  # type: ignore[method-assign, misc, assignment]
    assert HybridRetriever(index, RetrieverConfig(ranked=0)).retrieve("How much coal?", top_k=2) == []  # type: ignore[arg-type]


def test_a_text_in_latin_letters_says_the_words_themselves() -> None:
    texts = ["煤炭成本", "The cost of coal in Lisbon rose.", "Apples from Lisbon", "苹果"]
    asked = shares("What did coals cost in Lisbon?", texts)
    assert asked[1] == pytest.approx(1.0) and asked[3] == 0.0
    assert 0 < asked[0] < asked[1] and 0 < asked[2] < asked[1]
    assert (
        asked[0] < shares("What did coals cost?", texts)[0] == pytest.approx(1.0)
    )  # Lisbon has no translation


def test_words_of_texts_in_latin_letters_change_nothing_where_there_are_none() -> None:
    assert shares("coal Lisbon", ["煤", "苹果", "GDP增长"]) == pytest.approx([0.5, 0.0, 0.0])
