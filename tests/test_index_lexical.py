"""The lexical index of tantivy against BM25 written out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import IndexCorruptError
from index.lexical import ExactLexicalIndex, LexicalIndex, LexicalWriter, TantivyLexicalIndex, term_fields
from index.normalize import normalize
from index.tokens import Terms, lexical_terms, query_terms

SENTENCES = [
    "每年转化煤炭1200万吨。", "山西省煤炭产量增长5.2%。", "三化三制改革不断深化。", "开发区建设升级版。", "GDP增长5.2%,good news。",
    "新疆准东产业园", "太谷经济技术开发区", "总投资2939.7亿元", "好🎉很好", "The committee met in March.", "煤炭,煤炭,煤炭。", "",
    "冻干食品产业", "第0183号提案的答复", "晋能源提函〔2025〕18号",
]  # fmt: skip
QUERIES = [
    "煤炭产量是多少",
    "开发区",
    "5.2%",
    "GDP 增长",
    "🎉",
    "",
    "committee",
    "18号",
    "冻干",
    "不存在的词语",
]


def build(folder: Path, texts: list[str], *, create: bool = True) -> None:
    folder.mkdir(exist_ok=True)
    writer = LexicalWriter(folder, create=create)
    for row, text in enumerate(texts):
        writer.add(row, row % 3, term_fields(lexical_terms(normalize(text).text)))
    writer.commit()


def exact(texts: list[str]) -> ExactLexicalIndex:
    index = ExactLexicalIndex()
    for row, text in enumerate(texts):
        index.add(row, row % 3, lexical_terms(normalize(text).text))
    return index


@pytest.fixture(params=["exact", "tantivy"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> LexicalIndex:
    if request.param == "exact":
        return exact(SENTENCES)
    build(tmp_path / "lexical", SENTENCES)
    return TantivyLexicalIndex(tmp_path / "lexical")


def test_bm25_by_hand() -> None:
    """Two passages of one word each: idf = ln(1 + 1.5/1.5), tf part = 2.2 / (1 + 1.2), for words and bigrams; half for characters."""
    index = ExactLexicalIndex()
    index.add(1, 1, Terms(("煤炭",), (), ()))
    index.add(2, 2, Terms(("钢铁",), (), ()))
    assert index.search(Terms(("煤炭",), (), ()), top_k=5) == [(1, pytest.approx(0.6931472))]
    index.add(3, 1, Terms(("煤炭", "煤炭"), (), ()))
    found = dict(index.search(Terms(("煤炭",), (), ()), top_k=5))
    # idf = ln(1 + (3 - 2 + 0.5) / 2.5) = 0.4700; lengths 1, 1, 2 of average 4/3
    assert found[1] == pytest.approx(0.4700036 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 0.75)), rel=1e-5)
    assert found[3] == pytest.approx(0.4700036 * 4.4 / (2 + 1.2 * (0.25 + 0.75 * 1.5)), rel=1e-5)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_are_those_of_the_formula(query: str, tmp_path: Path) -> None:
    """tantivy keeps field lengths up to 40 exactly; these sentences are shorter."""
    build(tmp_path / "lexical", SENTENCES)
    terms = query_terms(normalize(query).text)
    expected = exact(SENTENCES).search(terms, top_k=20)
    found = TantivyLexicalIndex(tmp_path / "lexical").search(terms, top_k=20)
    assert dict(found) == pytest.approx(dict(expected), rel=1e-4)


@settings(max_examples=15)
@given(
    st.lists(
        st.lists(st.sampled_from([*"煤炭产量增长开发区甲乙丙5", "🎉", " gdp "]), max_size=15).map("".join),
        max_size=12,
    ),
    st.lists(st.sampled_from([*"煤炭产量增长开发区甲", " gdp "]), max_size=6).map("".join),
)
def test_scores_are_those_of_the_formula_on_any_texts(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], query: str
) -> None:
    folder = tmp_path_factory.mktemp("lexical")
    build(folder, texts)
    terms = query_terms(query)
    expected = dict(exact(texts).search(terms, top_k=100))
    assert dict(TantivyLexicalIndex(folder).search(terms, top_k=100)) == pytest.approx(expected, rel=1e-4)


def test_long_passages_rank_nearly_as_by_the_formula(tmp_path: Path) -> None:
    generator = random.Random(0)
    texts = ["".join(generator.choices(SENTENCES, k=generator.randint(5, 25))) for _ in range(200)]
    build(tmp_path / "lexical", texts)
    index, reference = TantivyLexicalIndex(tmp_path / "lexical"), exact(texts)
    for query in ("煤炭产量", "开发区升级", "GDP good news"):
        expected = [row for row, _ in reference.search(query_terms(query), top_k=20)]
        found = [row for row, _ in index.search(query_terms(query), top_k=20)]
        assert len(set(expected) & set(found)) >= 17


def test_best_first_and_clipped(index: LexicalIndex) -> None:
    terms = query_terms("煤炭 开发区 增长")
    every = index.search(terms, top_k=100)
    assert [score for _, score in every] == sorted((score for _, score in every), reverse=True)
    assert index.search(terms, top_k=2) == every[:2]
    assert index.search(terms, top_k=0) == [] == index.search(terms, top_k=-3)


def test_only_the_documents_asked_for(index: LexicalIndex) -> None:
    terms = query_terms("煤炭 开发区 增长 煤 开")
    every = index.search(terms, top_k=100)
    for documents in ([0], [1, 2], [0, 1, 2], [7]):
        found = index.search(terms, top_k=100, documents=documents)
        assert found == [(row, score) for row, score in every if row % 3 in documents]
    assert index.search(terms, top_k=100, documents=[]) == []


@pytest.mark.parametrize(
    "query", ["", "🎉🎉", "。。。", "是什么"], ids=["empty", "emoji", "marks", "asking words"]
)
def test_a_query_without_terms_finds_nothing(index: LexicalIndex, query: str) -> None:
    terms = query_terms(query)
    if not terms.bigrams and not terms.characters:
        assert index.search(terms, top_k=5) == []


def test_an_empty_index(tmp_path: Path) -> None:
    build(tmp_path / "lexical", [])
    index = TantivyLexicalIndex(tmp_path / "lexical")
    assert len(index) == 0
    assert index.search(query_terms("煤炭"), top_k=5) == []
    assert ExactLexicalIndex().search(query_terms("煤炭"), top_k=5) == []


def test_removed_documents_are_never_found(tmp_path: Path) -> None:
    build(tmp_path / "lexical", SENTENCES)
    writer = LexicalWriter(tmp_path / "lexical", create=False)
    writer.remove_documents([0, 99])
    writer.add(100, 4, term_fields(lexical_terms("煤炭产量")))
    writer.commit()
    index = TantivyLexicalIndex(tmp_path / "lexical")
    assert len(index) == len(SENTENCES) - 5 + 1
    for query in QUERIES:
        rows = {row for row, _ in index.search(query_terms(query), top_k=100)}
        assert not rows & set(range(0, len(SENTENCES), 3))
    assert 100 in {row for row, _ in index.search(query_terms("煤炭"), top_k=100)}


def test_nothing_is_visible_before_the_commit(tmp_path: Path) -> None:
    build(tmp_path / "lexical", SENTENCES[:1])
    writer = LexicalWriter(tmp_path / "lexical", create=False)
    writer.add(50, 1, term_fields(lexical_terms("煤炭")))
    assert len(TantivyLexicalIndex(tmp_path / "lexical")) == 1
    writer.commit()
    assert len(TantivyLexicalIndex(tmp_path / "lexical")) == 2


def test_a_term_longer_than_any_limit_harms_nothing(tmp_path: Path) -> None:
    build(tmp_path / "lexical", ["a" * 200_000 + " 煤炭", "煤炭"])
    index = TantivyLexicalIndex(tmp_path / "lexical")
    assert {row for row, _ in index.search(query_terms("煤炭"), top_k=5)} == {0, 1}
    index.search(query_terms("a" * 200_000), top_k=5)


def test_document_frequency(tmp_path: Path) -> None:
    build(tmp_path / "lexical", SENTENCES)
    index = TantivyLexicalIndex(tmp_path / "lexical")
    assert index.document_frequency("words", "煤炭") == 3
    assert index.document_frequency("characters", "炭") == 3
    assert index.document_frequency("words", "不存在") == 0


def test_a_damaged_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(IndexCorruptError, match="the lexical index nowhere cannot be read"):
        TantivyLexicalIndex(tmp_path / "nowhere")
    build(tmp_path / "lexical", SENTENCES)
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(IndexCorruptError, match="the lexical index lexical cannot be read"):
        TantivyLexicalIndex(tmp_path / "lexical")
