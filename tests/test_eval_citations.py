"""Citations: the right document, the very words, the gold place."""

import pytest

from eval.measures.citations import citation_score, overlap
from qa.types import Answer, Citation, CitedPassage, Span

TEXTS = {"甲.txt": "援建 100 万元 😀。", "乙.txt": "GDP 增长 5.2%。"}


def citation(number: int, document: str, start: int, end: int, quote: str | None = None) -> Citation:
    text = TEXTS.get(document, "")
    quote = text[start:end] if quote is None else quote
    return Citation(number, document, "", "", None, (), start, end, quote, CitedPassage(0, len(text), text))


def answer(*citations: Citation, spans: int | None = None) -> Answer:
    carried = citations[: len(citations) if spans is None else spans]
    return Answer("?", "answered", "…", 0.9, tuple(Span(c.quote, c.id, 1.0) for c in carried), citations)


@pytest.mark.parametrize(
    ("span", "gold", "expected"),
    [
        ((3, 9), [(3, 9)], 1),
        ((0, 9), [(3, 9)], 6 / 9),
        ((3, 9), [(9, 12)], 0),
        ((3, 9), [(0, 4), (4, 9)], 5 / 6),
        ((3, 9), [], 0),
        ((5, 5), [(5, 5)], 0),
    ],
)
def test_overlap_by_hand(span: tuple[int, int], gold: list[tuple[int, int]], expected: float) -> None:
    assert overlap(span, gold) == pytest.approx(expected)


def test_a_right_citation() -> None:
    score = citation_score(answer(citation(1, "甲.txt", 3, 9)), {"甲.txt": [(3, 9)]}, TEXTS)
    assert (score.document, score.quote, score.overlap, score.hit) == (1, 1, 1, 1)


def test_right_words_from_the_wrong_document() -> None:
    score = citation_score(answer(citation(1, "乙.txt", 7, 11)), {"甲.txt": [(7, 11)]}, TEXTS)
    assert (score.document, score.quote, score.overlap, score.hit) == (0, 1, 0, 0)


def test_a_quote_that_is_not_in_the_document() -> None:
    gold = {"甲.txt": [(3, 9)]}
    assert citation_score(answer(citation(1, "甲.txt", 3, 9, "100万元")), gold, TEXTS).quote == 0
    assert citation_score(answer(citation(1, "丙.txt", 0, 2, "没有")), gold, TEXTS).quote == 0
    assert citation_score(answer(citation(1, "甲.txt", 3, 3, "")), gold, TEXTS).quote == 0


def test_half_of_a_list() -> None:
    both = answer(citation(1, "甲.txt", 3, 9), citation(2, "乙.txt", 0, 3))
    score = citation_score(both, {"甲.txt": [(3, 9)]}, TEXTS)
    assert (score.document, score.quote, score.overlap, score.hit) == (0.5, 1, 0.5, 0.5)


def test_emoji_offsets_count_characters() -> None:
    score = citation_score(answer(citation(1, "甲.txt", 10, 11, "😀")), {"甲.txt": [(10, 11)]}, TEXTS)
    assert (score.quote, score.overlap) == (1, 1)


def test_nothing_cited() -> None:
    assert citation_score(answer(), {"甲.txt": [(3, 9)]}, TEXTS).document == 0
    dangling = Answer("?", "answered", "甲", 0.5, (Span("甲", 7, 1.0),), (citation(1, "甲.txt", 0, 1),))
    assert citation_score(dangling, {"甲.txt": [(0, 1)]}, TEXTS).quote == 0
